package whatsapp

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"tanggap/internal/channel"
)

// Parse understands one item that Split made. An error says why the item must be
// quarantined; it names fields, never what a person wrote. Message.At is zero if
// Meta gave no usable time.
func (Reader) Parse(item channel.Item) (channel.Parsed, error) {
	if item.Kind == channel.ItemUnknown {
		return channel.Parsed{}, errors.New("the delivery could not be split here")
	}
	root, ok := parseNode(item.Raw)
	if !ok || root.tooDeep() {
		return channel.Parsed{}, errors.New("not readable as JSON")
	}
	value := root.get("value")
	if u := value.first("user_id_update"); u != nil {
		return parseUserIDUpdate(u, value)
	}
	if s := value.first("statuses"); s != nil {
		return parseStatus(s)
	}
	m := value.first("messages")
	if m == nil {
		if item.Kind == channel.ItemMessage || item.Kind == channel.ItemStatus {
			return channel.Parsed{}, errors.New("holds neither a message nor a status")
		}
		return channel.Parsed{Sign: parseSign(root.get("field").id(), value, root.get("time").unixTime())}, nil
	}
	if m.get("group_id").id() != "" {
		return channel.Parsed{}, nil
	}
	kind := typeOf(m)
	switch kind {
	case "system":
		return parseSystem(m)
	case "request_welcome":
		return channel.Parsed{}, nil
	}
	msg, err := parseMessage(m, value.first("contacts"), kind)
	if err != nil {
		return channel.Parsed{}, fmt.Errorf("message of type %q: %w", kind, err)
	}
	return channel.Parsed{Message: msg}, nil
}

// typeOf returns the type of a message. Old location samples have none, so an
// absent type is told from the member that carries the content.
func typeOf(m node) string {
	if t := m.get("type"); t != nil {
		return t.id()
	}
	found := ""
	for name := range contentReaders {
		if m.get(name) == nil {
			continue
		}
		if found != "" {
			return "" // two contents and no type: not for us to choose
		}
		found = name
	}
	return found
}

// contentReaders fill a message from the member that is named like its type.
var contentReaders = map[string]func(content node, msg *channel.Message) error{
	"text":        readText,
	"image":       media(channel.Image),
	"video":       media(channel.Video),
	"sticker":     media(channel.Sticker),
	"audio":       media(channel.Audio),
	"voice":       media(channel.Audio),
	"document":    media(channel.Document),
	"location":    readLocation,
	"contacts":    readContacts,
	"reaction":    readReaction,
	"interactive": readInteractive,
	"button":      readButton,
}

func parseMessage(m, contact node, kind string) (*channel.Message, error) {
	msg := &channel.Message{ID: m.get("id").id(), At: m.get("timestamp").unixTime()}
	from, err := sender(m, contact)
	if err != nil {
		return nil, err
	}
	msg.From = from
	context := m.get("context")
	msg.InReplyTo = context.get("id").id()
	msg.Forwarded = context.get("forwarded").isTrue() || context.get("frequently_forwarded").isTrue()

	read, known := contentReaders[kind]
	if !known {
		msg.Kind, msg.Original = channel.Unsupported, kind
		if sub := m.get("unsupported").get("type").id(); sub != "" {
			msg.Original = sub
		}
		if msg.Original == "" {
			msg.Original = "unknown"
		}
		return msg, nil
	}
	content := m.get(kind)
	if content == nil {
		return nil, errors.New("has no content")
	}
	return msg, read(content, msg)
}

// sender tells who wrote. The business-scoped id is the key where there is one,
// because people may hide or change their number.
func sender(m, contact node) (channel.Author, error) {
	phone, user := m.get("from").id(), m.get("from_user_id").id()
	if phone == "" {
		phone = contact.get("wa_id").id()
	}
	if user == "" {
		user = contact.get("user_id").id()
	}
	phone = strings.TrimPrefix(phone, "+")
	s := channel.Author{
		Phone: e164(phone),
		Name:  oneLine(contact.get("profile").get("name").clean(256)),
	}
	switch {
	case user != "":
		s.ExternalID = user
		if phone != "" && phone != user {
			s.Aliases = []string{phone}
		}
	case phone != "":
		s.ExternalID = phone
	default:
		return s, errors.New("names no sender")
	}
	return s, nil
}

