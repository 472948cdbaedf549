package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

func TestDraftIsKeptAndColleaguesSeeWhoWrites(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v, rekan := o.as("dlh"), o.as("rekan")
		path := "/kasus/" + o.dlh.ID
		v.get(path).is(200)
		rekan.get(path).is(200).says("Petugas DLH sedang membuka laporan ini")
		v.post(path+"/konsep", "tab", "balasan", "teks", "Truk berangkat").is(200).says("Tersimpan")
		rekan.get(path + "/berubah?versi=" + version(o.now(o.dlh))).is(200).says("Petugas DLH sedang menulis balasan").hides("Truk berangkat")
		o.visitor()
		v.get(path).is(200).says("Truk berangkat")
		rekan.get(path).is(200).hides("Truk berangkat")
		o.clock.Advance(3 * time.Minute)
		rekan.get(path).is(200).hides("sedang menulis", "sedang membuka")
		v.on(o, o.dlh, "balas", "tab", "balasan", "teks", "Truk berangkat sekarang.").is(200)
		if x, err := st.CaseOfficer(o.ctx, o.now(o.dlh), o.id("dlh")); err != nil || x.Draft != "" {
			t.Errorf("the draft %q outlives the reply, %v", x.Draft, err)
		}
		// Nobody keeps words about a case that he may not answer.
		o.as("wali").post(path+"/konsep", "teks", "halo").is(403)
		o.as("pupr").post(path+"/konsep", "teks", "halo").is(404)
	})
}

func TestSnoozedCaseLeavesTheListUntilItsTimeOrTheCitizenWrites(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v := o.as("dlh")
		link := "/kasus/" + o.dlh.ID
		v.get("/kotak-masuk").is(200).says(link)
		v.on(o, o.dlh, "tunda").is(422).says("Pilih sampai kapan")
		v.on(o, o.dlh, "tunda", "sampai", unix(o.dlh.DueAt.Add(time.Minute))).is(422).says("batas waktu")
		v.on(o, o.dlh, "tunda", "sampai", unix(o.clock.Now().Add(-time.Minute))).is(422)
		until := o.clock.Now().Add(5 * time.Hour)
		v.on(o, o.dlh, "tunda", "sampai", unix(until)).is(200).says("Ditunda sampai")
		v.get("/kotak-masuk").is(200).hides(link)
		v.get("/kotak-masuk?tampil=ditunda").is(200).says(link)
		v.get("/kotak-masuk?tampil=semua").is(200).says(link)
		o.clock.Advance(5*time.Hour + time.Minute)
		v = o.as("dlh")
		v.get("/kotak-masuk").is(200).says(link)
		v.on(o, o.dlh, "tunda", "sampai", unix(o.clock.Now().Add(time.Hour))).is(200)
		o.must(st.InTx(o.ctx, func(tx *store.Store) error {
			c, err := tx.Case(o.ctx, o.dlh.Region, o.dlh.ID)
			if err != nil {
				return err
			}
			return o.Desk.Hear(o.ctx, tx, apptest.Pack(t), c, &store.Message{Channel: "whatsapp", Kind: "text", Body: "kapan?", Masked: "kapan?"}, nil)
		}))
		v.get("/kotak-masuk").is(200).says(link)
		danger := o.change(o.dlh, func(c *store.Case) { c.Urgency = tanggap.Emergency })
		v.on(o, danger, "tunda", "sampai", unix(o.clock.Now().Add(time.Minute))).is(422).says("darurat")
	})
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func TestUndoOfAReplyReachesNoCitizen(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		o.Desk.Hold = 10 * time.Second
		v, rekan := o.as("dlh"), o.as("rekan")
		before := o.now(o.dlh)
		o.prove(o.dlh)
		v.on(o, o.dlh, "balas", "tab", "balasan", "lalu", "answered", "teks", "Sudah diangkut.").is(200).says("Urungkan")
		state(t, o.now(o.dlh), tanggap.Answered)
		if lease, err := st.LeaseNotifications(o.ctx, apptest.Region, "test", 10); err != nil || has(lease, o.dlh.ID, "answered") {
			t.Errorf("the answer goes out at once: %v %v", lease, err)
		}
		rekan.post("/kasus/" + o.dlh.ID + "/urung").is(409)
		v.post("/kasus/"+o.dlh.ID+"/urung").is(200).says("Langkah terakhir diurungkan", "Sudah diangkut.")
		after := o.now(o.dlh)
		state(t, after, before.State)
		if after.OfficerID != before.OfficerID || !after.AnsweredAt.IsZero() || !after.DueAt.Equal(before.DueAt) || after.NextStep != tanggap.StepEscalate {
			t.Errorf("the case is not what it was: by %q, due %v for %v, next %s for %s", after.OfficerID, after.DueAt, before.DueAt, after.NextStep, before.NextStep)
		}
		list, err := st.Deadlines(o.ctx, after.Region, after.ID)
		o.must(err)
		for _, d := range list {
			if !d.MetAt.IsZero() {
				t.Errorf("deadline %s counts as met", d.Kind)
			}
		}
		said, err := st.Messages(o.ctx, after.Region, after.ID)
		o.must(err)
		for _, m := range said {
			if strings.Contains(m.Body, "Sudah diangkut.") {
				t.Error("the words stay in the conversation")
			}
		}
		o.clock.Advance(time.Minute)
		if lease, err := st.LeaseNotifications(o.ctx, apptest.Region, "test", 10); err != nil || has(lease, o.dlh.ID, "answered") {
			t.Errorf("the undone answer goes out later: %v", err)
		}
		// After the time it stays said.
		o.prove(o.dlh)
		v.on(o, o.dlh, "balas", "tab", "balasan", "lalu", "answered", "teks", "Sudah diangkut.").is(200)
		o.clock.Advance(16 * time.Second)
		v.post("/kasus/"+o.dlh.ID+"/urung").is(409).says("Sudah terlambat untuk mengurungkan", o.dlh.Number)
		state(t, o.now(o.dlh), tanggap.Answered)
	})
}

