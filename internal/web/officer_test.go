package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

func TestInbox(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		late := o.open("SMP-ANGKUT", "truk sampah tidak datang")
		o.change(late, func(c *store.Case) { c.DueAt = o.clock.Now().Add(-time.Hour) })
		v := o.as("dlh")
		p := v.get("/kotak-masuk").is(200).says("sampah menumpuk", "truk sampah", "2 laporan")
		if strings.Index(p.body, late.ID) > strings.Index(p.body, o.dlh.ID) {
			t.Error("what is due first does not stand first")
		}
		v.get("/kotak-masuk?tampil=lewat").is(200).says(late.ID).hides("sampah menumpuk")
		v.get("/kotak-masuk?cari=truk").is(200).says(late.ID).hides("sampah menumpuk")
		v.get("/kotak-masuk?layanan=SMP-TUMPUK").is(200).says(o.dlh.ID).hides(late.ID)
		v.get("/kotak-masuk?status=done").is(200).hides(late.ID).says("Tidak ada laporan yang cocok")
		v.get("/kotak-masuk?hal=99999999999999999999&urgensi=x&status='").is(200)
		v.get("/en/kotak-masuk").is(200).says("Overdue")
		for range rowsPerPage {
			o.open("SMP-TUMPUK", "sampah lagi di wameo")
		}
		v.get("/kotak-masuk").is(200).says("52 laporan", "hal=2")
		v.get("/kotak-masuk?hal=2").is(200).says(`rel="prev"`).hides(`rel="next"`)
		v.get("/kotak-masuk/baru?sejak=0").is(200).says("50 laporan baru")
	})
}

func TestCaseWork(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v := o.as("dlh")
		c := o.dlh
		v.get("/kasus/"+c.ID).is(200).says(c.Number, "sampah menumpuk", "<mark>sampah</mark>", "W*** C***", "Sampah menumpuk").hides("+628110000001", "Warga Contoh")
		v.on(o, c, "ambil").is(200).says("Perubahan tersimpan", "Petugas DLH")
		state(t, o.now(c), tanggap.InProgress)
		v.on(o, c, "balas", "tab", "catatan", "teks", "cek truk dulu").is(200).says("cek truk dulu", "Tidak terlihat warga")
		v.on(o, c, "balas", "teks", " ").is(422)
		v.on(o, c, "balas", "tab", "balasan", "teks", "Truk datang besok.").is(200).says("Truk datang besok.", "Sedang dikirim")
		v.on(o, c, "balas", "teks", "Di lorong berapa?", "lalu", "waiting_citizen").is(200)
		state(t, o.now(c), tanggap.WaitingCitizen)
		o.prove(c)
		v.on(o, c, "balas", "teks", "Sudah diangkut.", "lalu", "answered").is(200)
		state(t, o.now(c), tanggap.Answered)
		v.on(o, c, "tolak", "alasan", "bukan tugas kami").is(409)
		d := o.open("SMP-TUMPUK", "sampah di lorong tiga")
		v.on(o, d, "ubah", "layanan", "SMP-LIAR", "urgensi", "2", "sebab", "service").is(200)
		if x := o.now(d); x.Service != "SMP-LIAR" || x.Urgency != tanggap.High {
			t.Errorf("%s, urgency %d", x.Service, x.Urgency)
		}
		v.on(o, d, "ubah", "layanan", "TIDAK-ADA").is(422)
		v.on(o, d, "tolak", "alasan", " ").is(422)
		v.on(o, d, "teruskan", "unit", "DLH", "petugas", o.id("rekan")).is(403)
		o.as("kepala").on(o, d, "teruskan", "unit", "DLH", "petugas", o.id("pupr")).is(422)
		o.as("kepala").on(o, d, "teruskan", "unit", "DLH", "petugas", o.id("rekan")).is(200).says("Petugas REKAN", "diserahkan kepada")
		if p := v.on(o, d, "teruskan", "unit", "PUPR", "alasan", "jalan, bukan sampah").is(200); p.path != inboxPath {
			t.Errorf("after giving the case away: %s", p.path)
		}
		v.get("/kasus/" + d.ID).is(404)
		o.as("pupr").on(o, d, "instansi", "kepada", "Balai Jalan").is(200)
		state(t, o.now(d), tanggap.External)
	})
}

