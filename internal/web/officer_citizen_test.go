package web

import (
	"strings"
	"testing"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/store"
)

// The card counts what the officer may not see, names what the citizen allowed, says
// nothing of secret and anonymous cases, and is written down with its purpose.
func TestCitizenCard(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		second := o.open("SMP-TUMPUK", "sampah menumpuk di lorong lima")
		secret := o.open("SMP-LIAR", "rahasia pasar wameo")
		o.change(secret, func(c *store.Case) { c.Secret, c.Summary = true, "" })
		unknown := o.open("SMP-TUMPUK", "tanpa nama di lorong enam")
		o.change(unknown, func(c *store.Case) { c.Anonymous = true })
		path := "/kasus/" + o.dlh.ID + "/warga"
		v := o.as("dlh")
		v.get("/kasus/" + o.dlh.ID).is(200).says("Kartu warga")
		v.post(path).is(422).says("tujuan")
		// Two others can be counted: the second of his unit, and one of another unit.
		v.post(path, "tujuan", "verify").is(200).says("belum mengizinkan", "2 laporan lain", "W*** C***").hides(second.Number, o.other.Number, secret.Number, unknown.Number, "+62811")
		o.must(o.Store.AddWish(o.ctx, &store.Wish{Region: o.who.Region, CitizenID: o.who.CitizenID, What: store.WishHistory, Value: store.Yes, Way: "web"}))
		v.post(path, "tujuan", "verify").is(200).says(second.Number, "1 laporan lain").hides(o.other.Number, secret.Number, unknown.Number)
		o.as("koord").post(path, "tujuan", "contact").is(200).says(second.Number, o.other.Number).hides(secret.Number, unknown.Number)
		o.as("wali").post(path, "tujuan", "verify").is(403)
		o.as("dlh").post("/kasus/"+unknown.ID+"/warga", "tujuan", "verify").is(403)
		events, err := o.Store.Events(o.ctx, o.dlh.Region, o.dlh.ID)
		o.must(err)
		logged := 0
		for _, e := range events {
			if e.Type == casework.Revealed && strings.Contains(e.Payload, `"card"`) && strings.Contains(e.Payload, `"purpose"`) {
				logged++
			}
		}
		if logged != 3 {
			t.Errorf("%d looks were written down, want 3", logged)
		}
		// A wish that was withdrawn holds at once.
		o.must(o.Store.AddWish(o.ctx, &store.Wish{Region: o.who.Region, CitizenID: o.who.CitizenID, What: store.WishHistory, Value: store.No, Way: "web"}))
		o.as("dlh").post(path, "tujuan", "verify").is(200).hides(second.Number)
	})
}

func TestCaseOnPaper(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	path := "/kasus/" + o.dlh.ID + "/cetak"
	p := o.as("dlh").get(path).is(200).says(o.dlh.Number, "sampah menumpuk", "<svg", "Tanda tangan").hides(o.dlh.Code, o.dlh.Link, "+62811")
	if p.header.Get("Cache-Control") != "no-store" {
		t.Error("the sheet may be cached")
	}
	o.as("pupr").get(path).is(404)
	o.change(o.dlh, func(c *store.Case) { c.Secret = true })
	o.as("kepala").get(path).is(200).says("tidak dicetak").hides("sampah menumpuk")
	o.hire("audit", access.Grant{Role: access.Auditor, Region: apptest.Region})
	o.as("audit").get(path).is(404)
}
