package web

import (
	"testing"

	"tanggap/internal/apptest"
	"tanggap/internal/sim"
)

func TestDemoMail(t *testing.T) {
	w := newTown(t)
	w.withDemo()
	v := w.visitor()
	v.get("/demo").is(200).hides(demoMailPath)
	v.get(demoMailPath).is(404)
	mail, err := sim.NewMail(sim.MailConfig{Clock: w.clock, Address: "lapor@kota.contoh.go.id", Password: "rahasia"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := mail.Close(); err != nil {
			t.Error(err)
		}
	})
	w.Demos[apptest.Region].Mail = mail
	const me, address = "6281100000001", "6281100000001@warga.contoh.id"
	v.get("/demo").is(200).says(demoMailPath + "?warga=" + me)
	v.get(demoMailPath).is(200).says(address, "Belum ada surel").hides("Balas surel terakhir")
	v.post(demoMailPath, "warga", me, "judul", "Lampu", "teks", " ").is(422).says("Tulis pesan sebelum mengirim", `value="Lampu"`)
	v.post(demoMailPath, "warga", me, "judul", "Lampu", "teks", said).is(200)
	if n := mail.Folder("INBOX"); n != 1 {
		t.Fatalf("%d mails reached the city", n)
	}
	raw := "From: lapor@kota.contoh.go.id\r\nTo: " + address + "\r\nSubject: Laporan diterima\r\nMessage-ID: <a@kota>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nNomor <b>Anda</b>\r\n"
	if err := mail.Deliver("", address, []byte(raw)); err != nil {
		t.Fatal(err)
	}
	v.get(demoMailPath+"?warga="+me).is(200).says("Laporan diterima", "Nomor <b>Anda</b>", "Balas surel terakhir")
	v.post(demoMailPath, "warga", me, "teks", "terima kasih", "aksi", "balas").is(200)
	if n := mail.Folder("INBOX"); n != 2 {
		t.Fatalf("%d mails reached the city", n)
	}
	v.get(demoMailPath + "?warga=6281100000002").is(200).hides("Laporan diterima")
	v.get(demoMailPath + "?warga=0").is(404)
}
