package notify

import (
	"context"

	"tanggap/internal/channel"
)

// Officers is the sender of ChannelOfficer. An officer's inbox inside the program
// shows what is owed to him by itself; Ways are the configured ways to reach him
// elsewhere, best first. The first that accepts is enough; without any, the inbox is.
type Officers struct {
	Ways []channel.Sender
}

// Send implements channel.Sender. A way whose outcome is unknown is followed by the
// next one: an alarm told twice does no harm.
func (o Officers) Send(ctx context.Context, out channel.Outbound) (string, error) {
	var refused error
	for _, way := range o.Ways {
		id, err := way.Send(ctx, out)
		if err == nil {
			return id, nil
		}
		refused = err
	}
	return "", refused
}