func TestAcceptSuggestions(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	sure := o.open("SMP-TUMPUK", "sampah di kelurahan wale", &store.Decision{Kind: casework.KindArea, Value: "74.72.02.1001", Confidence: 0.95, State: store.DecisionOpen})
	v := o.as("dlh")
	v.get("/kasus/"+sure.ID).is(200).says("yakin 95%", `value="semua"`)
	v.on(o, sure, "saran", "terima", "semua").is(200)
	if x := o.now(sure); x.Area != "74.72.02.1001" || x.Service != "SMP-TUMPUK" {
		t.Errorf("area %q, service %q", x.Area, x.Service)
	}
	unsure := o.open("SMP-TUMPUK", "sampah entah di mana", &store.Decision{Kind: casework.KindArea, Value: "74.72.02.1001", Confidence: 0.5, State: store.DecisionOpen})
	v.get("/kasus/" + unsure.ID).is(200).says("ragu 50%").hides(`value="semua"`)
	v.on(o, unsure, "saran", "terima", "semua").is(422)
	if o.now(unsure).Area != "" {
		t.Error("a doubtful suggestion was accepted with one key")
	}
}

// TestConflict holds that a form filled in on an old page changes nothing and loses
// no words.
func TestConflict(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v, old := o.as("dlh"), version(o.dlh)
		o.as("rekan").on(o, o.dlh, "ambil").is(200)
		before := o.now(o.dlh)
		p := v.post("/kasus/"+o.dlh.ID+"/balas", "versi", old, "tab", "balasan", "teks", "Kami datang besok pagi.", "lalu", "answered").is(http.StatusConflict)
		p.says("diubah orang lain", "Kami datang besok pagi.", "Petugas REKAN")
		if now := o.now(o.dlh); now.Version != before.Version {
			t.Error("a stale form changed the case")
		}
		v.post("/kasus/" + o.dlh.ID + "/ambil").is(http.StatusConflict)
		v.get("/kasus/"+o.dlh.ID+"/berubah?versi="+old).is(200).says("Petugas REKAN", "baru saja mengubah")
		v.get("/kasus/" + o.dlh.ID + "/berubah?versi=" + version(before)).is(200).says("Petugas REKAN sedang membuka").hides("baru saja mengubah")
		o.clock.Advance(hereFor)
		v.get("/kasus/" + o.dlh.ID + "/berubah?versi=" + version(before)).is(204)
	})
}

func TestRevealIsRecorded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v := o.as("dlh")
		v.post("/kasus/"+o.dlh.ID+"/buka-kontak", "tujuan", "iseng").is(422).hides("+628110000001")
		v.post("/kasus/"+o.dlh.ID+"/buka-kontak", "tujuan", "contact", "alasan", "telepon 081234567890").is(200).says("+628110000001", "Warga Contoh", "melihat kontak warga: Menghubungi warga").hides("081234567890")
		v.get("/kasus/"+o.dlh.ID).is(200).hides("+628110000001", "Warga Contoh")
		o.as("wali").post("/kasus/"+o.dlh.ID+"/buka-kontak", "tujuan", "other").is(403)
		v.on(o, o.dlh, "tanda", "anonim", "ya").is(200).hides("W*** C***").says("Pelapor tanpa nama")
		for _, who := range []string{"dlh", "kepala", "koord"} {
			o.as(who).post("/kasus/"+o.dlh.ID+"/buka-kontak", "tujuan", "contact").is(403).hides("+628110000001")
		}
		// Only the head takes anonymity back.
		v.on(o, o.dlh, "tanda").is(403)
		o.as("kepala").on(o, o.dlh, "tanda").is(200)
		if o.now(o.dlh).Anonymous {
			t.Error("still anonymous")
		}
		events, err := o.Store.Events(o.ctx, apptest.Region, o.dlh.ID)
		o.must(err)
		n := 0
		for _, e := range events {
			if e.Type == casework.Revealed && e.Actor == "officer:"+o.id("dlh") {
				if e.Payload != `{"purpose":"contact"}` {
					t.Errorf("payload %s", e.Payload)
				}
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d reveals recorded, want 1", n)
		}
	})
}