func has(list []*store.Notification, caseID, template string) bool {
	for _, n := range list {
		if n.CaseID == caseID && strings.Contains(n.Template, template) {
			return true
		}
	}
	return false
}

func TestUndoOfPlacingFromTriage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		o.Desk.Hold = 10 * time.Second
		c := o.open("", "sesuatu di pasar wameo")
		v := o.as("koord")
		v.post("/triase/"+c.ID, "versi", version(o.now(c)), "layanan", "SMP-TUMPUK").is(200).says(c.Number+" sudah diteruskan", "Urungkan")
		state(t, o.now(c), tanggap.Assigned)
		v.post("/kasus/"+c.ID+"/urung", "ke", "triase").is(200).says("sesuatu di pasar", "40%")
		got := o.now(c)
		state(t, got, tanggap.Triage)
		if got.Service != "" || got.Unit != apptest.Pack(t).Identity.Triage {
			t.Errorf("service %q, unit %s", got.Service, got.Unit)
		}
		list, err := st.Decisions(o.ctx, c.Region, c.ID)
		o.must(err)
		for _, d := range list {
			if d.Kind == casework.KindService && (d.State != store.DecisionOpen || d.OfficerID != "") {
				t.Errorf("the suggestion is %s by %q", d.State, d.OfficerID)
			}
		}
	})
}

func TestNamedAndFollowed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v := o.as("dlh")
		for _, name := range []string{"rekan", "pupr"} {
			o.id(name)
		}
		v.on(o, o.dlh, "balas", "tab", "catatan", "teks", "@Petugas REKAN tolong cek, @Petugas PUPR juga").is(200)
		rekan := o.as("rekan")
		rekan.get("/kotak-masuk?tampil=disebut").is(200).says("/kasus/" + o.dlh.ID)
		rekan.get("/kasus/" + o.dlh.ID).is(200)
		rekan.get("/kotak-masuk?tampil=disebut").is(200).hides("/kasus/" + o.dlh.ID)
		o.as("pupr").get("/kotak-masuk?tampil=disebut").is(200).hides(o.dlh.ID)
		rekan.post("/kasus/"+o.dlh.ID+"/ikuti", "ikuti", "ya").is(200).says("Berhenti mengikuti")
		rekan.get("/kotak-masuk?tampil=diikuti").is(200).says("/kasus/" + o.dlh.ID)
		// Following is no right: a case that becomes secret leaves the view.
		o.change(o.dlh, func(c *store.Case) { c.Secret, c.Summary = true, "" })
		rekan.get("/kotak-masuk?tampil=diikuti").is(200).hides("/kasus/" + o.dlh.ID)
	})
}

