package notify

import (
	"context"

	"tanggap/internal/channel"
)

// Officers is the sender of ChannelOfficer. An officer's inbox inside the program
// shows what is owed to him by itself; Ways are the configured ways to reach him
// elsewhere, best first. The first that accepts is enough; without any that is meant
// for the notice and the officer, the inbox is.
type Officers struct {
	Ways []OfficerWay
}

// OfficerWay is a channel that officers are reached by.
type OfficerWay struct {
	Sender channel.Sender
	// Fit returns the message as it goes this way; ok is false if it does not.
	Fit func(out channel.Outbound) (fit channel.Outbound, ok bool)
}

// ByMail reaches officers at their address.
func ByMail(s channel.Sender) OfficerWay {
	return OfficerWay{Sender: s, Fit: func(out channel.Outbound) (channel.Outbound, bool) {
		out.Template = nil
		out.To = channel.Address{Email: out.To.Email}
		return out, out.To.Email != ""
	}}
}

// ByTemplate reaches officers at their number, with what the provider lets a city
// say to somebody who did not write: the Dispatcher gives alarms a template.
func ByTemplate(s channel.Sender) OfficerWay {
	return OfficerWay{Sender: s, Fit: func(out channel.Outbound) (channel.Outbound, bool) {
		out.To = channel.Address{Phone: out.To.Phone}
		return out, out.Template != nil && out.To.Phone != ""
	}}
}

// Send implements channel.Sender. A way whose outcome is unknown is followed by the
// next one: an alarm told twice does no harm.
func (o Officers) Send(ctx context.Context, out channel.Outbound) (string, error) {
	var refused error
	for _, way := range o.Ways {
		fit, ok := way.Fit(out)
		if !ok {
			continue
		}
		id, err := way.Sender.Send(ctx, fit)
		if err == nil {
			return id, nil
		}
		refused = err
	}
	return "", refused
}