func TestMergeOfOneCitizen(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	again := o.open("SMP-TUMPUK", "sampah yang sama lagi")
	o.as("dlh").on(o, again, "gabung", "nomor", strings.ToLower(o.dlh.Number)).is(200)
	if x := o.now(again); x.State != tanggap.Merged || x.MergedInto != o.dlh.ID {
		t.Errorf("%s into %q", x.State, x.MergedInto)
	}
}

func TestTriageQueue(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		first := o.open("", "entah apa ini di wameo")
		o.clock.Advance(time.Hour)
		second := o.open("", "yang ini juga tidak jelas")
		v := o.as("meja")
		v.get("/triase").is(200).says("entah apa ini", "2 tersisa", "Sampah menumpuk", "DLH", "ragu 40%").hides("yang ini juga", "Air tidak mengalir</b>")
		v.post("/triase/"+first.ID, "aksi", "lewati", "versi", version(first)).is(200).says("yang ini juga")
		v.post("/triase/"+first.ID, "versi", version(o.now(first))).is(422).says("entah apa ini")
		v.post("/triase/"+first.ID, "versi", version(o.now(first)), "layanan", "SMP-TUMPUK").is(200).says(first.Number+" sudah diteruskan", "yang ini juga")
		if x := o.now(first); x.State != tanggap.Assigned || x.Unit != "DLH" {
			t.Errorf("%s in %s", x.State, x.Unit)
		}
		v.post("/triase/"+first.ID, "versi", version(o.now(first)), "layanan", "JLN-RUSAK").is(404)
		o.as("koord").post("/triase/"+first.ID, "versi", version(o.now(first)), "layanan", "JLN-RUSAK").is(409)
		v.post("/triase/"+second.ID, "versi", version(o.now(second)), "aksi", "tanya", "alasan", "Di mana tepatnya?").is(200).says("Triase kosong")
		state(t, o.now(second), tanggap.WaitingCitizen)
	})
}

func TestOrigin(t *testing.T) {
	s := &Server{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
	for _, x := range []struct {
		remote, forwarded, proto string
		ip                       string
		secure                   bool
	}{
		{"203.0.113.9:1000", "198.51.100.1", "https", "203.0.113.9", false},
		{"10.0.0.1:1000", "198.51.100.1", "https", "198.51.100.1", true},
		{"10.0.0.1:1000", "198.51.100.66, 198.51.100.1, 10.1.1.1", "http", "198.51.100.1", false},
		{"10.0.0.1:1000", "198.51.100.1, nonsense", "", "10.0.0.1", false},
		{"10.0.0.1:1000", "", "", "10.0.0.1", false},
		{"[::1]:1000", "2001:db8::1", "HTTPS", "2001:db8::1", true},
		{"[::ffff:10.0.0.1]:1000", "::ffff:198.51.100.1", "", "198.51.100.1", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = x.remote
		if x.forwarded != "" {
			r.Header.Set("X-Forwarded-For", x.forwarded)
		}
		if x.proto != "" {
			r.Header.Set("X-Forwarded-Proto", x.proto)
		}
		if ip, secure := s.origin(r); ip.String() != x.ip || secure != x.secure {
			t.Errorf("%+v: %s %v", x, ip, secure)
		}
	}
}

func TestPanicBecomesAPage(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	h := o.enter(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("rahasia dapur") }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != 500 || strings.Contains(w.Body.String(), "dapur") || !strings.Contains(w.Body.String(), "<h1>") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}
