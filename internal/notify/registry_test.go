package notify

import (
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

// TestTemplateNeedsApproval holds which template goes out, or why none does.
func TestTemplateNeedsApproval(t *testing.T) {
	row := func(name, lang, status string, params int64) *store.Template {
		return &store.Template{Region: apptest.Region, Channel: channel.WhatsApp, Name: name, Language: lang, Status: status, Params: params}
	}
	for _, test := range []struct {
		name  string
		known []*store.Template
		lang  string
		uses  string // language of the template that goes out
		why   string
	}{
		{"approved", []*store.Template{row("status", "id", "APPROVED", 1)}, "id", "id", ""},
		{"registry never filled", nil, "id", "id", ""},
		{"not listed", []*store.Template{row("lain", "id", "APPROVED", 1)}, "id", "", "tidak terdaftar"},
		{"paused", []*store.Template{row("status", "id", "PAUSED", 1)}, "id", "", "PAUSED"},
		{"pending", []*store.Template{row("status", "id", "PENDING", 1)}, "id", "", "PENDING"},
		{"wrong number", []*store.Template{row("status", "id", "APPROVED", 3)}, "id", "", "meminta 3 isian"},
		{"number not known", []*store.Template{row("status", "id", "APPROVED", -1)}, "id", "", "meminta -1 isian"},
		{"reader's language", []*store.Template{row("status", "en_US", "APPROVED", 1), row("status", "id", "APPROVED", 1)}, "en", "en_US", ""},
		{"else Indonesian", []*store.Template{row("status", "en", "REJECTED", 1), row("status", "id", "APPROVED", 1)}, "en", "id", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := newKit(t, apptest.SQLite(t))
			k.d.Template = func(_ *region.Pack, c Content) *channel.Template {
				return &channel.Template{Name: "status", Language: test.lang, Params: []string{c.Args["number"]}}
			}
			k.tx(func(tx *store.Store) error {
				return SyncTemplates(t.Context(), tx, apptest.Region, channel.WhatsApp, test.known, k.clock.Now())
			})
			k.clock.Advance(25 * time.Hour)
			k.owe(region.TextInProgress, Options{})
			k.step()
			if test.uses == "" {
				k.want(store.NoticeFailed)
				contains(t, k.notices()[0].Error, test.why)
				return
			}
			k.want(store.NoticeSent)
			if got := k.wa.sent[0].Template.Language; got != test.uses {
				t.Errorf("language %q", got)
			}
		})
	}
}

// TestSigns holds that the newest news stand, in whatever order they come, and what
// they do to the registry.
func TestSigns(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		at := func(minute int) time.Time { return apptest.Start.Add(-time.Hour + time.Duration(minute)*time.Minute) }
		tell := func(subject, sign, value string, minute int) {
			k.tx(func(tx *store.Store) error {
				return k.d.Sign(t.Context(), tx, apptest.Region, channel.WhatsApp, channel.AccountSign{Subject: subject, Sign: sign, Value: value, At: at(minute)})
			})
		}
		template := func() *store.Template {
			list, err := s.Templates(t.Context(), apptest.Region, channel.WhatsApp)
			k.must(err)
			if len(list) != 1 {
				t.Fatalf("%d templates", len(list))
			}
			return list[0]
		}
		const subject = "template:status/id"
		tell(subject, "quality", "YELLOW", 3)
		tell(subject, "status", "APPROVED", 1) // later news of another kind came before
		if x := template(); x.Status != store.TemplateApproved || x.Quality != "YELLOW" || x.Params != -1 {
			t.Errorf("%+v", x)
		}
		k.tx(func(tx *store.Store) error {
			return SyncTemplates(t.Context(), tx, apptest.Region, channel.WhatsApp,
				[]*store.Template{{Name: "status", Language: "id", Status: "PAUSED", Params: 2}}, at(10))
		})
		tell(subject, "status", "APPROVED", 9)
		tell(subject, "status", "FLAGGED", 8)
		if x := template(); x.Status != "PAUSED" || x.Params != 2 {
			t.Errorf("old news won: %+v", x)
		}
		tell(subject, "status", "REINSTATED", 11)
		tell(subject, "status", "FLAGGED", 12)
		if x := template(); x.Status != store.TemplateApproved {
			t.Errorf("%+v", x)
		}
		k.tx(func(tx *store.Store) error {
			return SyncTemplates(t.Context(), tx, apptest.Region, channel.WhatsApp, nil, at(20))
		})
		if x := template(); x.Status != templateGone {
			t.Errorf("%+v", x)
		}

		tell("number", "quality", "RED", 5)
		tell("number", "quality", "GREEN", 4)
		tell("number", "limit", "TIER_1K", 5)
		signs, err := s.Signs(t.Context(), apptest.Region, channel.WhatsApp)
		k.must(err)
		got := map[string]string{}
		for _, x := range signs {
			if x.Subject == "number" {
				got[x.Sign] = x.Value
			}
		}
		if len(got) != 2 || got["quality"] != "RED" || got["limit"] != "TIER_1K" {
			t.Errorf("%v", got)
		}
	})
}