func TestBulk(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		second := o.open("SMP-TUMPUK", "sampah menumpuk di wameo lagi")
		secret := o.change(o.open("SMP-LIAR", "rahasia pasar wameo"), func(c *store.Case) { c.Secret, c.Summary = true, "" })
		v := o.as("dlh")
		v.post("/kotak-masuk").is(422)
		v.post("/kotak-masuk", "aksi", "ambil").is(422).says("Pilih paling sedikit satu laporan")
		v.post("/kotak-masuk", "aksi", "teruskan", "pilih", o.dlh.ID, "unit", "TIDAK-ADA").is(422)
		v.postForm("/kotak-masuk", url.Values{"aksi": {"ambil"}, "pilih": {o.dlh.ID, second.ID, o.other.ID, secret.ID, "tidak-ada"}}).is(200).
			says("2 laporan diubah").hides(o.other.Number, secret.Number)
		for _, c := range []*store.Case{o.dlh, second} {
			if got := o.now(c); got.OfficerID != o.id("dlh") || got.State != tanggap.InProgress {
				t.Errorf("%s is %s with %q", got.Number, got.State, got.OfficerID)
			}
		}
		for _, c := range []*store.Case{o.other, secret} {
			if o.now(c).Version != c.Version {
				t.Errorf("%s was changed", c.Number)
			}
		}
		o.change(second, func(c *store.Case) { c.State = tanggap.Done })
		v.postForm("/kotak-masuk", url.Values{"aksi": {"ambil"}, "pilih": {o.dlh.ID, second.ID}}).is(200).says("1 laporan diubah", "Dilewati: "+second.Number)
		o.as("wali").post("/kotak-masuk", "aksi", "ambil", "pilih", o.dlh.ID).is(403)
	})
}

func TestSavedViewsAreTheOfficersOwn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v := o.as("dlh")
		p := v.post("/kotak-masuk/tampilan", "nama", "Sampah saja", "saringan", "layanan=SMP-TUMPUK&jahat=1&hal=9").is(200).says("Sampah saja")
		if p.path != "/kotak-masuk" {
			t.Errorf("saving leads to %s", p.path)
		}
		v.get("/kotak-masuk").is(200).says("Sampah saja", "layanan=SMP-TUMPUK").hides("jahat")
		o.as("rekan").get("/kotak-masuk").is(200).hides("Sampah saja")
		v.post("/kotak-masuk/tampilan", "nama", "", "saringan", "layanan=SMP-TUMPUK").is(422).says("Beri nama tampilan ini")
		v.post("/kotak-masuk/tampilan", "nama", "Kosong", "saringan", "").is(422)
		list, err := st.InboxViews(o.ctx, apptest.Region, o.id("dlh"))
		o.must(err)
		if len(list) != 1 {
			t.Fatalf("%d views", len(list))
		}
		o.as("rekan").post("/kotak-masuk/tampilan", "hapus", list[0].ID).is(200)
		v.get("/kotak-masuk").is(200).says("Sampah saja")
		v.post("/kotak-masuk/tampilan", "hapus", list[0].ID).is(200).hides("Sampah saja")
	})
}

func TestSavedReplies(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		head, v := o.as("kepala"), o.as("dlh")
		v.get("/balasan").is(403)
		for _, x := range []struct{ name, body, unit, says string }{
			{"", "isi", "DLH", "beri nama"}, {"Nama", "", "DLH", "tulis isi"}, {"Nama", "Halo {naga}", "DLH", "isian {naga}"},
			{"Nama", "Hubungi 0812 3456 7890", "DLH", "balasan siap pakai dibaca"},
		} {
			head.post("/balasan", "nama", x.name, "balasan", x.body, "unit", x.unit).is(422).says(strings.ToUpper(x.says[:1]) + x.says[1:])
		}
		head.post("/balasan", "nama", "Umum", "balasan", "Halo", "unit", "").is(403)
		head.post("/balasan", "nama", "Umum", "balasan", "Halo", "unit", "PUPR").is(403)
		head.post("/balasan", "nama", "Angkut", "balasan", "Laporan {nomor}: truk {unit} datang sebelum {batas}.", "unit", "DLH", "lalu", "waiting_citizen").is(200).says("Angkut")
		list, err := st.SavedReplies(o.ctx, apptest.Region, "DLH")
		o.must(err)
		if len(list) != 1 {
			t.Fatalf("%d replies", len(list))
		}
		page := v.get("/kasus/"+o.dlh.ID+"?siap="+list[0].ID).is(200).says("Laporan "+o.dlh.Number+": truk", "Menunggu keterangan warga")
		page.hides("{nomor}", "{batas}")
		// It comes after what the officer has begun.
		v.post("/kasus/"+o.dlh.ID+"/konsep", "tab", "balasan", "teks", "Selamat pagi.").is(200)
		v.get("/kasus/"+o.dlh.ID+"?siap="+list[0].ID).is(200).says("Selamat pagi.", "Laporan "+o.dlh.Number+": truk")
		o.as("pupr").get("/kasus/" + o.other.ID).is(200).hides("Angkut")
		o.as("koord").post("/balasan", "id", list[0].ID, "aksi", "hapus").is(200).hides("Angkut")
		v.get("/kasus/" + o.dlh.ID).is(200).hides("Angkut")
	})
}

