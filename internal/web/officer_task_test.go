package web

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

var helpForm = regexp.MustCompile(`http[^<" ]*(/bantu/[^<" ]+)`)

// A leader asks, the unit answers, the leader reads the answer.
func TestDisposition(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		leader, v := o.as("wali"), o.as("dlh")
		o.id("kepala") // heads the unit
		path := "/kasus/" + o.dlh.ID
		v.post(path+"/ambil", "versi", version(o.dlh)).is(200)
		leader.post(path+"/tugas", "jenis", "disposition", "tugas", "", "hari", "3").is(422).says("Tulis apa yang harus dikerjakan")
		leader.post(path+"/tugas", "jenis", "disposition", "tugas", "Angkut hari ini", "hari", "99").is(422)
		leader.post(path+"/tugas", "jenis", "disposition", "tugas", "Angkut sebelum pasar buka", "hari", "1").is(200)
		leader.get("/tugas").is(200).says("Angkut sebelum pasar buka", o.dlh.Number)
		v.get("/tugas").is(200).says("Angkut sebelum pasar buka")
		o.as("pupr").get("/tugas").is(200).hides("Angkut sebelum", o.dlh.Number)
		list, err := st.CaseTasks(o.ctx, o.dlh.Region, o.dlh.ID)
		o.must(err)
		task := path + "/tugas/" + list[0].ID
		// Only who works on the case answers, only who gave it takes it back, and only there.
		leader.post(task, "jawaban", "saya sendiri").is(403)
		v.post(task, "aksi", "batal").is(403)
		o.as("pupr").post("/kasus/"+o.other.ID+"/tugas/"+list[0].ID, "jawaban", "x").is(404)
		v.post(task, "jawaban", "").is(422)
		v.post(task, "jawaban", "Sudah diangkut pukul lima.").is(200).says("Sudah diangkut pukul lima.")
		v.post(task, "jawaban", "dua kali").is(409)
		leader.get("/tugas").is(200).says("Selesai dua minggu terakhir", "Sudah diangkut pukul lima.")
		o.told(map[string][]string{region.OfficerTask: {"kepala", "dlh"}, region.OfficerTaskDone: {"wali"}})
		// An officer of the unit does not give dispositions; a leader makes no links.
		v.post(path+"/tugas", "jenis", "disposition", "tugas", "x", "hari", "1").is(403)
		leader.post(path+"/tugas", "jenis", "outside", "pihak", "PLN", "tugas", "x", "hari", "1").is(403)
		leader.post(path+"/tugas", "jenis", "explanation", "tugas", "Mengapa lama?", "hari", "1").is(200)
		list, err = st.CaseTasks(o.ctx, o.dlh.Region, o.dlh.ID)
		o.must(err)
		leader.post(path+"/tugas/"+list[0].ID, "aksi", "batal").is(200).hides("Mengapa lama?")
	})
}

// told holds that of each kind of notice about the case of DLH exactly these officers are
// owed one, which says its number and nothing that was written.
func (o *office) told(want map[string][]string) {
	o.t.Helper()
	list, err := o.Store.LeaseNotifications(o.ctx, o.dlh.Region, "test", 100)
	o.must(err)
	got := map[string][]string{}
	for _, n := range list {
		if n.CaseID != o.dlh.ID || want[n.Template] == nil {
			continue
		}
		got[n.Template] = append(got[n.Template], strings.TrimPrefix(n.Recipient, "officer:"))
		if !strings.Contains(n.Body, o.dlh.Number) || strings.Contains(n.Body, "pasar") || strings.Contains(n.Body, "pukul lima") {
			o.t.Errorf("%s says %s", n.Template, n.Body)
		}
	}
	for template, names := range want {
		ids := make([]string, len(names))
		for i, name := range names {
			ids[i] = o.id(name)
		}
		slices.Sort(ids)
		slices.Sort(got[template])
		if !slices.Equal(got[template], ids) {
			o.t.Errorf("%s is owed to %v, want %v, who are %v", template, got[template], names, ids)
		}
	}
}

