package web

import (
	"encoding/csv"
	"net/url"
	"strings"
	"testing"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/store"
)

const whyNow = "Ancaman kekerasan malam ini dan kepala unit tidak bisa dihubungi"

// closedCase is a secret case that lies in the unit DLH.
func (o *office) closedCase() *store.Case {
	o.t.Helper()
	c := o.open("SMP-LIAR", "rahasia: oknum meminta uang, NIK saya 7472990101990001, telepon 0811 0000 0001")
	c = o.change(c, func(c *store.Case) { c.Secret, c.Summary, c.Unit = true, "", "DLH" })
	o.must(o.Store.InTx(o.ctx, func(tx *store.Store) error { return tx.HideMasked(o.ctx, c.Region, c.ID) }))
	return o.now(c)
}

// codes gives an officer a second factor and returns its backup codes.
func (o *office) codes(name string) []string {
	o.t.Helper()
	o.must(o.Store.InTx(o.ctx, func(tx *store.Store) error {
		x, err := tx.Officer(o.ctx, o.id(name))
		if err != nil {
			return err
		}
		x.Totp, x.TotpRegion, x.TotpAt = "JBSWY3DPEHPK3PXP", apptest.Region, o.clock.Now()
		if err := tx.SetOfficerCodes(o.ctx, x.ID, []string{"AAAA1111BBBB2", "CCCC3333DDDD4", "EEEE5555FFFF6", "GGGG7777HHHH8"}); err != nil {
			return err
		}
		return tx.SetSecondFactor(o.ctx, x)
	}))
	return []string{"AAAA1111BBBB2", "CCCC3333DDDD4", "EEEE5555FFFF6", "GGGG7777HHHH8"}
}