// A saved reply can bring steps with it. The officer sees which, leaves out what he does
// not want, and all of it happens with the reply or not at all.
func TestMacro(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		head, v := o.as("kepala"), o.as("dlh")
		base := []string{"nama", "Minta foto", "balasan", "Boleh kirim foto tempatnya?", "unit", "DLH"}
		for _, x := range []struct {
			more []string
			says string
		}{
			{[]string{"tunda", "99"}, "paling lama 20 hari kerja"}, {[]string{"tunda", "x"}, "paling lama 20 hari kerja"},
			{[]string{"tunda", "2", "lalu", "answered"}, "tidak bisa ditunda"}, {[]string{"urgensi", "3"}, "keadaan darurat diputuskan"},
			{[]string{"catatan", "hubungi 0812 3456 7890"}, "dibaca banyak orang"}, {[]string{"catatan", "{naga}"}, "tidak dikenal"},
		} {
			head.post("/balasan", slices.Concat(base, x.more)...).is(422).says(x.says)
		}
		head.post("/balasan", slices.Concat(base, []string{"lalu", "waiting_citizen", "ambil", "ya", "urgensi", "2", "tunda", "1", "catatan", "foto {nomor} diminta"})...).
			is(200).says("Ambil laporan ini", "Urgensi menjadi Mendesak", "Tunda 1 hari kerja")
		list, err := st.SavedReplies(o.ctx, apptest.Region, "DLH")
		o.must(err)
		id := list[0].ID
		head.get("/balasan?ubah="+id).is(200).says(`name="ambil" value="ya" checked`, `value="2" selected`, `name="tunda" inputmode="numeric" maxlength="2" value="1"`)
		path := "/kasus/" + o.dlh.ID + "?siap=" + id
		v.get(path).is(200).says("Ikut dikerjakan saat dikirim", "foto "+o.dlh.Number+" diminta", "Tunda sampai")
		send := func(v *visitor, c *store.Case, steps ...string) *page {
			return v.postForm("/kasus/"+c.ID+"/balas", url.Values{"versi": {version(o.now(c))}, "tab": {"balasan"}, "teks": {"Boleh kirim foto?"},
				"lalu": {"waiting_citizen"}, "makro": {id}, "langkah": steps})
		}
		all := []string{"ambil", "urgensi", "catatan", "tunda"}

		// One step that cannot be done, and nothing is done.
		o.change(o.dlh, func(c *store.Case) { c.DueAt = o.clock.Now().Add(time.Hour) })
		v.get(path).says("melewati batas waktu laporan ini").hides("Tunda sampai")
		send(v, o.dlh, all...).is(422).says("melewati batas waktu yang dijanjikan", `value="urgensi" checked`)
		if c := o.now(o.dlh); c.State != tanggap.Assigned || c.OfficerID != "" || c.Urgency != tanggap.Normal {
			t.Fatalf("half done: %s, %q, %d", c.State, c.OfficerID, c.Urgency)
		}
		o.change(o.dlh, func(c *store.Case) { c.DueAt = o.clock.Now().Add(30 * 24 * time.Hour) })
		send(v, o.dlh, "hapus").is(422)

		o.Desk.Hold = 10 * time.Second
		send(v, o.dlh, all...).is(200)
		c := o.now(o.dlh)
		if c.State != tanggap.WaitingCitizen || c.OfficerID != o.id("dlh") || c.Urgency != tanggap.High || !c.WakesAt.After(o.clock.Now()) {
			t.Fatalf("%s, %q, urgency %d, wakes %s", c.State, c.OfficerID, c.Urgency, c.WakesAt)
		}
		v.get("/kasus/" + o.dlh.ID).is(200).says("foto " + o.dlh.Number + " diminta")
		// The words can be taken back still; the steps stay.
		v.post("/kasus/" + o.dlh.ID + "/urung").is(200).says("Boleh kirim foto?")
		if c = o.now(o.dlh); c.State != tanggap.InProgress || c.OfficerID != o.id("dlh") {
			t.Errorf("after taking the words back: %s, %q", c.State, c.OfficerID)
		}

		// Left out, it is not done; a reply of another unit brings nothing.
		next := o.open("SMP-TUMPUK", "sampah menumpuk di lorong")
		send(v, next, "catatan").is(200)
		if c = o.now(next); c.Urgency != tanggap.Normal || c.WakesAt.After(o.clock.Now()) {
			t.Errorf("done though left out: %d, %s", c.Urgency, c.WakesAt)
		}
		send(o.as("pupr"), o.other, all...).is(409).says("sudah tidak berlaku")
		state(t, o.now(o.other), tanggap.Assigned)

		// An emergency is neither lowered nor put off by one, and the officer reads why.
		urgent := o.change(o.open("SMP-TUMPUK", "sampah menumpuk di jalan"), func(c *store.Case) { c.Urgency = tanggap.Emergency })
		v.get("/kasus/"+urgent.ID+"?siap="+id).is(200).says("Ambil laporan ini", "Urgensi laporan darurat tidak ikut", "Laporan darurat tidak ikut ditunda").hides(`name="langkah" value="urgensi"`)
		send(v, urgent, "urgensi").is(422).says("keputusan Anda sendiri")
		if c = o.now(urgent); c.Urgency != tanggap.Emergency {
			t.Errorf("lowered to %d", c.Urgency)
		}
	})
}

