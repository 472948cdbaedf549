package web

import (
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// A case that runs late says so, why, and until when; the officer is asked for it, and
// asked again when that day has passed too.
func TestLateness(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		link, public := "/l/"+o.dlh.Link, "/lacak/"+o.dlh.Code
		citizen, v := o.visitor(), o.as("dlh")
		asks := "warga menunggu alasannya"
		v.get("/kasus/" + o.dlh.ID).is(200).says("Beri tahu warga bila terlambat").hides(asks)
		o.clock.Advance(o.dlh.DueAt.Sub(o.clock.Now()) + 49*time.Hour)
		v = o.as("dlh")
		v.get("/kasus/" + o.dlh.ID).is(200).says(asks)
		citizen.get(link).is(200).says("Terlambat 2 hari", "Dinas belum memberi alasan")
		zone := apptest.Pack(t).Location()
		day := func(n int) string { return o.clock.Now().In(zone).AddDate(0, 0, n).Format(time.DateOnly) }
		v.on(o, o.dlh, "terlambat", "perkiraan", day(4)).is(422).says("Pilih atau tulis alasannya")
		v.on(o, o.dlh, "terlambat", "sebab", "parts", "perkiraan", day(-1)).is(422).says("sesudah hari ini")
		v.on(o, o.dlh, "terlambat", "sebab", "parts", "perkiraan", day(400)).is(422).says("terlalu jauh")
		v.on(o, o.dlh, "terlambat", "sebab", "parts", "perkiraan", day(4)).is(200).hides(asks)
		for _, path := range []string{link, public} {
			citizen.get(path).is(200).says("Terlambat 2 hari", "menunggu bahan atau suku cadang", "Perkiraan baru").hides("belum memberi alasan")
		}
		v.on(o, o.dlh, "terlambat", "sebab_lain", "alat berat kami dipakai di Wameo", "perkiraan", day(5)).is(200)
		citizen.get(link).is(200).says("alat berat kami dipakai di Wameo")
		citizen.get(public).is(200).says("Perkiraan baru").hides("alat berat") // an officer's own words are for the citizen
		if !o.now(o.dlh).DueAt.Equal(o.dlh.DueAt) {
			t.Error("the promise itself was moved")
		}
		o.clock.Advance(6 * 24 * time.Hour)
		o.as("dlh").get("/kasus/" + o.dlh.ID).is(200).says(asks)
		o.as("wali").on(o, o.dlh, "terlambat", "sebab", "parts", "perkiraan", day(4)).is(403)
	})
}

// An objection is a task with a due day that an officer sees and answers; the answer
// stands on the citizen's page, and he may object once more.
func TestObjectionIsAnswered(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		path := "/l/" + o.dlh.Link + "/keputusan"
		citizen := o.visitor()
		citizen.post(path, "keberatan", "Dinas yang dipilih keliru").is(200).says("Keberatan Anda diterima", "menjawab paling lambat").hides("Ajukan keberatan")
		state(t, o.now(o.dlh), tanggap.Triage)
		tasks, err := o.Store.CaseTasks(o.ctx, o.dlh.Region, o.dlh.ID)
		o.must(err)
		if days := tasks[0].DueAt.Sub(o.clock.Now()); days < 2*24*time.Hour || days > 8*24*time.Hour {
			t.Errorf("answered within %s", days)
		}
		desk := o.as("meja")
		desk.get("/tugas").is(200).says("Keberatan warga", "Dinas yang dipilih keliru")
		desk.get("/kasus/" + o.dlh.ID).is(200).says("Keberatan warga")
		o.as("dlh").get("/tugas").is(200).hides("Dinas yang dipilih keliru") // the case lies elsewhere now
		answer := "/kasus/" + o.dlh.ID + "/tugas/" + tasks[0].ID
		desk.post(answer, "jawaban", "").is(422)
		desk.post(answer, "jawaban", "Sudah kami teruskan ke dinas yang benar.").is(200)
		citizen.get(path).is(200).says("Sudah kami teruskan ke dinas yang benar.", "Ajukan keberatan")
		citizen.get("/l/" + o.dlh.Link).is(200).says("Sudah kami teruskan ke dinas yang benar.")
	})
}
