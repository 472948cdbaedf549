package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"tanggap/internal/channel"
)

// Reader understands deliveries of the form. It has no state.
type Reader struct{}

var _ channel.Reader = Reader{}

// Split makes one item of a form, named by the id of its draft, so that a form sent
// twice is one item for ever. A body without such an id is an ItemUnknown named by
// its hash.
func (Reader) Split(body []byte) []channel.Item {
	item := channel.Item{Kind: channel.ItemUnknown, Account: Account, Raw: body}
	var head struct {
		ID string `json:"id"`
	}
	if len(body) <= MaxBody && json.Unmarshal(body, &head) == nil && head.ID != "" && len(head.ID) <= maxID {
		item.Kind, item.ExternalID = channel.ItemMessage, head.ID
	} else {
		sum := sha256.Sum256(body)
		item.ExternalID = "sha256:" + hex.EncodeToString(sum[:])
	}
	return []channel.Item{item}
}

// Parse reads a form. A field it does not know is an error: it was not our form
// that wrote it.
func (Reader) Parse(item channel.Item) (channel.Parsed, error) {
	if len(item.Raw) > MaxBody {
		return channel.Parsed{}, wrong("", "kiriman formulir terlalu besar")
	}
	var r Report
	d := json.NewDecoder(bytes.NewReader(item.Raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return channel.Parsed{}, fmt.Errorf("web report: %w", err)
	}
	if d.More() {
		return channel.Parsed{}, wrong("", "ada isi lain di belakang formulir")
	}
	if err := r.check(); err != nil {
		return channel.Parsed{}, err
	}
	return channel.Parsed{Message: r.message()}, nil
}

func (r Report) message() *channel.Message {
	m := &channel.Message{
		Kind: channel.Text, At: r.At, Text: r.Text,
		From: channel.Author{ExternalID: r.Contact.external(r.ID), Name: r.Name},
		Form: &channel.Form{Area: r.Area, Service: r.Service, Place: r.Place, Danger: r.Danger, Lang: r.Lang, Follows: r.Follows, Identity: r.Identity,
			// Whoever leaves no contact, or a name that is not to be shown, wants to stay unknown.
			Anonymous: r.Contact.Kind == ContactNone || !r.ShowName},
	}
	switch r.Contact.Kind {
	case ContactWhatsApp:
		m.From.Phone = r.Contact.Value
	case ContactEmail:
		m.From.Email = r.Contact.Value
	}
	if r.Lat != nil {
		m.Place = &channel.Place{Lat: *r.Lat, Lon: *r.Lon}
	}
	for _, p := range r.Photos {
		m.Kind = channel.Image
		m.Media = append(m.Media, channel.Media{Blob: p.Blob, MIME: p.MIME, Size: p.Size, GPS: p.GPS})
	}
	return m
}

// external names the citizen's identity on this channel: the contact left behind,
// or, without one, nobody but the writer of this very report.
func (c Contact) external(report string) string {
	if c.Kind == ContactNone {
		return "anon:" + report
	}
	return string(c.Kind) + ":" + c.Value
}
