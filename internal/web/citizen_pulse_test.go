package web

import (
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/store"
	"tanggap/internal/survey"
)

// One tap after a case is closed. It never counts in the survey with nine elements, and
// opening a link from a mail is not an answer.
func TestPulse(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		link := "/l/" + o.dlh.Link
		citizen := o.visitor()
		if p := citizen.get(link + "/nilai?nilai=4"); p.path != link {
			t.Error("an open case can be rated")
		}
		o.change(o.dlh, func(c *store.Case) { c.Service = "SMP-ANGKUT" }) // which asks for no photo of the work
		o.as("dlh").on(o, o.dlh, "balas", "tab", "balasan", "lalu", "answered", "teks", "Sudah diangkut.").is(200)
		citizen.get(link).is(200).hides("Seberapa puas", "Sangat puas")
		citizen.post(link+"/beres").is(200).says("Kepuasan penanganan", "Sangat puas")
		citizen.get(link + "/nilai?nilai=4").is(200).says(`value="4" checked`)
		given := func() *store.Pulse {
			x, err := o.Store.Pulse(o.ctx, o.dlh.Region, o.dlh.ID)
			o.must(err)
			return x
		}
		if given() != nil {
			t.Fatal("opening a link rated the case")
		}
		citizen.post(link+"/nilai", "nilai", "5").is(422).says("Pilih nilai 1 sampai 4")
		citizen.post(link+"/nilai", "nilai", "2").is(200).says("Penilaian Anda kami catat", "Anda menjawab: Kurang puas")
		citizen.post(link+"/nilai", "nilai", "3", "komentar", "Cepat, telepon saya 0812 3456 7890").is(200)
		x := given()
		if x.Score != 3 || x.Comment != "Cepat, telepon saya 0812 3456 7890" || x.CommentMasked == x.Comment || x.CommentMasked == "" {
			t.Errorf("kept %+v", x)
		}
		said, err := o.Store.PulseComments(o.ctx, o.dlh.Region, o.clock.Now().Add(-time.Hour), 10)
		o.must(err)
		if len(said) != 1 || said[0].Summary != x.CommentMasked {
			t.Errorf("themes hear %v", said)
		}
		list, err := o.Store.SurveyScores(o.ctx, o.dlh.Region, "DLH", o.clock.Now().Add(-time.Hour))
		o.must(err)
		if survey.Compute(list).Respondents != 0 {
			t.Error("the pulse counts in the survey")
		}
		o.as("kepala").get("/survei").is(200).says("Kepuasan penanganan", "100%").hides("Cepat")
		o.change(o.dlh, func(c *store.Case) { c.Secret = true })
		citizen.post(link+"/nilai", "nilai", "1", "komentar", "rahasia").is(200)
		if x := given(); x.CommentMasked != "" {
			t.Error("a secret case has a clear copy")
		}
	})
}