// TestBreakGlass opens a closed case for an hour: a reason, the second factor again, told
// at once, listed, ended, reviewed. Nothing else opens by it.
func TestBreakGlass(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		c := o.closedCase()
		second := o.closedCase()
		dpo, head := o.hire("pdp", access.Grant{Role: access.DPO, Region: apptest.Region}), o.id("kepala")
		o.hire("auditor", access.Grant{Role: access.Auditor, Region: apptest.Region})
		koord := o.as("koord")
		koord.get("/kasus/" + c.ID).is(404)
		koord.get("/buka-tertutup").is(200).says("memerlukan faktor kedua")
		koord.post("/buka-tertutup", "nomor", c.Number, "alasan", whyNow, "kode", "000000").is(403)
		codes := o.codes("koord")
		koord.get("/buka-tertutup").is(200).says("60 menit")
		koord.post("/buka-tertutup", "nomor", "BAU-26-999999", "alasan", whyNow, "kode", codes[0]).is(422).says("Tidak ada laporan tertutup")
		koord.post("/buka-tertutup", "nomor", c.Number, "alasan", "gawat   gawat    ", "kode", codes[0]).is(422).says("paling sedikit 20 huruf")
		koord.post("/buka-tertutup", "nomor", c.Number, "alasan", whyNow, "kode", "000000").is(401).says(whyNow)
		koord.get("/kasus/" + c.ID).is(404)
		p := koord.post("/buka-tertutup", "nomor", " "+strings.ToLower(c.Number)+" ", "alasan", whyNow, "kode", codes[0]).is(200)
		if p.path != "/kasus/"+c.ID {
			t.Fatalf("leads to %s", p.path)
		}
		p.says("Anda membuka laporan tertutup ini sampai", "oknum meminta uang", "[telepon]").hides("7472990101990001", "0811 0000 0001", c.ID+"/balas\"", c.ID+"/tolak")
		koord.get("/kasus/" + second.ID).is(404)
		koord.get("/kotak-masuk").is(200).hides(c.ID)
		koord.on(o, c, "tanda", "rahasia", "").is(403)
		if o.now(c).Version != c.Version {
			t.Error("looking changed the case")
		}
		// The code is used up, and the case of an open one needs none.
		koord.post("/buka-tertutup", "nomor", second.Number, "alasan", whyNow, "kode", codes[0]).is(401)

		// Told at once, without the reason: who protects data, who audits, the head of the unit.
		owed, err := st.LeaseNotifications(o.ctx, c.Region, "test", 100)
		o.must(err)
		told := map[string]bool{}
		for _, n := range owed {
			if n.Template != "officer.unsealed" {
				continue
			}
			told[strings.TrimPrefix(n.Recipient, "officer:")] = true
			if !n.Urgent || !n.NotBeforeAt.IsZero() && n.NotBeforeAt.After(o.clock.Now()) {
				t.Error("not at once")
			}
			if strings.Contains(n.Body, "Ancaman") || !strings.Contains(n.Body, c.Number) {
				t.Error(n.Body)
			}
		}
		if len(told) != 3 || !told[dpo.ID] || !told[head] || !told[o.id("auditor")] {
			t.Errorf("told %v", told)
		}
		o.as("kepala").get("/kasus/" + c.ID).is(200).says("membuka laporan tertutup ini selama 60 menit")

		// Seen and ended by who watches; nobody else, and not by the opener himself.
		watch := o.as("pdp")
		id := watch.get("/jejak").is(200).says(whyNow, c.Number, "Terbuka sampai").hides("oknum").find(`action="/jejak/([^"]+)"`)
		watch.get("/kasus/" + c.ID).is(404)
		koord.get("/jejak").is(403)
		koord.post("/jejak/"+id, "aksi", "akhiri").is(403)
		o.as("dlh").get("/buka-tertutup").is(403)
		watch.post("/jejak/"+id, "aksi", "tinjau", "catatan", "  ").is(422).says("hasil tinjauan")
		watch.post("/jejak/"+id, "aksi", "akhiri").is(200)
		koord.get("/kasus/" + c.ID).is(404)
		watch.post("/jejak/"+id, "aksi", "akhiri").is(409)
		watch.post("/jejak/"+id, "aksi", "tinjau", "catatan", "Wajar, nyawa terancam").is(200)
		watch.get("/jejak").says("Wajar, nyawa terancam", "Sudah ditinjau")

		// It ends by itself after an hour, and when the officer ends it.
		koord.post("/buka-tertutup", "nomor", second.Number, "alasan", whyNow, "kode", codes[1]).is(200)
		o.clock.Advance(29 * time.Minute)
		koord.get("/kasus/" + second.ID).is(200)
		o.clock.Advance(29 * time.Minute)
		koord.get("/kasus/" + second.ID).is(200)
		o.clock.Advance(2 * time.Minute)
		koord.get("/kasus/" + second.ID).is(404)
		koord.post("/buka-tertutup", "nomor", second.Number, "alasan", whyNow, "kode", codes[2]).is(200)
		koord.post("/kasus/" + second.ID + "/tutup").is(200)
		koord.get("/kasus/" + second.ID).is(404)
		// A role that is taken away takes what it had opened with it.
		koord.post("/buka-tertutup", "nomor", second.Number, "alasan", whyNow, "kode", codes[3]).is(200)
		o.must(o.Access.SetGrants(o.ctx, o.id("koord"), apptest.Region, o.id("admin"), []access.Grant{{Role: access.Admin}}))
		o.must(o.Access.SetGrants(o.ctx, o.id("koord"), apptest.Region, o.id("koord"), []access.Grant{{Role: access.Auditor}}))
		koord.get("/kasus/" + second.ID).is(404)
	})
}

