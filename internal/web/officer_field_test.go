package web

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"

	"tanggap/internal/apptest"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// shot is a photo with something on it, another one for each seed.
func shot(t *testing.T, seed int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for y := range 240 {
		for x := range 320 {
			v := uint8((x*(seed*37%11+1)/3 + y*(seed*53%7+1)/2) % 256)
			img.Set(x, y, color.RGBA{v, v / 2, 255 - v, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// An officer in the field: plain forms, from the list to the result.
func TestField(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		letter, secret := o.open("SRT-DOM", "surat domisili"), o.change(o.open("SMP-LIAR", "rahasia sekali"), func(c *store.Case) { c.Secret = true })
		v, path := o.as("dlh"), fieldPath+"/"+o.dlh.ID
		o.change(secret, func(c *store.Case) { c.OfficerID, c.Secret, c.Summary = o.id("dlh"), true, "" })
		v.get(fieldPath).is(200).says(o.dlh.Number, "Mulai", "1 laporan rahasia").hides(letter.Number, secret.Number, "rahasia sekali", o.other.Number, "Warga Contoh", "+62811")
		o.as("pupr").get(fieldPath).is(200).says(o.other.Number).hides(o.dlh.Number)
		o.as("wali").get(fieldPath).is(403)
		o.visitor().get(fieldPath).at(200, "/masuk")

		v.send(path, nil, "aksi", "mulai", "kunci", "m1", "versi", version(o.dlh)).at(200, fieldPath).says("tugas saya")
		state(t, o.now(o.dlh), tanggap.InProgress)
		v.send(path, nil, "aksi", "catat", "kunci", "c0", "teks", "").is(422).says("Tulis catatan")
		v.send(path, nil, "aksi", "catat", "kunci", "c1", "teks", "Truk datang pukul dua.").is(200)
		v.send(path, nil, "aksi", "bukti", "kunci", "b0", "saat", "before").is(422).says("Pilih foto")
		v.send(path, [][]byte{[]byte("bukan foto")}, "aksi", "bukti", "kunci", "b0", "saat", "before").is(422)
		v.send(path, [][]byte{shot(t, 1)}, "aksi", "bukti", "kunci", "b1", "saat", "before").is(200)
		v.send(path, nil, "aksi", "selesai", "kunci", "s0", "versi", version(o.dlh), "teks", "Sudah diangkut semua.").is(422).says("foto bukti", "Sudah diangkut semua.")
		v.send(path, [][]byte{shot(t, 2)}, "aksi", "selesai", "kunci", "s1", "versi", version(o.dlh), "teks", "Sudah diangkut semua.").is(200)
		state(t, o.now(o.dlh), tanggap.Answered)
		v.get(fieldPath).hides(o.dlh.Number)

		// The officers' page shows it, the citizen sees both photos, and no note's file.
		v.get("/kasus/"+o.dlh.ID).is(200).says("Bukti pekerjaan", "Truk datang pukul dua.")
		list, err := st.CaseEvidence(o.ctx, o.dlh.Region, o.dlh.ID)
		o.must(err)
		if len(list) != 2 || list[0].Moment != store.EvidenceBefore || list[1].Moment != store.EvidenceAfter || list[0].Flags+list[1].Flags != "" {
			t.Fatalf("evidence %+v", list)
		}
		citizen, link := o.visitor(), "/l/"+o.dlh.Link
		citizen.get(link).is(200).says("Foto pekerjaan", list[0].AttachmentID, list[1].AttachmentID).hides("Truk datang")
		citizen.get(link + "/berkas/" + list[1].AttachmentID).is(200)
		o.change(o.dlh, func(c *store.Case) { c.Secret = true })
		citizen.get(link).is(200).hides("Foto pekerjaan", list[1].AttachmentID)
		citizen.get(link + "/berkas/" + list[1].AttachmentID).is(404)
	})
}

// ask posts as the script of the page does.
func (v *visitor) ask(path string, photos [][]byte, fields ...string) (int, view.FieldAnswer) {
	v.t.Helper()
	old := v.client.Transport
	v.client.Transport = accepting{}
	p := v.send(path, photos, fields...)
	v.client.Transport = old
	var a view.FieldAnswer
	if err := json.Unmarshal([]byte(p.body), &a); err != nil {
		v.t.Fatalf("%d %s: %v", p.status, firstOf(p.body, 300), err)
	}
	return p.status, a
}

type accepting struct{}

func (accepting) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Accept", "application/json")
	return http.DefaultTransport.RoundTrip(r)
}

// What a telephone sends twice happens once, and what somebody else changed meanwhile is
// shown instead of overwritten.
func TestFieldSentTwiceAndInConflict(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v, path := o.as("dlh"), fieldPath+"/"+o.dlh.ID
		seen := version(o.dlh)
		for range 3 {
			if status, a := v.ask(path, nil, "aksi", "mulai", "kunci", "k1", "versi", seen); status != 200 || !a.OK {
				t.Fatalf("%d %+v", status, a)
			}
			if status, a := v.ask(path, [][]byte{shot(t, 3)}, "aksi", "bukti", "kunci", "k2", "saat", "after"); status != 200 || !a.OK {
				t.Fatalf("%d %+v", status, a)
			}
			if status, a := v.ask(path, nil, "aksi", "catat", "kunci", "k3", "teks", "sekali saja"); status != 200 || !a.OK {
				t.Fatalf("%d %+v", status, a)
			}
		}
		list, err := st.CaseEvidence(o.ctx, o.dlh.Region, o.dlh.ID)
		o.must(err)
		said, err := st.Messages(o.ctx, o.dlh.Region, o.dlh.ID)
		o.must(err)
		notes := 0
		for _, m := range said {
			if m.Body == "sekali saja" {
				notes++
			}
		}
		if len(list) != 1 || notes != 1 {
			t.Errorf("%d photos and %d notes after three times", len(list), notes)
		}
		// Somebody else's key is his own.
		if _, a := o.as("rekan").ask(path, nil, "aksi", "catat", "kunci", "k3", "teks", "dari rekan"); !a.OK {
			t.Error("a colleague's note under the same key is lost")
		}
		// The officer's own steps are no conflict, a colleague's are.
		o.as("kepala").on(o, o.dlh, "teruskan", "unit", "DLH", "petugas", o.id("rekan")).is(200)
		status, a := v.ask(path, nil, "aksi", "selesai", "kunci", "k4", "versi", seen, "teks", "Selesai.")
		if status != http.StatusConflict || a.Conflict == nil || a.Conflict.Version != o.now(o.dlh).Version || !strings.Contains(strings.Join(a.Conflict.Since, " "), "Petugas REKAN") {
			t.Fatalf("%d %+v", status, a)
		}
		state(t, o.now(o.dlh), tanggap.InProgress)
		v.send(path, nil, "aksi", "selesai", "kunci", "k4", "versi", seen, "teks", "Selesai dengan baik.").is(http.StatusConflict).says("Orang lain mengubah", "Petugas REKAN")
		if status, a = v.ask(path, nil, "aksi", "selesai", "kunci", "k4", "versi", version(o.now(o.dlh)), "teks", "Selesai."); status != 200 || !a.OK {
			t.Fatalf("sent all the same: %d %+v", status, a)
		}
		state(t, o.now(o.dlh), tanggap.Answered)
		if status, a = v.ask(path, nil, "aksi", "selesai", "kunci", "k4", "versi", seen, "teks", "Selesai."); status != 200 || !a.OK {
			t.Errorf("the same once more: %d %+v", status, a)
		}
	})
}

