package web

import (
	"strings"
	"testing"

	"tanggap/internal/apptest"
	"tanggap/internal/similar"
	"tanggap/internal/store"
)

// Two citizens report one heap of rubbish. Who answers for both sees the other report,
// joins them, and parts them again; nobody else sees it, and no page shows what opens a
// citizen's case.
func TestSameEventOnTheCasePage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		o.Intake.Similar = similar.NewBook()
		words := "sampah menumpuk di belakang pasar karya nugraha baunya busuk"
		a, b := o.open("SMP-TUMPUK", words), o.open("SMP-TUMPUK", words+" sekali "+o.dlh.Link)
		other := o.open("JLN-RUSAK", words)
		koord := o.as("koord")
		koord.get("/kasus/"+a.ID).is(200).says("Mungkin kejadian yang sama", b.Number, "kata yang mirip", "Langkah berikutnya", "Konsep balasan").hides(b.Link, b.Code)
		o.as("dlh").get("/kasus/" + a.ID).is(200).hides(other.Number)
		koord.on(o, a, "kejadian", "dengan", b.ID).is(200).says("Satu kejadian dengan 1 laporan lain", b.Number)
		if x, y := o.now(a), o.now(b); x.Incident == "" || x.Incident != y.Incident {
			t.Errorf("incidents %q and %q", x.Incident, y.Incident)
		}
		koord.get("/kasus/" + b.ID).is(200).says(a.Number)
		koord.get("/kotak-masuk?tampil=semua").is(200).says("Satu kejadian")
		waiting := o.open("", "sampah menumpuk di belakang pasar karya nugraha bau")
		koord.get("/triase").is(200).says(waiting.Number, "Laporan serupa")
		koord.on(o, a, "kejadian/lepas").is(200).hides("Satu kejadian dengan")
		if x, y := o.now(a), o.now(b); x.Incident != "" || y.Incident != "" {
			t.Errorf("incidents %q and %q of cases that stand alone", x.Incident, y.Incident)
		}
		koord.on(o, a, "kejadian").is(200) // "not the same" is recorded
		koord.get("/kasus/"+a.ID+"?konsep=ya").is(200).says(`name="konsep" value="ya"`, "Terima kasih atas laporan Anda")
		o.as("admin").get("/kasus/" + a.ID).is(404)
		koord.post("/kasus/"+a.ID+"/balas", "versi", version(o.now(a)), "tab", "balasan", "konsep", "ya", "teks", "Sudah kami angkut.").is(200)
		koord.get("/pembaca").is(200).says("Saran yang dipakai petugas", "Konsep balasan")
	})
}

func TestTheReaderPage(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	o.as("koord").get("/pembaca").is(200).says("Cara komputer membaca", "Kebutuhan yang belum terlihat").hides("Pakai model ini")
	o.as("admin").get("/pembaca").is(200)
	o.as("dlh").get("/pembaca").is(403)
	o.as("koord").post("/pembaca", "alasan", "coba").is(403)
}

// What an officer once answered another citizen is shown without the link that opens
// that citizen's case.
func TestNoLinkOfAnotherCitizenIsShown(t *testing.T) {
	got := links.ReplaceAllString("Sudah beres. Pantau: https://lapor.contoh.go.id/l/RAHASIA dan HTTP://contoh.go.id/l/X", "[tautan]")
	if strings.Contains(got, "RAHASIA") || strings.Contains(got, "/l/") || strings.Count(got, "[tautan]") != 2 {
		t.Error(got)
	}
}