// e164 turns a wa_id, which is digits only, into a number with "+"; anything else
// into nothing.
func e164(waID string) string {
	if len(waID) < 7 || len(waID) > 15 || strings.Trim(waID, "0123456789") != "" {
		return ""
	}
	return "+" + waID
}

// oneLine folds all white space and control characters: a name is shown in lists.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

func readText(content node, msg *channel.Message) error {
	msg.Kind = channel.Text
	if !content.get("body").is('"') {
		return errors.New("has no body")
	}
	msg.Text = content.get("body").clean(maxText)
	return nil
}

func media(kind channel.MessageKind) func(node, *channel.Message) error {
	return func(content node, msg *channel.Message) error {
		msg.Kind = kind
		msg.Text = content.get("caption").clean(maxText)
		id := content.get("id").id()
		if id == "" {
			return errors.New("has no media id")
		}
		msg.Media = []channel.Media{{
			ID:       id,
			MIME:     oneLine(content.get("mime_type").clean(128)),
			SHA256:   hexDigest(content.get("sha256").id()),
			Filename: oneLine(content.get("filename").clean(256)),
			Voice:    content.get("voice").isTrue(),
		}}
		return nil
	}
}

// hexDigest returns a SHA-256 in hex. Meta states it in hex or in base64; what is
// neither counts as not stated.
func hexDigest(s string) string {
	if sum, err := hex.DecodeString(s); err == nil && len(sum) == 32 {
		return strings.ToLower(s)
	}
	if sum, err := base64.StdEncoding.DecodeString(s); err == nil && len(sum) == 32 {
		return hex.EncodeToString(sum)
	}
	return ""
}

func readLocation(content node, msg *channel.Message) error {
	msg.Kind = channel.Location
	lat, ok1 := content.get("latitude").number()
	lon, ok2 := content.get("longitude").number()
	if !ok1 || !ok2 || lat < -90 || lat > 90 || lon < -180 || lon > 180 {
		return errors.New("has no usable coordinates")
	}
	msg.Place = &channel.Place{
		Lat: lat, Lon: lon,
		Name:    oneLine(content.get("name").clean(256)),
		Address: oneLine(content.get("address").clean(512)),
	}
	return nil
}

