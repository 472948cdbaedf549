package app

import (
	"context"
	"fmt"
	"time"

	"tanggap/internal/channel/email"
)

// email logs in at both mail servers of a region. It neither takes nor sends mail.
func (d *doctor) email(ctx context.Context, e *Email) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	imap, smtp, err := e.servers()
	if err != nil {
		d.fail("surel", message(err), "Perbaiki ca di konfigurasi.")
		return
	}
	about := "surel: kotak " + e.Address
	box := email.Mailbox{Server: imap, Folder: e.IMAP.Folder, Done: e.IMAP.Done, Clock: d.deps.Clock}
	f, err := box.Check(ctx)
	switch {
	case err != nil:
		d.fail(about, "Kotak surel tidak bisa dibuka: "+err.Error(), "Periksa host, security, user, password dan folder di [region.email.imap].")
	case !f.Move:
		d.fail(about, "Server IMAP tidak mengenal MOVE maupun UIDPLUS: surel yang sudah diterima tidak bisa dipindahkan.", "Pakai server surel yang mendukungnya.")
	case !f.Idle:
		d.look(about, fmt.Sprintf("%d surel menunggu; server tidak mengenal IDLE, jadi diperiksa tiap menit.", f.Mails), "")
	default:
		d.fine(about, "%d surel menunggu di %s, IDLE ada", f.Mails, e.IMAP.Folder)
	}
	about = "surel: pengiriman lewat " + e.SMTP.Host
	sender := email.Sender{Server: smtp, Address: e.Address, Clock: d.deps.Clock}
	if err := sender.Check(ctx); err != nil {
		d.fail(about, "Server SMTP menolak: "+err.Error(), "Periksa host, security, user dan password di [region.email.smtp].")
		return
	}
	d.fine(about, "log-in diterima")
	if e.AuthServID == "" {
		d.look("surel: keaslian", "authserv_id kosong: petugas tidak melihat apakah pengirim lolos SPF, DKIM dan DMARC.", "Isi nama server penerima Anda seperti tertulis di awal header Authentication-Results.")
	}
}
