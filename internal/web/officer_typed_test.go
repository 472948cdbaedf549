package web

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/channel"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

const keyField = `name="kunci" value="([^"]+)"`

func TestTypedReport(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v := o.as("koord")
		key := v.get("/baru").is(200).says("Bacakan kepada warga").find(keyField)
		fields := []string{"kunci", key, "cara", "walk_in", "teks", "lampu jalan padam, hubungi 0811-0000-0002", "bahaya", "tidak",
			"layanan", "PJU-PADAM", "patokan", "samping masjid", "setuju", "ya", "nama", "Warga Contoh", "telepon", "0811-0000-0002"}
		p := v.post("/baru", fields...).is(200).says("tersimpan", "Loket", "Cetak tanda terima")
		if got := v.post("/baru", fields...).is(200).path; got != p.path {
			t.Errorf("sent twice: %s, then %s", p.path, got)
		}
		c := o.now(&store.Case{Region: apptest.Region, ID: p.path[len("/kasus/"):]})
		decisions, err := o.Store.Decisions(o.ctx, c.Region, c.ID)
		o.must(err)
		if i := slices.IndexFunc(decisions, func(d *store.Decision) bool { return d.Value == "PJU-PADAM" }); i < 0 || c.Channel != channel.Desk {
			t.Errorf("case of %s; the chosen service is suggested nowhere", c.Channel)
		}
		who, err := o.Store.Identity(o.ctx, c.Region, c.IdentityID)
		if o.must(err); who.Phone != "+6281100000002" || !who.VerifiedAt.IsZero() {
			t.Errorf("contact %q, verified %v", who.Phone, who.VerifiedAt)
		}
		v.get(p.path+"/tanda-terima").is(200).says(c.Number, view.GroupCode(c.Code), "http://lapor.contoh.go.id/lacak/"+c.Code, "WITA", `class="qr"`, "lampu jalan padam").
			hides("0811-0000-0002", "Warga Contoh", c.Link)
		v.get("/en"+p.path+"/tanda-terima").is(200).says("Receipt of a report", "/en/lacak/"+c.Code)
		// Of a case that came by itself there is none: it would hand the tracking code out.
		v.get("/kasus/" + o.dlh.ID + "/tanda-terima").is(404).hides(o.dlh.Code)
	})
}

// TestTypedReportGoesElsewhere: who may not read the case he typed still prints its
// receipt, for a while, and nobody else does.
func TestTypedReportGoesElsewhere(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	v := o.as("dlh")
	key := v.get("/baru").find(keyField)
	p := v.post("/baru", "kunci", key, "cara", "phone", "teks", "jalan berlubang dekat pelabuhan", "bahaya", "tidak", "layanan", "JLN-RUSAK").is(200)
	if p.path != "/baru/"+key {
		t.Fatalf("led to %s", p.path)
	}
	p.says("Tanda terima laporan", "Catat laporan lain").hides("/kasus/")
	o.as("rekan").get("/baru/" + key).is(404)
	v.get("/baru/TIDAKADA").is(404)
	o.clock.Advance(receiptWithin + time.Minute)
	o.as("dlh").get("/baru/" + key).is(404)
}

func TestTypedReportKeepsWhatWasTyped(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	v := o.as("koord")
	page := v.get("/baru")
	key := page.find(keyField)
	before, err := o.Store.LastInbound(o.ctx, apptest.Region)
	o.must(err)
	for name, c := range map[string]struct {
		change []string
		says   string
	}{
		"no way":     {[]string{"cara", ""}, "Pilih bagaimana laporan ini sampai"},
		"no words":   {[]string{"teks", " "}, "Tulis apa yang terjadi"},
		"no danger":  {[]string{"bahaya", "mungkin"}, "Pilih apakah kejadian ini berbahaya"},
		"no consent": {[]string{"setuju", ""}, "Tanyakan persetujuan"},
		"bad phone":  {[]string{"telepon", "12"}, "Tulis nomor WhatsApp yang lengkap"},
		"bad mail":   {[]string{"email", "bukan"}, "Tulis alamat e-mail yang lengkap"},
		"no key":     {[]string{"kunci", ""}, "muat ulang"},
	} {
		fields := append([]string{"kunci", key, "cara", "letter", "teks", "got tersumbat", "bahaya", "ragu", "patokan", "dekat <pasar>", "setuju", "ya",
			"nama", "Warga Contoh", "email", "warga@contoh.example", "bahasa", "en", "anonim", "ya"}, c.change...)
		p := v.post("/baru", fields...)
		if p.status != 422 {
			t.Errorf("%s: %d", name, p.status)
		}
		p.says(c.says, "Ada yang perlu diperbaiki", "Warga Contoh", "dekat <pasar>", `<option value="en" lang="en" selected>`)
	}
	if last, err := o.Store.LastInbound(o.ctx, apptest.Region); err != nil || last != before {
		t.Errorf("something was stored: %d, then %d, %v", before, last, err)
	}
}

