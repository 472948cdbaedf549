package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"tanggap/internal/channel"
	"tanggap/internal/seal"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Ways in which a citizen reached the officer who types for him.
const (
	WalkIn = "walk_in"
	Phone  = "phone"
	Letter = "letter"
)

// Ways in the order in which people meet them.
var Ways = []string{WalkIn, Phone, Letter}

// Limits of what an officer types, in characters; those of the web form.
const (
	MaxTyped     = 4000
	maxTypedLine = 400
	maxTypedName = 80
	maxTypedKey  = 64
)

// TypedReport is what an officer typed for somebody who came, called or wrote a
// letter. Its JSON is the delivery, kept as long as any other.
type TypedReport struct {
	Region    string         `json:"region"`
	Text      string         `json:"text"` // the citizen's words
	Name      string         `json:"name,omitempty"`
	Phone     string         `json:"phone,omitempty"` // as typed; kept as E.164
	Email     string         `json:"email,omitempty"`
	Lang      string         `json:"lang,omitempty"` // "id" or "en"
	Area      string         `json:"area,omitempty"`
	Place     string         `json:"place,omitempty"`
	Service   string         `json:"service,omitempty"`
	Way       string         `json:"way"`     // one of Ways
	Consent   bool           `json:"consent"` // to keep name and contact; asked for aloud
	Anonymous bool           `json:"anonymous,omitempty"`
	Danger    channel.Danger `json:"danger,omitempty"`
	Key       string         `json:"key"` // of the form; the same key never opens a second case
}

// deskAccount names the one desk that a region has.
const deskAccount = "desk"

// Typed opens a case for what an officer typed and returns it. Delivery, item, case
// and notices are one transaction: after an error nothing is stored, and the same
// report may be sent again. With a key that was used before it returns the case of
// the first time.
func (in *Intake) Typed(ctx context.Context, officer *store.Officer, r TypedReport) (*store.Case, error) {
	p, err := in.Packs.Get(r.Region)
	if err != nil {
		return nil, err
	}
	if err := r.normalise(); err != nil {
		return nil, err
	}
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(body)
	var c *store.Case
	err = in.Store.InTx(ctx, func(tx *store.Store) error {
		fresh, err := tx.AddDelivery(ctx, &store.Delivery{Region: r.Region, Channel: channel.Desk, Hash: hex.EncodeToString(hash[:]), Body: body},
			[]*store.Inbound{{Account: deskAccount, External: r.Key, Kind: string(channel.ItemMessage), Raw: body}})
		if err != nil {
			return err
		}
		row := &store.Inbound{}
		if len(fresh) == 0 {
			if row, err = tx.FindInbound(ctx, r.Region, channel.Desk, deskAccount, r.Key); err != nil {
				return err
			}
		} else {
			row = fresh[0]
			row.State, row.Attempts = store.InboundDone, 1
			if err := in.message(ctx, tx, p, row, r.message(row), &clerk{officer.ID, r.Way, r.Consent}); err != nil {
				return err
			}
			if err := tx.FinishInbound(ctx, row); err != nil {
				return err
			}
		}
		c, err = tx.Case(ctx, r.Region, row.CaseID)
		return err
	})
	return c, err
}

// clerk is the officer who typed a message.
type clerk struct {
	officer, way string
	consent      bool
}

// normalise checks what the page should have checked, and brings contacts into the
// form in which they are compared.
func (r *TypedReport) normalise() (err error) {
	r.Text, r.Name, r.Place = strings.TrimSpace(r.Text), strings.TrimSpace(r.Name), strings.TrimSpace(r.Place)
	switch {
	case r.Key == "" || len(r.Key) > maxTypedKey:
		return typedWrong("key", "kunci formulir kosong atau terlalu panjang; muat ulang halaman")
	case !slices.Contains(Ways, r.Way):
		return typedWrong("way", "pilih bagaimana warga datang: langsung, telepon atau surat")
	case r.Text == "":
		return typedWrong("text", "tulis laporan warga")
	case utf8.RuneCountInString(r.Text) > MaxTyped:
		return typedWrong("text", "laporan terlalu panjang; ringkas lalu kirim lagi")
	case utf8.RuneCountInString(r.Place) > maxTypedLine:
		return typedWrong("place", "patokan terlalu panjang")
	case utf8.RuneCountInString(r.Name) > maxTypedName:
		return typedWrong("name", "nama terlalu panjang")
	case len(r.Area) > maxTypedKey || len(r.Service) > maxTypedKey || len(r.Lang) > maxTypedKey:
		return typedWrong("area", "kode terlalu panjang")
	case !r.Consent && r.Name+r.Phone+r.Email != "":
		return typedWrong("consent", "tanyakan persetujuan warga sebelum menyimpan nama atau kontaknya, atau kosongkan isiannya")
	}
	switch r.Danger {
	case "", channel.DangerYes, channel.DangerNo, channel.DangerUnsure:
	default:
		return typedWrong("danger", "jawaban bahaya tidak dikenal")
	}
	if r.Phone != "" {
		if r.Phone, err = seal.Phone(r.Phone, "ID"); err != nil {
			return typedWrong("phone", "nomor telepon tidak dikenali; contoh: 0812-0000-0001")
		}
	}
	if r.Email != "" {
		if r.Email, err = seal.Email(r.Email); err != nil {
			return typedWrong("email", "alamat surel tidak dikenali; contoh: nama@contoh.id")
		}
	}
	return nil
}

func typedWrong(field, message string) error {
	return &tanggap.Error{Code: tanggap.Invalid, Field: field, Message: message}
}

func (r *TypedReport) message(row *store.Inbound) *channel.Message {
	return &channel.Message{Kind: channel.Text, At: row.ReceivedAt, Text: r.Text,
		From: channel.Author{ExternalID: deskAccount + ":" + r.Key, Phone: r.Phone, Email: r.Email, Name: r.Name},
		Form: &channel.Form{Area: r.Area, Service: r.Service, Place: r.Place, Danger: r.Danger, Anonymous: r.Anonymous, Lang: r.Lang}}
}
