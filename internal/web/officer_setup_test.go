package web

import (
	"regexp"
	"testing"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/store"
)

// Each step of the set-up finds out by itself whether it is done.
func TestSetup(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		admin := o.as("admin")
		left := regexp.MustCompile(`Petugas di tiap unit[\s\S]*?Sisa (\d+)`)
		p := admin.get("/penyiapan").is(200).says("Penyiapan", "Piket untuk keadaan darurat", "Perlu dikerjakan")
		before := left.FindStringSubmatch(p.body)
		duty := apptest.Pack(t).Duty[0]
		p.says(duty.Officer)
		x, err := o.Access.AddOfficer(o.ctx, access.NewOfficer{Email: duty.Officer, Name: "Petugas Piket", Password: secretWord,
			Grants: []access.Grant{{Role: access.UnitOfficer, Region: apptest.Region, Unit: duty.Unit}}})
		o.must(err)
		p = admin.get("/penyiapan").is(200).hides(duty.Officer)
		if after := left.FindStringSubmatch(p.body); before == nil || after == nil || before[1] == after[1] {
			t.Errorf("units without officers: %v, then %v", before, after)
		}
		// An account that was shut watches nothing.
		o.must(o.Access.SetDisabled(o.ctx, x.Email, true))
		admin.get("/penyiapan").is(200).says(duty.Officer)
		o.as("koord").get("/penyiapan").is(403)
	})
}
