package whatsapp

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"tanggap/internal/channel"
)

// Reader understands webhook deliveries. It has no state.
type Reader struct{}

var _ channel.Reader = Reader{}

// Split cuts a verified delivery into items by ids only. Each item's Raw is one
// "change" of Meta's envelope with exactly one update in it, so it can be parsed
// alone. What cannot be cut becomes an ItemUnknown as small as possible: one
// update, one change, or (bad JSON, another object, more than MaxItems updates)
// the whole body. An item without an id of its own is named by its hash, which a
// redelivery repeats.
func (Reader) Split(body []byte) []channel.Item {
	root, ok := parseNode(body)
	if !ok {
		return []channel.Item{unknown("", body)}
	}
	var top [2]node
	if !root.pick(top[:], "object", "entry") || !top[0].is('"') ||
		!top[0].spells("whatsapp_business_account") || !top[1].is('[') {
		return []channel.Item{unknown("", body)}
	}
	var s splitter
	for entry := range top[1].elements() {
		s.entry(entry)
		if len(s.items) > MaxItems {
			return []channel.Item{unknown("", body)}
		}
	}
	if len(s.items) == 0 {
		return []channel.Item{unknown("", body)}
	}
	return s.items
}

type splitter struct {
	items []channel.Item
}

func (s *splitter) add(item channel.Item) {
	// One more than allowed is kept: it tells Split that there were too many.
	if len(s.items) <= MaxItems {
		s.items = append(s.items, item)
	}
}

func (s *splitter) entry(entry node) {
	var part [3]node
	if !entry.pick(part[:], "id", "time", "changes") || !part[2].is('[') {
		s.add(unknown("", entry))
		return
	}
	account := part[0].id()
	for change := range part[2].elements() {
		if len(s.items) > MaxItems {
			return
		}
		var c [2]node
		if !change.pick(c[:], "field", "value") || !c[0].is('"') || !c[1].is('{') {
			s.add(unknown(account, change))
			continue
		}
		switch {
		case c[0].spells("messages"):
			s.value(c[1], account)
		case c[0].spells("user_id_update"):
			s.list(envelopeOf(c[1], "user_id_update"), c[1].get("user_id_update"), account)
		default:
			// A field about the account or its templates. The time is kept: the
			// same notice on another day is another notice.
			raw := assemble(`{"field":`, c[0], `,"time":`, orNull(part[1].shared()), `,"value":`, c[1], `}`)
			s.add(hashed(channel.ItemNotice, account, raw, raw))
		}
	}
}

// value cuts a value of the field "messages": messages, statuses or errors.
func (s *splitter) value(value node, account string) {
	var part [3]node
	ok := value.pick(part[:], "messages", "statuses", "errors")
	for _, list := range part {
		ok = ok && (list == nil || list.is('['))
	}
	if !ok || part[0] == nil && part[1] == nil && part[2] == nil {
		s.add(unknown(account, value))
		return
	}
	s.list(envelopeOf(value, "messages"), part[0], account)
	s.list(envelopeOf(value, "statuses"), part[1], account)
	s.list(envelopeOf(value, "errors"), part[2], account)
}

func (s *splitter) list(e envelope, updates node, account string) {
	if e.account != "" {
		account = e.account
	}
	for update := range updates.elements() {
		s.add(e.item(update, account))
		if len(s.items) > MaxItems {
			return
		}
	}
}

// envelope is what the updates of one value share.
type envelope struct {
	list     string // name of the array the updates come from
	account  string // our number id; may be empty
	metadata node
	contacts map[string]node // by wa_id and by user_id
	only     node            // the contact, if there is just one
}

func envelopeOf(value node, list string) envelope {
	metadata := value.get("metadata")
	e := envelope{list: list, account: metadata.get("phone_number_id").id(), metadata: metadata.shared()}
	if list != "messages" && list != "user_id_update" {
		return e // the others are about our own messages, not about a person
	}
	e.contacts = map[string]node{}
	n := 0
	for c := range value.get("contacts").elements() {
		if c = c.shared(); c == nil {
			continue
		}
		e.only = c
		n++
		for _, id := range []string{c.get("wa_id").id(), c.get("user_id").id()} {
			if _, taken := e.contacts[id]; id != "" && !taken {
				e.contacts[id] = c
			}
		}
	}
	if n != 1 {
		e.only = nil
	}
	return e
}

// item names one update and wraps it.
func (e envelope) item(update node, account string) channel.Item {
	field := "messages"
	if e.list == "user_id_update" {
		field = e.list
	}
	raw := assemble(`{"field":"`+field+`","value":{"metadata":`, orNull(e.metadata),
		`,"contacts":[`, e.contact(update), `],"`+e.list+`":[`, update, `]}}`)

	var part [4]node
	if !update.pick(part[:], "id", "type", "status", "group_id") || update.tooDeep() {
		return unknown(account, raw)
	}
	item := channel.Item{Kind: channel.ItemMessage, Account: account, ExternalID: part[0].id(), Raw: raw}
	switch {
	case e.list == "errors" || e.list == "user_id_update":
		return hashed(channel.ItemNotice, account, update, raw)
	case item.ExternalID == "":
		return unknown(account, raw)
	case e.list == "statuses":
		status := part[2].id()
		if status == "" {
			return unknown(account, raw)
		}
		// The same status may be told twice, so it is part of the name.
		item.Kind, item.ExternalID = channel.ItemStatus, item.ExternalID+":"+status
	case part[3].id() != "" || noticeTypes[part[1].id()]:
		item.Kind = channel.ItemNotice
	}
	return item
}

// noticeTypes are the message types that no person wrote. A message in a group is
// a notice too: the city answers people, not groups.
var noticeTypes = map[string]bool{"system": true, "request_welcome": true}

// contact finds the profile that belongs to the update: the one with the sender's
// id, or the only one if the update names no sender. A profile is never guessed,
// because it carries a name.
func (e envelope) contact(update node) node {
	var from [2]node
	if !update.pick(from[:], "from", "from_user_id") {
		return nil
	}
	phone, user := from[0].id(), from[1].id()
	if phone == "" && user == "" {
		return e.only
	}
	if c, ok := e.contacts[user]; ok {
		return c
	}
	return e.contacts[phone]
}

func unknown(account string, raw []byte) channel.Item {
	return hashed(channel.ItemUnknown, account, raw, bytes.Clone(raw))
}

// hashed names an item by what it says, whatever the white space.
func hashed(kind channel.ItemKind, account string, said, raw []byte) channel.Item {
	var compact bytes.Buffer
	if json.Compact(&compact, said) == nil {
		said = compact.Bytes()
	}
	sum := sha256.Sum256(said)
	return channel.Item{Kind: kind, Account: account, ExternalID: "sha256:" + hex.EncodeToString(sum[:]), Raw: raw}
}

// shared returns n if it may be copied into many items, nil if it is too large or
// too deep: one delivery must not become a thousand times its size.
func (n node) shared() node {
	if len(n) > 4096 || n.tooDeep() {
		return nil
	}
	return n
}

func orNull(n node) node {
	if n == nil {
		return node("null")
	}
	return n
}

// assemble concatenates strings and nodes into one fresh slice.
func assemble(parts ...any) []byte {
	size := 0
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			size += len(p)
		case node:
			size += len(p)
		}
	}
	out := make([]byte, 0, size)
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			out = append(out, p...)
		case node:
			out = append(out, p...)
		}
	}
	return out
}