func TestSecretReceiptSaysNothing(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	v := o.as("koord")
	p := v.post("/baru", "kunci", v.get("/baru").find(keyField), "cara", "walk_in", "teks", "petugas parkir minta uang damai", "bahaya", "tidak", "layanan", "SMP-TUMPUK").is(200)
	c := o.now(&store.Case{Region: apptest.Region, ID: p.path[len("/kasus/"):]})
	o.change(c, func(c *store.Case) { c.Secret, c.Summary, c.OfficerID = true, "", o.id("koord") })
	v.get(p.path+"/tanda-terima").is(200).says(c.Number, "tidak dicetak").hides("uang damai", "Sampah")
}

// aside puts an item into quarantine by way of the form's channel.
func (o *office) aside(raw string) int64 {
	o.t.Helper()
	seqs, err := o.Intake.Receive(o.ctx, apptest.Region, channel.Web, []byte(raw))
	if o.must(err); len(seqs) != 1 {
		o.t.Fatalf("received %v", seqs)
	}
	o.must(o.Intake.Process(o.ctx, apptest.Region, seqs[0]))
	row, err := o.Store.Inbound(o.ctx, apptest.Region, seqs[0])
	if o.must(err); row.State != store.InboundQuarantined {
		o.t.Fatalf("item %d is %s", seqs[0], row.State)
	}
	return seqs[0]
}

func TestQuarantine(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		koord, admin := o.as("koord"), o.as("admin")
		koord.get("/karantina").is(200).says("Karantina kosong")
		seq := o.aside(`{"kepada":"<b>kami</b>","telepon":"0811-0000-0003","tautan":"http://lapor.contoh.go.id/l/ABCDEFGHIJKLMNOPQRSTUVWXYZ"}`)
		item := fmt.Sprintf("/karantina/%d", seq)
		koord.get("/karantina").is(200).says("Kiriman tidak dapat dibaca", fmt.Sprintf("#%d", seq), "Web")
		koord.get("/karantina?saluran=web&sebab=unreadable").is(200).says(fmt.Sprintf("#%d", seq), "Proses ulang semua")
		koord.get("/karantina?saluran=email&sebab=old").is(200).hides(fmt.Sprintf("#%d", seq))
		koord.get("/kotak-masuk").is(200).says("/karantina", `<b class="count">1</b>`)

		koord.get(item).is(200).says("<b>kami</b>", "[…]").hides("0811-0000-0003", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		if raw := koord.raw(item); !strings.Contains(raw, "kami") || strings.Contains(raw, "<b>kami") {
			t.Error("the item's words became markup")
		}
		// Who keeps the program running may replay, not read.
		admin.get(item).is(200).says("Peran Anda tidak mencakup isi").hides("kami</b>")
		admin.post(item+"/buka", "tujuan", "repair").is(403)
		o.as("dlh").get(item).is(403)
		o.as("kepala").get("/karantina").is(403)

		koord.post(item+"/buka", "tujuan", "ingin tahu").is(422).says("pilihan Anda dicatat").hides("0811-0000-0003")
		koord.post(item+"/buka", "tujuan", "repair").is(200).says("0811-0000-0003", "sudah dicatat").hides("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		koord.post(item+"/selesai", "alasan", " ").is(422).says("Tulis alasannya")
		koord.post(item+"/selesai", "alasan", "iklan").is(200).says("Sudah ditangani", "Petugas KOORD")
		koord.get("/karantina").is(200).says("Karantina kosong")
		// What was marked as done by mistake is replayed.
		koord.post(item + "/ulang").is(200).says("diproses ulang")
		koord.get(item).is(404)
		o.must(o.Intake.Process(o.ctx, apptest.Region, seq))
		koord.get(item).is(200)
		var kinds []string
		events, err := o.Store.Events(o.ctx, apptest.Region, "")
		o.must(err)
		for _, e := range events {
			kinds = append(kinds, e.Type)
		}
		if got := fmt.Sprint(kinds); got != "[inbound.quarantined inbound.viewed inbound.discarded inbound.replayed inbound.quarantined]" {
			t.Errorf("events %s", got)
		}
	})
}

