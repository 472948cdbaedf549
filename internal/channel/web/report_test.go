package web

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tanggap/internal/channel"
	"tanggap/internal/tanggap"
)

func full() Report {
	lat, lon := -5.47, 122.60
	return Report{
		ID: "DRAFT1", At: time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC), Text: "Lampu jalan mati", Area: "74.72.01.1001",
		Place: "lorong 3", Lat: &lat, Lon: &lon, Danger: channel.DangerUnsure, Service: "PJU-PADAM",
		Contact: Contact{ContactWhatsApp, "+628110000001"}, Name: "Warga Contoh", ShowName: true, Lang: "id",
		Photos: []Photo{{Blob: "d-abcdefghijklmnop", MIME: "image/jpeg", Size: 12, GPS: "-5.47,122.60"}}, Follows: "case-1",
	}
}

func read(t *testing.T, r Report) channel.Message {
	t.Helper()
	body, err := r.Body()
	if err != nil {
		t.Fatal(err)
	}
	items := Reader{}.Split(body)
	if len(items) != 1 || items[0].Kind != channel.ItemMessage || items[0].ExternalID != r.ID || items[0].Account != Account {
		t.Fatalf("split: %+v", items)
	}
	parsed, err := Reader{}.Parse(items[0])
	if err != nil {
		t.Fatal(err)
	}
	return *parsed.Message
}

func TestReport(t *testing.T) {
	got := read(t, full())
	want := channel.Message{
		Kind: channel.Image, At: full().At, Text: "Lampu jalan mati",
		From:  channel.Author{ExternalID: "whatsapp:+628110000001", Phone: "+628110000001", Name: "Warga Contoh"},
		Place: &channel.Place{Lat: -5.47, Lon: 122.60},
		Media: []channel.Media{{Blob: "d-abcdefghijklmnop", MIME: "image/jpeg", Size: 12, GPS: "-5.47,122.60"}},
		Form: &channel.Form{Area: "74.72.01.1001", Service: "PJU-PADAM", Place: "lorong 3", Danger: channel.DangerUnsure,
			Lang: "id", Follows: "case-1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnonymous(t *testing.T) {
	for name, c := range map[string]struct {
		change    func(*Report)
		external  string
		email     string
		anonymous bool
	}{
		"no contact":     {func(r *Report) { r.Contact = Contact{Kind: ContactNone} }, "anon:DRAFT1", "", true},
		"name not shown": {func(r *Report) { r.ShowName = false }, "whatsapp:+628110000001", "", true},
		"mail": {func(r *Report) { r.Contact = Contact{ContactEmail, "warga@contoh.id"} },
			"email:warga@contoh.id", "warga@contoh.id", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := full()
			c.change(&r)
			m := read(t, r)
			if m.From.ExternalID != c.external || m.From.Email != c.email || m.Form.Anonymous != c.anonymous {
				t.Errorf("got %+v, anonymous %v", m.From, m.Form.Anonymous)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for name, change := range map[string]func(*Report){
		"no id":           func(r *Report) { r.ID = "" },
		"no words":        func(r *Report) { r.Text = " \n" },
		"long words":      func(r *Report) { r.Text = strings.Repeat("é", MaxText+1) },
		"half a point":    func(r *Report) { r.Lon = nil },
		"off the globe":   func(r *Report) { *r.Lat = 91 },
		"four photos":     func(r *Report) { r.Photos = append(r.Photos, r.Photos[0], r.Photos[0], r.Photos[0]) },
		"foreign blob":    func(r *Report) { r.Photos[0].Blob = "abcdefghijklmnop" },
		"blob elsewhere":  func(r *Report) { r.Photos[0].Blob = "d-../../abcdefgh" },
		"unknown danger":  func(r *Report) { r.Danger = "perhaps" },
		"number as typed": func(r *Report) { r.Contact.Value = "0811-000-0001" },
		"no number":       func(r *Report) { r.Contact.Value = "" },
		"shouted address": func(r *Report) { r.Contact = Contact{ContactEmail, "WARGA@contoh.id"} },
		"value with none": func(r *Report) { r.Contact.Kind = ContactNone },
		"unknown contact": func(r *Report) { r.Contact.Kind = "pigeon" },
		"long name":       func(r *Report) { r.Name = strings.Repeat("a", MaxName+1) },
		"long place":      func(r *Report) { r.Place = strings.Repeat("a", MaxPlace+1) },
	} {
		t.Run(name, func(t *testing.T) {
			r := full()
			change(&r)
			if _, err := r.Body(); tanggap.CodeOf(err) != tanggap.Invalid {
				t.Errorf("Body: %v", err)
			}
			raw, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := (Reader{}).Parse(channel.Item{Raw: raw}); err == nil {
				t.Errorf("Parse took it: %+v", got.Message)
			}
		})
	}
}

func TestHostileBodies(t *testing.T) {
	for name, body := range map[string]string{
		"empty": "", "no object": "[]", "not JSON": "{", "number as id": `{"id":1}`, "huge": `{"id":"a","text":"` + strings.Repeat("a", MaxBody) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			items := Reader{}.Split([]byte(body))
			if len(items) != 1 || items[0].Kind != channel.ItemUnknown || !strings.HasPrefix(items[0].ExternalID, "sha256:") {
				t.Errorf("split: %q %q", items[0].Kind, items[0].ExternalID)
			}
			if _, err := (Reader{}).Parse(items[0]); err == nil {
				t.Error("parsed")
			}
		})
	}
	for name, raw := range map[string]string{
		"unknown field":  `{"id":"a","text":"x","contact":{"kind":"none"},"state":"done"}`,
		"something more": `{"id":"a","text":"x","contact":{"kind":"none"}} {}`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := (Reader{}).Parse(channel.Item{Raw: []byte(raw)}); err == nil {
				t.Error("parsed")
			}
		})
	}
}

func FuzzReader(f *testing.F) {
	body, err := full().Body()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte(`{"id":"a","text":"x","contact":{"kind":"none"}}`))
	f.Add([]byte(`{"id":"a"}`))
	f.Add([]byte("\x00{"))
	f.Fuzz(func(t *testing.T, body []byte) {
		items := Reader{}.Split(body)
		if len(items) != 1 || items[0].ExternalID == "" || len(items[0].ExternalID) > 80 {
			t.Fatalf("split: %+v", items)
		}
		again := Reader{}.Split(body)
		if items[0].ExternalID != again[0].ExternalID {
			t.Fatal("a redelivery has another name")
		}
		parsed, err := Reader{}.Parse(items[0])
		if err != nil {
			return
		}
		m := parsed.Message
		if m == nil || m.Form == nil || strings.TrimSpace(m.Text) == "" || m.From.ExternalID == "" || len(m.Media) > MaxPhotos {
			t.Fatalf("parsed into %+v", m)
		}
		if items[0].Kind != channel.ItemMessage {
			t.Fatalf("an item of kind %s parses", items[0].Kind)
		}
	})
}