// readContacts writes one line a card, "name: number", so that an officer reads
// what was shared. Ten cards are plenty.
func readContacts(content node, msg *channel.Message) error {
	msg.Kind = channel.Contacts
	var lines []string
	for card := range content.elements() {
		if len(lines) == 10 {
			break
		}
		line := oneLine(card.get("name").get("formatted_name").clean(256))
		phone := card.first("phones")
		number := oneLine(phone.get("phone").clean(64))
		if number == "" {
			number = e164(phone.get("wa_id").id())
		}
		if number != "" {
			line = strings.TrimPrefix(line+": "+number, ": ")
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	msg.Text = strings.Join(lines, "\n")
	return nil
}

func readReaction(content node, msg *channel.Message) error {
	msg.Kind = channel.Reaction
	msg.InReplyTo = content.get("message_id").id()
	msg.Emoji = oneLine(content.get("emoji").clean(64))
	if msg.InReplyTo == "" {
		return errors.New("reacts to nothing")
	}
	return nil
}

func readInteractive(content node, msg *channel.Message) error {
	msg.Kind = channel.Choice
	kind := content.get("type").id()
	answer := content.get(kind)
	switch kind {
	case "button_reply", "list_reply":
		msg.ChoiceID = answer.get("id").clean(256)
		msg.Text = answer.get("title").clean(maxText)
	case "nfm_reply":
		// A filled form ("Flow"): the answers are JSON in a string.
		msg.Original = kind
		msg.ChoiceID = answer.get("name").clean(256)
		msg.Text = answer.get("response_json").clean(maxText)
	default:
		msg.Kind, msg.Original = channel.Unsupported, strings.Trim("interactive:"+kind, ":")
		return nil
	}
	if msg.ChoiceID == "" && msg.Text == "" {
		return errors.New("has no choice")
	}
	return nil
}

func readButton(content node, msg *channel.Message) error {
	msg.Kind = channel.Choice
	msg.ChoiceID = content.get("payload").clean(256)
	msg.Text = content.get("text").clean(maxText)
	if msg.ChoiceID == "" && msg.Text == "" {
		return errors.New("has no choice")
	}
	return nil
}

var states = map[string]channel.DeliveryState{
	"sent":      channel.Sent,
	"delivered": channel.Delivered,
	"read":      channel.Read,
	"played":    channel.Read, // a voice message was listened to
	"failed":    channel.Failed,
}

// parseStatus reads what became of one of our messages. A state that is not known
// needs no action.
func parseStatus(s node) (channel.Parsed, error) {
	id, word := s.get("id").id(), s.get("status").id()
	if id == "" || word == "" {
		return channel.Parsed{}, errors.New("status without id or word")
	}
	state, known := states[word]
	if !known {
		return channel.Parsed{}, nil
	}
	status := &channel.Status{
		ProviderID: id,
		AttemptID:  s.get("biz_opaque_callback_data").id(),
		State:      state,
		At:         s.get("timestamp").unixTime(),
		Category:   strings.ToLower(s.get("pricing").get("category").id()),
		Billable:   s.get("pricing").get("billable").isTrue(),
	}
	if e := s.first("errors"); e != nil {
		status.ErrorCode = e.get("code").integer()
		status.ErrorText = errorText(e)
	}
	if state == channel.Failed {
		status.Fault = FaultOf(status.ErrorCode)
	}
	return channel.Parsed{Status: status}, nil
}

// errorText returns the most telling words of one of Meta's errors.
func errorText(e node) string {
	for _, n := range []node{e.get("error_data").get("details"), e.get("message"), e.get("title")} {
		if s := oneLine(n.clean(300)); s != "" {
			return s
		}
	}
	return ""
}

// parseSystem reads the notice that a person's number or id changed.
func parseSystem(m node) (channel.Parsed, error) {
	s := m.get("system")
	switch s.get("type").id() {
	case "user_changed_number", "user_changed_user_id", "customer_changed_number":
	default:
		return channel.Parsed{}, nil
	}
	newPhone := s.get("new_wa_id").id()
	if newPhone == "" {
		newPhone = s.get("wa_id").id()
	}
	current := ids(s.get("user_id").id(), newPhone)
	previous := ids(s.get("previous_user_id").id(), m.get("from_user_id").id(), m.get("from").id())
	return identityChange(previous, current, newPhone, m)
}

// parseUserIDUpdate reads the same news in the form it had before August 2026.
func parseUserIDUpdate(u, value node) (channel.Parsed, error) {
	phone := u.get("wa_id").id()
	if phone == "" {
		phone = value.first("contacts").get("wa_id").id()
	}
	change := u.get("user_id")
	if !change.is('{') {
		change = u
	}
	return identityChange(ids(change.get("previous").id()), ids(change.get("current").id()), phone, u)
}

func identityChange(previous, current []string, phone string, at node) (channel.Parsed, error) {
	if len(current) == 0 {
		return channel.Parsed{}, errors.New("identity change without a new id")
	}
	// An id that stays the same is no news about it.
	var old []string
	for _, id := range previous {
		if id != current[0] {
			old = append(old, id)
		}
	}
	if len(old) == 0 {
		return channel.Parsed{}, nil
	}
	return channel.Parsed{Identity: &channel.IdentityChange{
		Previous: old[0],
		Aliases:  old[1:],
		Current:  current[0],
		Phone:    e164(strings.TrimPrefix(phone, "+")),
		At:       at.get("timestamp").unixTime(),
	}}, nil
}

// ids returns the given ids without empty ones, repetitions and leading "+".
func ids(list ...string) []string {
	var out []string
next:
	for _, id := range list {
		id = strings.TrimPrefix(id, "+")
		for _, have := range out {
			if have == id {
				continue next
			}
		}
		if id != "" {
			out = append(out, id)
		}
	}
	return out
}