// TestMaskedWordsHaveAPurpose holds that who only watches opens masked words with a
// purpose that is recorded, that identity numbers stay hidden from everybody, and that an
// anonymous reporter stays unknown.
func TestMaskedWordsHaveAPurpose(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		o.id("admin")
		c := o.open("SMP-TUMPUK", "sampah, NIK saya 7472990101990001, telepon 0812 3456 7890")
		o.as("dlh").get("/kasus/"+c.ID).is(200).says("************0001", "0812 3456 7890").hides("7472990101990001", "Buka kata yang disamarkan")
		wali := o.as("wali")
		wali.get("/kasus/"+c.ID).is(200).says("[telepon]", "Buka kata yang disamarkan").hides("0812 3456 7890", "7472990101990001")
		wali.post("/kasus/"+c.ID+"/buka-kata", "tujuan", "iseng").is(422).hides("0812 3456 7890")
		wali.post("/kasus/"+c.ID+"/buka-kata", "tujuan", "verify").is(200).says("0812 3456 7890", "************0001").hides("7472990101990001")
		wali.get("/kasus/" + c.ID).is(200).hides("0812 3456 7890").says("membuka kata yang disamarkan: Verifikasi laporan")
		o.as("dlh").post("/kasus/"+c.ID+"/buka-kata", "tujuan", "verify").is(403)
		o.as("dlh").on(o, c, "buka-kontak", "tujuan", "contact").is(200).says("Warga Contoh")
		c = o.change(c, func(c *store.Case) { c.Anonymous = true })
		o.as("dlh").on(o, c, "buka-kontak", "tujuan", "contact").is(403).hides("Warga Contoh")

		o.hire("pdp", access.Grant{Role: access.DPO, Region: apptest.Region})
		watch := o.as("pdp")
		if p := watch.get("/kotak-masuk"); p.status != 403 {
			t.Error("data protection reads cases")
		}
		watch.get("/jejak").is(200).says("Kata yang disamarkan", "Kontak warga", "Verifikasi laporan", c.Number)
		watch.get("/jejak?apa=words").is(200).says("Verifikasi laporan").hides("<td>Kontak warga")
		watch.get("/jejak?petugas=" + o.id("dlh")).is(200).says("<td>Kontak warga").hides("<td>Kata yang disamarkan")
		watch.get("/jejak?dari=2026-03-05").is(200).says("Tidak ada yang cocok")
		watch.get("/jejak?dari=kemarin&sampai=2026-03-04").is(200).says("<td>Kontak warga")
		// As a file, in which no cell is a formula, even if an officer is called like one.
		evil := o.hire("jahat", access.Grant{Role: access.UnitOfficer, Region: apptest.Region, Unit: "DLH"})
		evil.Name = "  ＝HYPERLINK(\"http://jahat.example\")"
		o.must(st.SetOfficer(o.ctx, evil))
		o.must(st.InTx(o.ctx, func(tx *store.Store) error {
			x, err := tx.Case(o.ctx, c.Region, c.ID)
			if err != nil {
				return err
			}
			_, err = tx.AddEvent(o.ctx, x, casework.Officer(evil.ID), casework.Revealed, map[string]any{"purpose": "verify", "what": "words"})
			return err
		}))
		p := watch.get("/jejak/unduh?" + url.Values{"apa": {"words"}}.Encode()).is(200)
		if got := p.header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") {
			t.Error(got)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(p.body, "\ufeff"))).ReadAll()
		o.must(err)
		if len(rows) != 3 || !strings.HasPrefix(rows[1][1], "'") || rows[2][3] != c.Number {
			t.Errorf("%q", rows)
		}
		events, err := st.Events(o.ctx, apptest.Region, "")
		o.must(err)
		if last := events[len(events)-1]; last.Type != openedTaken {
			t.Error("that the list was taken is not recorded:", last.Type)
		}
	})
}

func TestInert(t *testing.T) {
	for in, formula := range map[string]bool{
		"=1+1": true, "+62811": true, "-1": true, "@a": true, " =1": true, "\t=1": true, "＝1": true, "＋1": true, "－1": true, "＠a": true, "\u00a0=1": true, "|cmd": true,
		"Petugas": false, "": false, "BAU-26-000001": false, "2026-03-04 10:00": false, "'=1": false,
	} {
		if got := inert(in); strings.HasPrefix(got, "'") != (formula || strings.HasPrefix(in, "'")) {
			t.Errorf("%q: %q", in, got)
		}
	}
}
