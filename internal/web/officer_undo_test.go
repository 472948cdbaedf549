package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

func TestUndoAutomaticRouting(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v, c := o.as("dlh"), o.dlh
		v.get("/kasus/"+c.ID).is(200).says("Diteruskan otomatis", "yakin 93%", "Batalkan", `action="/kasus/`+c.ID+`/batal"`)
		o.as("wali").on(o, c, "batal").is(403)
		v.post("/kasus/"+c.ID+"/batal", "versi", "0").is(http.StatusConflict)
		if p := v.on(o, c, "batal").is(200); p.path != inboxPath {
			t.Errorf("after the undoing: %s", p.path)
		}
		v.get("/kotak-masuk?tampil=semua").is(200).hides(c.ID)
		now := o.now(c)
		if now.State != tanggap.Triage || now.Unit != "KOMINFO" || !now.DueAt.Equal(c.DueAt) {
			t.Errorf("%s in %s, due %v instead of %v", now.State, now.Unit, now.DueAt, c.DueAt)
		}
		desk := o.as("meja")
		desk.get("/triase").is(200).says(c.Number, "membatalkan penerusan otomatis", "Sampah menumpuk")
		desk.get("/kasus/"+c.ID).is(200).says("Dibatalkan Petugas DLH", "membatalkan penerusan otomatis").hides(c.ID + "/batal")
		desk.on(o, c, "batal").is(http.StatusConflict)
		taken := o.open("SMP-TUMPUK", "sampah di lorong lima")
		v.on(o, taken, "ambil").is(200).hides(taken.ID + "/batal")
		v.on(o, taken, "batal").is(http.StatusConflict)
	})
}

// TestOfficersCannotOpenTheCitizensPages holds that no officers' page shows what
// opens the citizen's own: our notices carry it, and citizens paste it.
func TestOfficersCannotOpenTheCitizensPages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		c := o.now(o.dlh)
		link := "http://lapor.contoh.go.id/en/l/" + c.Link
		waiting := o.open("", "ini laporan saya "+link+" belum beres juga")
		o.must(o.Store.InTx(o.ctx, func(tx *store.Store) error {
			fresh, err := tx.Case(o.ctx, c.Region, c.ID)
			if err != nil {
				return err
			}
			body := "sampah: " + link + " atau " + c.Link + ", kode " + c.Code + " alias " + view.GroupCode(c.Code)
			return o.Desk.Hear(o.ctx, tx, apptest.Pack(t), fresh, &store.Message{Channel: "whatsapp", Kind: "text", Body: body, Masked: body, IdentityID: o.who.ID},
				[]*store.Decision{{Kind: casework.KindUrgency, Value: "2", Confidence: 0.9, State: store.DecisionOpen, Reasons: []store.Reason{{Weight: 1, Start: 0, End: 6}}}})
		}))
		said, err := o.Store.Messages(o.ctx, c.Region, c.ID)
		o.must(err)
		ours := 0
		for _, m := range said {
			if m.Direction == store.Out && strings.Contains(m.Body, c.Link) {
				ours++
			}
		}
		if ours == 0 {
			t.Fatal("no notice carries the link: the test shows nothing")
		}
		koord := o.as("koord")
		koord.get("/kasus/"+c.ID).is(200).says("[tautan warga]", "[kode warga]")
		koord.get("/triase").is(200).says("[tautan warga]")
		for _, who := range []string{"dlh", "kepala", "koord", "wali", "meja"} {
			v := o.as(who)
			for _, x := range o.routes() {
				method, path, _ := strings.Cut(x.pattern, " ")
				if method != http.MethodGet || x.who == anyone || path == "/alir" {
					continue
				}
				for _, one := range []*store.Case{c, waiting} {
					p := v.get(strings.NewReplacer("{id}", one.ID, "{file}", o.file).Replace(path))
					p.hides(c.Link, c.Code, view.GroupCode(c.Code), waiting.Link, waiting.Code)
				}
			}
		}
		koord.get("/kotak-masuk?tampil=semua").is(200).says(waiting.ID).hides(c.Link)
	})
}

