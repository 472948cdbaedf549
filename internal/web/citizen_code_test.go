package web

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// sent takes what is owed with a text key and returns its arguments and to whom, the
// newest last.
func (o *office) sent(key string) (args []map[string]string, to []string) {
	o.t.Helper()
	owed, err := o.Store.LeaseNotifications(o.ctx, apptest.Region, "test", 50)
	o.must(err)
	for _, n := range owed {
		if n.Template != key {
			continue
		}
		var c notify.Content
		o.must(json.Unmarshal([]byte(n.Body), &c))
		args, to = append(args, c.Args), append(to, n.IdentityID)
	}
	return args, to
}

func TestOneTimeCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		c := o.now(o.dlh)
		v, public := o.visitor(), "/lacak/"+c.Code
		v.get(public).is(200).says("Lihat isi laporan").hides(c.Link)
		p := v.post(public+"/kode").at(200, public+"/isi").says("Masukkan kode 6 angka")
		args, to := o.sent(region.TextCode)
		if len(args) != 1 || to[0] != o.who.ID || !regexp.MustCompile(`^\d{6}$`).MatchString(args[0]["code"]) || args[0]["minutes"] != "10" {
			t.Fatalf("sent %v to %v", args, to)
		}
		p.hides(args[0]["code"])
		digits := args[0]["code"]
		// In another browser the code is worth nothing, nor on another case.
		o.visitor().post(public+"/isi", "kode", digits).is(422).hides(c.Link)
		v.post("/lacak/"+o.now(o.other).Code+"/isi", "kode", "000000").is(422)
		v.post(public+"/isi", "kode", "12").is(422).says("tidak cocok")
		v.post(public+"/isi", "kode", digits[:3]+" "+digits[3:]).at(200, "/l/"+c.Link).says("sampah menumpuk")
		v.post(public+"/isi", "kode", digits).is(422) // once
	})
}

func TestOneTimeCodeRunsOut(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	c := o.now(o.dlh)
	v, public := o.visitor(), "/lacak/"+c.Code
	v.post(public + "/kode").is(200)
	args, _ := o.sent(region.TextCode)
	wrong := "000000"
	if args[0]["code"] == wrong {
		wrong = "000001"
	}
	for range codeTries {
		v.post(public+"/isi", "kode", wrong).is(422)
	}
	v.post(public+"/isi", "kode", args[0]["code"]).is(422) // tries are used up

	v.post(public + "/kode").is(200)
	args, _ = o.sent(region.TextCode)
	o.clock.Advance(codeLives)
	v.post(public+"/isi", "kode", args[0]["code"]).is(422) // time is up

	v.post(public + "/kode").is(200)
	o.visitor().post(public + "/kode").is(200)
	v.post(public + "/kode").is(429) // the contact is not pestered
	v.post("/lacak/0000-0000-00000/kode").is(404)
}

// TestNobodyLearnsOfAContact compares the answers for a case with a verified contact,
// with an unverified one and with none.
func TestNobodyLearnsOfAContact(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	_, unverified := o.visitor().report("kontak", "wa", "wa", "0811 0000 0009")
	_, none := o.visitor().report("kontak", "tanpa")
	o.sent("")
	var first string
	for _, c := range []*store.Case{o.now(o.dlh), unverified, none} {
		v := o.visitor()
		plain := func(p *page) string {
			return regexp.MustCompile(`nonce="[^"]*"`).ReplaceAllString(strings.NewReplacer(c.Code, "CODE", c.Number, "NUMBER").Replace(p.body), "")
		}
		got := plain(v.post("/lacak/" + c.Code + "/kode").is(200))
		for range codeTries + 1 {
			got += plain(v.post("/lacak/"+c.Code+"/isi", "kode", "12").is(422))
		}
		if first == "" {
			first = got
		}
		if got != first {
			t.Errorf("%s is answered differently", c.Number)
		}
	}
	if args, to := o.sent(region.TextCode); len(args) != 1 || to[0] != o.who.ID {
		t.Errorf("sent to %v", to)
	}
}

func TestChangeOfContact(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		c := o.now(o.dlh)
		v, private := o.visitor(), "/l/"+c.Link
		v.post(private+"/kontak", "kontak", "12").is(422).says("Tulis nomor WhatsApp yang lengkap", `value="12"`)
		o.sent("")
		v.post(private+"/kontak", "kontak", "Warga@Contoh.example").is(200).says("Tautan konfirmasi dikirim")
		if o.now(c).IdentityID != o.who.ID {
			t.Fatal("changed before it was confirmed")
		}
		args, to := o.sent(region.TextConfirmContact)
		if len(args) != 1 {
			t.Fatalf("asked %v", args)
		}
		fresh, err := o.Store.Identity(o.ctx, c.Region, to[0])
		if o.must(err); fresh.Email != "warga@contoh.example" || !fresh.VerifiedAt.IsZero() {
			t.Fatalf("asked %+v", fresh)
		}
		_, token, _ := strings.Cut(args[0]["link"], notify.PathConfirm)
		v.post(notify.PathConfirm + token).is(200).says("Kontak sudah dikonfirmasi")
		if o.now(c).IdentityID != fresh.ID {
			t.Fatal("not changed")
		}
		told, to := o.sent(region.TextContactChanged)
		if len(told) != 1 || to[0] != o.who.ID || told[0]["number"] != c.Number {
			t.Fatalf("told %v to %v", told, to)
		}
		o.as("koord").get("/kasus/" + c.ID).is(200).says("mengganti kontak laporan")

		_, undo, _ := strings.Cut(told[0]["link"], "http://lapor.contoh.go.id")
		w := o.visitor()
		w.get(undo).is(200).says("Kembalikan kontak lama")
		if o.now(c).IdentityID != fresh.ID {
			t.Fatal("opening the link took it back")
		}
		w.post(undo).is(200).says("Kontak lama dipakai lagi")
		if o.now(c).IdentityID != o.who.ID {
			t.Fatal("not taken back")
		}
		w.post(undo).is(404)
		w.post(pathUndo + tanggap.NewToken()).is(404)
	})
}

func TestChangeOfContactRunsOut(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	c := o.now(o.dlh)
	o.sent("")
	o.visitor().post("/l/"+c.Link+"/kontak", "kontak", "0811-0000-0008").is(200)
	args, _ := o.sent(region.TextConfirmContact)
	o.clock.Advance(changeLives + time.Minute)
	_, token, _ := strings.Cut(args[0]["link"], notify.PathConfirm)
	o.visitor().post(notify.PathConfirm + token).is(200)
	if o.now(c).IdentityID != o.who.ID {
		t.Error("an old change was carried out")
	}
}