func TestQuarantinePagesAndBulk(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	for i := range rowsPerPage + 2 {
		o.aside(fmt.Sprintf("rusak %d", i))
	}
	v := o.as("koord")
	first := v.get("/karantina").is(200).says("#52 ", "#3 ").hides("#2 ")
	v.get(first.find(`href="(/karantina\?sebelum=3)" rel="next"`)).is(200).says("#2 ", "#1 ").hides("#3 ", `rel="next"`)
	v.post("/karantina/ulang", "saluran", "web").is(422)
	v.post("/karantina/ulang", "saluran", "web", "sebab", "unreadable").is(200).says("52 kiriman diproses ulang", "Karantina kosong")
	waiting, err := o.Store.CountWaiting(o.ctx, apptest.Region, 100)
	if o.must(err); waiting[channel.Web] != 52 {
		t.Error(waiting)
	}
}

func TestChannelsPage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		o.aside("rusak")
		now := o.clock.Now()
		o.must(o.Store.SetTemplate(o.ctx, &store.Template{Region: apptest.Region, Channel: channel.WhatsApp, Name: "kabar", Language: "id", Status: "PAUSED", Reason: "diblokir", UpdatedAt: now}))
		_, err := o.Store.SetSign(o.ctx, &store.Sign{Region: apptest.Region, Channel: channel.WhatsApp, Subject: "number", Sign: "quality", Value: "YELLOW", UpdatedAt: now})
		o.must(err)
		n := &store.Notification{Region: apptest.Region, EventID: "e", CitizenID: o.who.CitizenID, Recipient: "citizen:" + o.who.CitizenID, Channel: channel.WhatsApp, Template: "t", Body: "{}"}
		o.must(o.Store.AddNotification(o.ctx, n))
		n.State, n.Error, n.ErrorCode = store.NoticeFailed, "nomor 0811-0000-0004 tidak terdaftar", 131026
		_, err = o.Store.SetNotification(o.ctx, n, store.NoticeReady)
		o.must(err)
		o.must(o.Store.SetMailbox(o.ctx, &store.Mailbox{Region: apptest.Region, Account: "lapor", Folder: "INBOX", CheckedAt: now, Error: "kata sandi ditolak"}))
		o.Budget = func(_ context.Context, _ *region.Pack, ch string) (notify.Budget, error) {
			if ch != channel.WhatsApp {
				return notify.Budget{}, nil
			}
			return notify.Budget{Used: 800, Limit: notify.Limit{Messages: 1000}}, nil
		}
		o.as("koord").get("/saluran").is(200).says("kata sandi ditolak", "800 dari 1.000", "80%", "Lancar")
		o.as("koord").get("/saluran").is(200).says("kabar", "PAUSED", "diblokir", "YELLOW", "tidak terdaftar", "131026", "Perlu dilihat").hides("0811-0000-0004")
		admin := o.as("admin") // reads no cases, so he lands where he has work
		admin.get("/masuk").at(200, "/saluran").hides(`href="/kotak-masuk" data-go`)
		admin.get("/kotak-masuk").is(403).hides("Ke kotak masuk")
		o.as("dlh").get("/saluran").is(403).says("bukan tugas Anda")
	})
}