// Answering an event answers all of its citizens whose cases the officer may answer.
func TestAnsweringAnEvent(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		second, third := o.open("SMP-TUMPUK", "sampah menumpuk juga"), o.open("SMP-TUMPUK", "sampah menumpuk lagi")
		for _, c := range []*store.Case{o.dlh, second, o.other} {
			o.change(c, func(c *store.Case) { c.Incident = o.dlh.ID })
		}
		v := o.as("dlh")
		v.get("/kasus/" + o.dlh.ID).is(200).says("Kirim juga kepada warga dari 1 laporan lain")
		o.prove(o.dlh)
		v.on(o, o.dlh, "balas", "tab", "balasan", "semua", "ya", "lalu", "answered", "teks", "Sudah kami angkut.").is(200)
		for c, want := range map[*store.Case]tanggap.State{o.dlh: tanggap.Answered, second: tanggap.Answered, third: tanggap.Assigned, o.other: tanggap.Assigned} {
			state(t, o.now(c), want)
		}
		owed, err := st.Notifications(o.ctx, second.Region, second.ID)
		o.must(err)
		if !has(owed, second.ID, "answered") {
			t.Error("the other citizen is not told")
		}
		// Undone, it is undone for all of them.
		o.Desk.Hold = 10 * time.Second
		x, y := o.open("SMP-TUMPUK", "sampah menumpuk di sini"), o.open("SMP-TUMPUK", "sampah menumpuk di sana")
		for _, c := range []*store.Case{x, y} {
			o.change(c, func(c *store.Case) { c.Incident = x.ID })
		}
		o.prove(x)
		v.on(o, x, "balas", "tab", "balasan", "semua", "ya", "lalu", "answered", "teks", "Sudah kami angkut semua.").is(200)
		state(t, o.now(y), tanggap.Answered)
		v.post("/kasus/" + x.ID + "/urung").is(200).says("Sudah kami angkut semua.")
		for _, c := range []*store.Case{x, y} {
			state(t, o.now(c), tanggap.Assigned)
			owed, err := st.Notifications(o.ctx, c.Region, c.ID)
			o.must(err)
			for _, n := range owed {
				if n.State == store.NoticeReady && has([]*store.Notification{n}, c.ID, "answered") {
					t.Error("the undone answer is still owed")
				}
			}
		}
	})
}

// Two officers act on the same case: the second sees what stands now beside what he
// chose, and keeps what he wrote.
func TestConflictShowsBoth(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	v, rekan := o.as("dlh"), o.as("rekan")
	old := version(o.now(o.dlh))
	v.post("/kasus/"+o.dlh.ID+"/ubah", "versi", old, "layanan", "SMP-LIAR", "urgensi", "2").is(200)
	rekan.post("/kasus/"+o.dlh.ID+"/ubah", "versi", old, "layanan", "SMP-ANGKUT", "urgensi", "1").is(409).says("Pilihan Anda", "Sekarang", "Mendesak")
	rekan.post("/kasus/"+o.dlh.ID+"/balas", "versi", old, "tab", "balasan", "teks", "kalimat saya").is(409).says("kalimat saya")
}
