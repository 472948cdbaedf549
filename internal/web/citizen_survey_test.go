package web

import (
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/store"
	"tanggap/internal/survey"
	"tanggap/internal/tanggap"
)

func TestSurvey(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		citizen := o.visitor()
		link := "/l/" + o.dlh.Link
		if p := citizen.get(link + "/survei"); p.path != link {
			t.Error("a case without an outcome can be rated")
		}
		o.prove(o.dlh)
		o.as("dlh").on(o, o.dlh, "balas", "tab", "balasan", "lalu", "answered", "teks", "Sudah diangkut.").is(200)
		citizen.get(link).is(200).says("Nilai pelayanan kami")
		citizen.get(link + "/survei").is(200).says("Apakah waktunya cepat?")
		citizen.post(link + "/survei").is(422).says("Jawab paling sedikit satu pertanyaan")
		citizen.post(link+"/survei", "waktu", "9").is(422)
		fields := []string{"komentar", "Terima kasih"}
		for _, key := range survey.Elements {
			fields = append(fields, key, "3")
		}
		citizen.post(link+"/survei", fields...).is(200).says("Terima kasih atas penilaian Anda")
		citizen.post(link+"/survei", append(fields, "waktu", "4")...).is(200) // the last word counts
		head := o.as("kepala")
		head.get("/survei").is(200).says("77,78", "1 / 1").hides("Terima kasih")
		o.as("wali").get("/survei").is(200).says("77,78")
		o.as("dlh").get("/survei").is(403)
		o.clock.Advance(366 * 24 * time.Hour)
		o.as("kepala").get("/survei").is(200).says("Belum ada jawaban")
	})
}

// What can still be taken back is not on the citizen's page yet.
func TestHeldWordsAreNotShown(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	o.Desk.Hold = 10 * time.Second
	o.as("dlh").on(o, o.dlh, "balas", "tab", "balasan", "teks", "Truk berangkat.").is(200)
	v := o.visitor()
	v.get("/l/" + o.dlh.Link).is(200).hides("Truk berangkat.")
	o.clock.Advance(11 * time.Second)
	v.get("/l/" + o.dlh.Link).is(200).says("Truk berangkat.")
}

// The citizen's page says how long similar cases took once there are enough of them, and
// nothing of a step that was taken back.
func TestEstimateAndUndoneSteps(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		o.Desk.Hold = 10 * time.Second
		link := "/l/" + o.dlh.Link
		answered := func(n int) {
			for i := range n {
				o.change(o.open("SMP-TUMPUK", "sampah menumpuk lama"), func(c *store.Case) {
					c.State, c.AnsweredAt = tanggap.Archived, c.OpenedAt.Add(time.Duration(i+1)*24*time.Hour)
				})
			}
		}
		answered(19)
		o.visitor().get(link).is(200).hides("laporan serupa")
		answered(1)
		o.visitor().get(link).is(200).says("laporan serupa")
		before := o.visitor().get(link).is(200).body
		v := o.as("dlh")
		o.prove(o.dlh)
		v.on(o, o.dlh, "balas", "tab", "balasan", "lalu", "answered", "teks", "Sudah.").is(200)
		v.post("/kasus/" + o.dlh.ID + "/urung").is(200)
		after := o.visitor().get(link).is(200).body
		if strings.Count(after, "<li") != strings.Count(before, "<li") {
			t.Error("an undone step stays on the citizen's page")
		}
		o.change(o.dlh, func(c *store.Case) { c.Secret = true })
		o.visitor().get("/lacak/" + o.dlh.Code).is(200).hides("laporan serupa")
	})
}