// An administrator tries a channel on himself, and reads what became of it.
func TestChannelTest(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	admin := o.as("admin")
	admin.get("/saluran").is(200).says("Kirim uji ke saya").hides("Uji terakhir")
	admin.post("/saluran/uji", "saluran", "email").at(200, "/saluran").says("Uji terakhir oleh", "sedang dikirim")
	o.clock.Advance(2 * time.Minute) // nobody sends here
	admin.get("/saluran").is(200).says("belum diambil").hides("sedang dikirim", "hx-trigger=\"every")
	admin.post("/saluran/uji", "saluran", "whatsapp").is(422).says("belum punya nomor telepon")
	admin.post("/saluran/uji", "saluran", "web").is(422).says("tidak mengirim pesan")
	admin.post("/akun", "aksi", "telepon", "telepon", "0811-0000-0009").is(422) // whose words are passed on is for an admin to say
	admin.post("/petugas/"+o.id("admin"), "aksi", "telepon", "telepon", "0811-0000-0009").is(200)
	admin.get("/akun").is(200).says("+6281100000009")
	admin.post("/saluran/uji", "saluran", "whatsapp").at(200, "/saluran")
	tests, err := o.Store.LastTests(o.ctx, apptest.Region)
	o.must(err)
	n := tests[channel.WhatsApp]
	n.State, n.Error = store.NoticeFailed, "nomor 0811-0000-0009 tidak terdaftar"
	_, err = o.Store.SetNotification(o.ctx, n, store.NoticeReady)
	o.must(err)
	admin.get("/saluran").is(200).says("gagal", "tidak terdaftar").hides("0811-0000-0009")
	koord := o.as("koord")
	koord.get("/saluran").is(200).says("Uji terakhir").hides("Kirim uji ke saya")
	koord.post("/saluran/uji", "saluran", "email").is(403)
}

// The number of an officer is kept in one form, whoever writes it and however.
func TestWorkNumber(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	admin, id := o.as("admin"), o.id("dlh")
	admin.post("/petugas/"+id, "aksi", "telepon", "telepon", "abc").is(422).says("Nomor telepon tidak dikenali", `value="abc"`)
	admin.post("/petugas/"+id, "aksi", "telepon", "telepon", "0811 0000 0008").is(200)
	x, err := o.Store.OfficerByPhone(o.ctx, apptest.Region, "+6281100000008")
	if o.must(err); x == nil || x.ID != id {
		t.Fatalf("the number finds %+v", x)
	}
	admin.post("/petugas/"+id, "aksi", "telepon", "telepon", "").is(200)
	if x, err = o.Store.OfficerByPhone(o.ctx, apptest.Region, "+6281100000008"); err != nil || x != nil {
		t.Fatalf("the number that was taken away finds %+v, %v", x, err)
	}
	form := []string{"nama", "Petugas Baru", "email", "baru@contoh.example", "peran", "unit-officer", "unit", "DLH"}
	admin.post("/petugas", append(form, "telepon", "08x")...).is(422).says("Nomor telepon tidak dikenali")
	admin.post("/petugas", append(form, "telepon", "0811-0000-0007")...).is(200)
	if x, err = o.Store.OfficerByPhone(o.ctx, apptest.Region, "+6281100000007"); err != nil || x == nil {
		t.Fatalf("an invited officer is not found by his number: %v", err)
	}
}

func TestReplayOfAnotherRegion(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	seq := o.aside("rusak")
	v := o.as("koord")
	for _, path := range []string{"/karantina/0", "/karantina/x", fmt.Sprintf("/karantina/%d", seq+1)} {
		v.get(path).is(404)
		v.post(path + "/ulang").is(404)
	}
	row, err := o.Store.Inbound(o.ctx, apptest.Region, seq)
	if o.must(err); row.State != store.InboundQuarantined {
		t.Error(row.State)
	}
	if _, err := o.Store.Inbound(o.ctx, "73.71", seq); tanggap.CodeOf(err) != tanggap.NotFound {
		t.Error(err)
	}
}