func TestAWordToTheCitizenEndsThePause(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v, c := o.as("dlh"), o.dlh
		v.on(o, c, "balas", "teks", "Di lorong berapa?", "lalu", "waiting_citizen").is(200)
		o.clock.Advance(7 * 24 * time.Hour)
		v = o.as("dlh")
		v.on(o, c, "balas", "teks", "Sudah kami temukan.").is(200)
		if x := o.now(c); x.State != tanggap.InProgress || !x.PausedAt.IsZero() || x.DueAt.Sub(c.DueAt) < 6*24*time.Hour {
			t.Errorf("%s, paused %v, due moved by %v", x.State, x.PausedAt, x.DueAt.Sub(c.DueAt))
		}
	})
}

// TestDangerOnThePrivatePage holds that danger typed there rings as it does from
// everywhere else, whatever the state of the case.
func TestDangerOnThePrivatePage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		for _, email := range append(apptest.Pack(t).OnDuty("DAMKAR", o.clock.Now()), apptest.Pack(t).OnDuty("KOMINFO", o.clock.Now())...) {
			if _, err := o.Store.OfficerByEmail(o.ctx, email); tanggap.CodeOf(err) != tanggap.NotFound {
				continue
			}
			o.must(o.Store.AddOfficer(o.ctx, &store.Officer{Email: email, Name: "Petugas Jaga",
				Roles: []store.Role{{Region: apptest.Region, Role: string(access.UnitOfficer), Unit: "DAMKAR"}}}))
		}
		const fire = "Tolong, rumah tetangga kebakaran sekarang, api besar"
		v := o.visitor()
		rings := func(page *page) *store.Case {
			t.Helper()
			page.is(200).says(fire)
			c, err := o.Store.CaseByLink(o.ctx, apptest.Region, strings.TrimPrefix(page.path, "/l/"))
			o.must(err)
			alarms, err := o.Store.Alarms(o.ctx, c.Region, c.ID)
			o.must(err)
			if c.Urgency != tanggap.Emergency || len(alarms) != 1 || c.NextStep != tanggap.StepAckOfficer {
				t.Errorf("%s of urgency %d has %d alarms, next %q", c.Number, c.Urgency, len(alarms), c.NextStep)
			}
			return c
		}
		// Of another unit's matter: a case of its own.
		own := rings(v.send("/l/"+o.dlh.Link, nil, "teks", fire, "kunci", "satu"))
		if own.ID == o.dlh.ID || o.now(o.dlh).Urgency == tanggap.Emergency {
			t.Errorf("the fire waits in %s", o.now(o.dlh).Number)
		}
		v.send("/l/"+o.dlh.Link, nil, "teks", fire, "kunci", "satu").is(200)
		cases, err := o.Store.CitizenCases(o.ctx, apptest.Region, o.who.CitizenID, 20)
		o.must(err)
		if len(cases) != 3 {
			t.Errorf("%d cases after a reply sent twice, want 3", len(cases))
		}
		// In triage: the case itself.
		unclear := o.open("", "entah apa ini di wameo")
		if c := rings(v.send("/l/"+unclear.Link, nil, "teks", fire)); c.ID != unclear.ID {
			t.Errorf("a new case %s beside %s, which nobody has placed", c.Number, unclear.Number)
		}
		// Answered: by either form.
		o.reply(o.other, "Sudah diperbaiki.", tanggap.Answered)
		if c := rings(v.send("/l/"+o.other.Link, nil, "teks", fire)); c.ID == o.other.ID {
			t.Error("danger was put into an answered case")
		}
		for range 2 {
			if c := o.now(o.other); c.State != tanggap.Answered {
				t.Fatalf("%s", c.State)
			}
			v.post("/l/"+o.other.Link+"/buka", "teks", fire, "kunci", "dua").is(200)
		}
		cases, err = o.Store.CitizenCases(o.ctx, apptest.Region, o.who.CitizenID, 20)
		o.must(err)
		if len(cases) != 6 {
			t.Errorf("%d cases, want 6", len(cases))
		}
		rings(v.get("/l/" + cases[0].Link))
	})
}