// A voice note is kept as citizens' are, and is no citizen's to hear.
func TestFieldVoiceNote(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	v := o.as("dlh")
	sound := append([]byte("OggS"+strings.Repeat("\x00", 24)+"OpusHead"), make([]byte, 200)...)
	v.send(fieldPath+"/"+o.dlh.ID, [][]byte{sound}, "aksi", "catat", "kunci", "v1").at(200, fieldPath)
	files, err := o.Store.Attachments(o.ctx, o.dlh.Region, o.dlh.ID)
	o.must(err)
	a := files[len(files)-1]
	if a.MIME != "audio/ogg" || a.Kind != "audio" || !a.HeardAt.IsZero() {
		t.Fatalf("kept as %+v", a)
	}
	v.get("/kasus/"+o.dlh.ID).is(200).says("<audio", a.ID)
	o.visitor().get("/l/" + o.dlh.Link + "/berkas/" + a.ID).is(404)
}

// The head is asked to look at what is odd; a second person confirms where the service
// asks for one. Nobody else sees whose photo it looks like.
func TestEvidencePages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v := o.as("dlh")
		path := "/kasus/" + o.dlh.ID
		o.as("pupr").send("/kasus/"+o.other.ID+"/bukti", [][]byte{shot(t, 5)}, "saat", "after", "kunci", "p1").is(200)
		v.send(path+"/bukti", nil, "saat", "after", "kunci", "x0").is(422).says("Pilih foto")
		v.post(path+"/bukti", "tanpa_foto", "gelap", "kunci", "x0").is(422).says("satu kalimat")
		v.send(path+"/bukti", [][]byte{shot(t, 5)}, "saat", "after", "kunci", "x1").is(200).says("mirip dengan foto pada laporan lain").hides(o.other.Number, "Sudah saya lihat")
		v.on(o, o.dlh, "bukti/lihat").is(403)
		head := o.as("kepala")
		head.get(fieldPath).is(200).says("Bukti yang perlu dilihat", "/kasus/"+o.dlh.ID)
		o.as("koord").get(path).is(200).says("mirip dengan foto pada laporan "+o.other.Number, "Sudah saya lihat")
		head.on(o, o.dlh, "bukti/lihat").is(200).says("Sudah dilihat Petugas KEPALA")
		head.get(fieldPath).is(200).hides("Bukti yang perlu dilihat")

		// A second person: not the one who worked, and not without the right.
		w := o.as("pupr")
		w.on(o, o.other, "balas", "tab", "balasan", "lalu", "answered", "teks", "Jalan sudah ditambal.").is(200).says("Menunggu pemeriksaan hasil", "Menunggu petugas lain")
		state(t, o.now(o.other), tanggap.InProgress)
		o.visitor().get("/l/"+o.other.Link).is(200).says("Menunggu pemeriksaan hasil").hides("sudah ditambal", "Foto pekerjaan")
		w.on(o, o.other, "hasil", "aksi", "sah").is(403)
		v.on(o, o.other, "hasil", "aksi", "sah").is(404)
		k := o.as("koord")
		k.get(fieldPath).is(200).says("Hasil yang menunggu Anda periksa", o.other.ID)
		k.on(o, o.other, "hasil", "aksi", "kembali", "kurang", "").is(422).says("apa yang masih kurang")
		k.on(o, o.other, "hasil", "aksi", "sah").is(200)
		state(t, o.now(o.other), tanggap.Answered)
		o.visitor().get("/l/"+o.other.Link).is(200).says("Jalan sudah ditambal.", "Foto pekerjaan")
	})
}