// TestLateCasesAreAskedAbout holds that a head or leader asks about a late case from the
// dashboard with one click, once, and only about what he may; an officer cannot.
func TestLateCasesAreAskedAbout(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		head := o.as("kepala")
		path := "/kasus/" + o.dlh.ID + "/ingatkan"
		head.post(path, "dasbor", "jangka=30").is(409).says("tidak lagi melewati")
		o.clock.Advance(60 * 24 * time.Hour)
		o.count()
		head, leader, v := o.as("kepala"), o.as("wali"), o.as("dlh")
		head.get("/dasbor").is(200).says("melewati janji", o.dlh.Number, path, "Ganti petugas").hides(o.other.Number)
		leader.get("/dasbor").says(o.dlh.Number, o.other.Number).hides("Ganti petugas")
		v.post(path).is(403)
		head.post("/kasus/" + o.other.ID + "/ingatkan").is(404)
		p := head.post(path, "dasbor", "jangka=90&x=<y>").is(200).says("Sudah diingatkan")
		if p.path != "/dasbor" {
			t.Error(p.path)
		}
		p.hides(`action="` + path)
		leader.post(path).is(200)
		list, err := st.CaseTasks(o.ctx, o.dlh.Region, o.dlh.ID)
		o.must(err)
		if len(list) != 1 || list[0].Kind != store.TaskExplanation || list[0].MadeBy != o.id("kepala") {
			t.Fatalf("%d tasks: %+v", len(list), list[0])
		}
		v.get("/tugas").is(200).says("melewati batas waktunya", o.dlh.Number)
		v.post("/kasus/"+o.dlh.ID+"/tugas/"+list[0].ID, "jawaban", "Truk rusak, besok diangkut.").is(200)
		head.get("/dasbor").says(path) // answered: it may be asked again
	})
}

// Hands outside see what they are asked and nothing of the citizen, and answer with a
// photo.
func TestOutsideHands(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v := o.as("dlh")
		path := "/kasus/" + o.dlh.ID
		v.post(path+"/tugas", "jenis", "outside", "pihak", "", "tugas", "Padamkan listrik", "hari", "1").is(422).says("PLN atau ketua RT")
		p := v.post(path+"/tugas", "jenis", "outside", "pihak", "PLN", "tugas", "Padamkan listrik di lorong 3", "hari", "1").is(200).says("Tautan untuk pihak luar")
		m := helpForm.FindStringSubmatch(p.body)
		if m == nil {
			t.Fatal("no link")
		}
		v.get(path).is(200).hides(m[1])
		out := o.visitor()
		out.get(m[1]).is(200).says("Padamkan listrik di lorong 3", o.dlh.Number).hides("Warga Contoh", "sampah menumpuk", "+62811", o.dlh.Link)
		out.send(m[1], nil, "aksi", "terima").is(200).says("Diterima")
		out.send(m[1], nil, "aksi", "selesai", "jawaban", "").is(422).says("Tulis apa yang sudah dikerjakan")
		out.send(m[1], [][]byte{photo(t)}, "aksi", "selesai", "jawaban", "Sudah padam sejak pukul dua").is(200).says("Terima kasih")
		out.send(m[1], nil, "aksi", "selesai", "jawaban", "sekali lagi").is(200).says("Terima kasih")
		v.get(path).is(200).says("PLN: Sudah padam sejak pukul dua", "/berkas/").hides("sekali lagi")
		if p := v.raw(path); !regexp.MustCompile(`Tidak terlihat warga`).MatchString(p) {
			t.Error("what came from outside is not a note")
		}
		o.visitor().get("/l/" + o.dlh.Link).is(200).hides("Sudah padam")
		// The link ends with its time, and when the case becomes secret.
		p = v.post(path+"/tugas", "jenis", "outside", "pihak", "Ketua RT", "tugas", "Tutup jalan", "hari", "1").is(200)
		link := helpForm.FindStringSubmatch(p.body)[1]
		out.get(link).is(200)
		secret := o.change(o.dlh, func(c *store.Case) { c.Secret = true })
		out.get(link).is(404)
		o.change(secret, func(c *store.Case) { c.Secret = false })
		o.clock.Advance(20 * 24 * time.Hour)
		out.get(link).is(404)
		out.get("/bantu/TIDAKADA").is(404)
	})
}
