package web

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/store"
)

// A leader asks a unit about a figure; the unit's head hears of it and answers; others
// neither read nor answer it.
func TestUnitIsAskedAboutAFigure(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		leader, head, v := o.as("wali"), o.as("kepala"), o.as("dlh")
		leader.get("/dasbor").is(200)
		const about = "8 dari 23 laporan terbuka lewat tenggat."
		leader.get("/tugas").is(200).says(`href="/tugas/baru"`)
		leader.get(askAddress("DLH", about, "/dasbor?jangka=90")).is(200).says(about, `value="/dasbor?jangka=90"`, `<option value="DLH" selected`)
		leader.get(askAddress("DLH", about, "https://jahat.example/")).is(200).hides("jahat.example")
		leader.get(askAddress("DLH", about, "/dasborkan")).is(200).hides("/dasborkan")
		leader.post("/tugas/baru", "jenis", "explanation", "unit", "", "tugas", "Mengapa?", "hari", "3").is(422).says("Pilih unit yang ditanya.", "Mengapa?")
		leader.post("/tugas/baru", "jenis", "explanation", "unit", "DLH", "tugas", " ", "hari", "3").is(422).says("Tulis apa yang harus dikerjakan")
		leader.post("/tugas/baru", "jenis", "outside", "unit", "DLH", "tugas", "x", "hari", "3").is(422)
		leader.post("/tugas/baru", "jenis", "explanation", "unit", "DLH", "tugas", "x", "hari", "99").is(422)
		leader.post("/tugas/baru", "jenis", "explanation", "unit", "DLH", "perihal", about, "halaman", "/dasbor?jangka=90", "tugas", "Mengapa begitu banyak?", "hari", "3").is(200).says("Mengapa begitu banyak?")
		head.get("/tugas").is(200).says("Mengapa begitu banyak?", about, `href="/dasbor?jangka=90"`, "Jawab")
		v.get("/tugas").is(200).says("Mengapa begitu banyak?", about).hides(`href="/dasbor?jangka=90"`) // a page that he may not open
		o.as("pupr").get("/tugas").is(200).hides("Mengapa begitu banyak?", about)
		list, err := st.OpenTasks(o.ctx, apptest.Region, time.Time{}, 10)
		o.must(err)
		task := list[0]
		path := "/tugas/" + task.ID
		// The head of the unit is told, once.
		notices, err := st.NoticeTo(o.ctx, apptest.Region, "task:"+task.ID, "officer:"+o.id("kepala"), "officer.asked")
		o.must(err)
		if notices == nil || !strings.Contains(notices.Body, "Mengapa begitu banyak?") {
			t.Errorf("the head is told: %+v", notices)
		}
		o.as("pupr").post(path, "jawaban", "bukan saya").is(404)
		leader.post(path, "jawaban", "saya sendiri").is(403)
		v.post(path, "aksi", "batal").is(403)
		v.post(path, "jawaban", " ").is(422).says("Tulis apa yang sudah dikerjakan.", `id="jawaban-`+task.ID)
		head.post(path, "jawaban", "Dua truk rusak.").is(200).says("Dua truk rusak.")
		head.post(path, "jawaban", "lagi").is(409).says("sudah selesai")
		leader.get("/tugas").is(200).says("Dua truk rusak.", "Selesai dua minggu terakhir")
		answer, err := st.NoticeTo(o.ctx, apptest.Region, "task:"+task.ID, "officer:"+o.id("wali"), "officer.explained")
		o.must(err)
		if answer == nil || !strings.Contains(answer.Body, "Dua truk rusak.") {
			t.Errorf("the leader is told: %+v", answer)
		}
		// The address of a case's task is none here, and the other way round.
		leader.post("/kasus/"+o.dlh.ID+"/tugas", "jenis", "disposition", "tugas", "Angkut", "hari", "1").is(200)
		of, err := st.CaseTasks(o.ctx, apptest.Region, o.dlh.ID)
		o.must(err)
		head.post("/tugas/"+of[0].ID, "jawaban", "x").is(404)
		v.post("/kasus/"+o.dlh.ID+"/tugas/"+task.ID, "jawaban", "x").is(404)
		// A head asks his own unit only, an officer nobody.
		head.post("/tugas/baru", "jenis", "disposition", "unit", "PUPR", "tugas", "x", "hari", "1").is(403)
		head.get("/tugas/baru").is(200).hides(`value="PUPR"`)
		v.get("/tugas/baru").is(403)
		leader.post("/tugas/baru", "jenis", "disposition", "unit", "DLH", "tugas", "Salah kirim", "hari", "1").is(200)
		list, err = st.OpenTasks(o.ctx, apptest.Region, time.Time{}, 10)
		o.must(err)
		for _, x := range list {
			if x.Words == "Salah kirim" {
				leader.post("/tugas/"+x.ID, "aksi", "batal").is(200).hides("Salah kirim")
			}
		}
	})
}

func TestFigurePagesOnly(t *testing.T) {
	for in, want := range map[string]string{
		"/dasbor": "/dasbor", "/dasbor?jangka=90": "/dasbor?jangka=90", "/prakiraan/peringatan/x": "/prakiraan/peringatan/x", "/kotak-masuk?tampil=lewat&unit=DLH": "/kotak-masuk?tampil=lewat&unit=DLH",
		"//jahat.example/dasbor": "", "https://jahat.example": "", "/dasborkan": "", "/dasbor\\@jahat": "", "javascript:alert(1)": "", "": "", "/keluar": "",
	} {
		if got := figurePage(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	if q, err := url.ParseQuery(strings.TrimPrefix(askAddress("A&B", "50% lewat?", "/dasbor?unit=A&jangka=7"), askPath+"?")); err != nil || q.Get("unit") != "A&B" || q.Get("halaman") != "/dasbor?unit=A&jangka=7" {
		t.Errorf("%v, %v", q, err)
	}
}
