package whatsapp

import (
	"regexp"
	"strings"
	"unicode"

	"tanggap/internal/channel"
)

// Limits of Meta in characters. They are counted in UTF-16 units, the strictest
// reading of "character".
const (
	limitText     = 4096
	limitBody     = 1024 // text above buttons and lists
	limitTitle    = 20
	limitButtonID = 256
	limitButtons  = 3
	limitRows     = 10
)

type (
	object map[string]any
	array  []any
)

// compose writes the request body for out, without its recipient.
func compose(out channel.Outbound, listLabel string) (object, *channel.SendError) {
	body := object{"messaging_product": "whatsapp", "recipient_type": "individual"}
	if out.AttemptID != "" {
		body["biz_opaque_callback_data"] = out.AttemptID
	}
	if out.Template != nil {
		body["type"], body["template"] = "template", composeTemplate(*out.Template)
		return body, nil
	}
	if out.InReplyTo != "" {
		body["context"] = object{"message_id": out.InReplyTo}
	}
	if strings.TrimSpace(out.Text) == "" {
		return nil, &channel.SendError{Fault: channel.FaultMessage, Detail: "text is empty"}
	}
	if units(out.Text) <= limitBody {
		if interactive := composeInteractive(out, listLabel); interactive != nil {
			body["type"], body["interactive"] = "interactive", interactive
			return body, nil
		}
	}
	body["type"] = "text"
	body["text"] = object{"preview_url": false, "body": composeText(out)}
	return body, nil
}

// composeText is also the way out when buttons are too many, too long a text
// stands above them or two look the same: then the choices are lines to type.
func composeText(out channel.Outbound) string {
	var choices strings.Builder
	for _, b := range out.Buttons {
		choices.WriteString("\n• " + b.Title)
	}
	tail := cut(choices.String(), limitText/2)
	return cut(out.Text, limitText-units(tail)) + tail
}

// composeInteractive returns nil if out is better sent as plain text.
func composeInteractive(out channel.Outbound, listLabel string) object {
	text := object{"text": out.Text}
	if out.RequestLocation {
		return object{"type": "location_request_message", "body": text, "action": object{"name": "send_location"}}
	}
	if len(out.Buttons) == 0 || len(out.Buttons) > limitRows {
		return nil
	}
	var replies, rows array
	seen := map[string]bool{}
	for _, b := range out.Buttons {
		title := cut(strings.TrimSpace(b.Title), limitTitle)
		if title == "" || b.ID == "" || len(b.ID) > limitButtonID || seen[title] || seen["#"+b.ID] {
			return nil
		}
		seen[title], seen["#"+b.ID] = true, true
		row := object{"id": b.ID, "title": title}
		replies = append(replies, object{"type": "reply", "reply": row})
		rows = append(rows, row)
	}
	if len(out.Buttons) <= limitButtons {
		return object{"type": "button", "body": text, "action": object{"buttons": replies}}
	}
	return object{"type": "list", "body": text, "action": object{
		"button":   cut(listLabel, limitTitle),
		"sections": array{object{"rows": rows}},
	}}
}

func composeTemplate(t channel.Template) object {
	body := object{"name": t.Name, "language": object{"code": t.Language}}
	if len(t.Params) == 0 {
		return body
	}
	var params array
	for _, p := range t.Params {
		params = append(params, object{"type": "text", "text": templateParam(p)})
	}
	body["components"] = array{object{"type": "body", "parameters": params}}
	return body
}

// templateParam folds white space: Meta refuses parameters with line breaks, tabs
// or more than four spaces in a row.
func templateParam(s string) string {
	return cut(strings.Join(strings.Fields(s), " "), limitBody)
}

// recipient is one way to name a person in a request.
type recipient struct {
	member, value string
}

// scopedID matches a business-scoped user id, of the portfolio or of its parent.
var scopedID = regexp.MustCompile(`^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$`)

// recipients returns the ways to reach an address, best first. The scoped id comes
// before the number, because a number may have passed to a stranger while an id
// dies with its owner's number.
func recipients(to channel.Address) []recipient {
	var ways []recipient
	if scopedID.MatchString(to.ExternalID) {
		ways = append(ways, recipient{"recipient", to.ExternalID})
	}
	for _, phone := range []string{to.Phone, to.ExternalID} {
		// Without "+" Meta may put the country code of our own number before it.
		if n := e164(strings.TrimPrefix(phone, "+")); n != "" {
			return append(ways, recipient{"to", n})
		}
	}
	return ways
}

// units returns the length of s in UTF-16 units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += width(r)
	}
	return n
}

func width(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// cut shortens s to at most limit UTF-16 units. It ends with "…" and, if a space
// is near, after a whole word.
func cut(s string, limit int) string {
	if units(s) <= limit {
		return s
	}
	end, room := 0, limit-1
	for i, r := range s {
		if room -= width(r); room < 0 {
			break
		}
		end = i + len(string(r))
	}
	if space := strings.LastIndexFunc(s[:end], unicode.IsSpace); space > end-end/3 {
		end = space
	}
	return strings.TrimRightFunc(s[:end], unicode.IsSpace) + "…"
}
