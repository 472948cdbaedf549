package app

import (
	"cmp"
	"context"
	"crypto/x509"
	"net"
	netmail "net/mail"
	"os"
	"strings"
	"sync"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/channel/email"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// settle fills in, reads secrets and checks.
func (e *Email) settle() error {
	a, err := netmail.ParseAddress(e.Address)
	if err != nil || a.Address != e.Address || strings.Contains(e.Address, "+") {
		return wrong("region.email.address", "%q bukan alamat surel seperti lapor@contoh.go.id.", e.Address)
	}
	e.IMAP.Security, e.SMTP.Security = cmp.Or(e.IMAP.Security, email.SecurityTLS), cmp.Or(e.SMTP.Security, email.SecurityTLS)
	e.IMAP.Folder, e.IMAP.Done = cmp.Or(e.IMAP.Folder, "INBOX"), cmp.Or(e.IMAP.Done, "Tanggap")
	if strings.EqualFold(e.IMAP.Folder, e.IMAP.Done) {
		return wrong("region.email.imap.done", "Folder selesai harus lain dari folder masuk (%s).", e.IMAP.Folder)
	}
	for _, s := range []struct{ field, host, security string }{
		{"region.email.imap", e.IMAP.Host, e.IMAP.Security}, {"region.email.smtp", e.SMTP.Host, e.SMTP.Security}} {
		host, port, err := net.SplitHostPort(s.host)
		if err != nil || host == "" || port == "" {
			return wrong(s.field+".host", "%q bukan alamat dengan porta, mis. mail.contoh.go.id:993.", s.host)
		}
		switch ip := net.ParseIP(host); s.security {
		case email.SecurityTLS, email.SecurityStartTLS:
		case email.SecurityNone:
			if host != "localhost" && (ip == nil || !ip.IsLoopback()) {
				return wrong(s.field+".security", "none hanya untuk loopback: sandi akan terbaca di jalan. Tulis tls atau starttls.")
			}
		default:
			return wrong(s.field+".security", "%q tidak dikenal. Tulis tls, starttls atau none.", s.security)
		}
	}
	if e.IMAP.User == "" || !e.IMAP.Password.Set() {
		return wrong("region.email.imap", "Perlu user dan password.")
	}
	if e.SMTP.User != "" && !e.SMTP.Password.Set() {
		return wrong("region.email.smtp", "Ada user tetapi tidak ada password.")
	}
	for _, s := range []*Secret{&e.IMAP.Password, &e.SMTP.Password} {
		if err := s.read(); err != nil {
			return err
		}
	}
	return nil
}

// checkEmail settles every mailbox; two regions may not read the same one.
func (c *Config) checkEmail() error {
	seen := map[[3]string]bool{}
	for _, r := range c.Regions {
		if r.Email == nil {
			continue
		}
		if err := r.Email.settle(); err != nil {
			return err
		}
		box := [3]string{strings.ToLower(r.Email.IMAP.Host), r.Email.IMAP.User, r.Email.IMAP.Folder}
		if seen[box] {
			return wrong("region.email.imap", "Kotak surel %s di %s dipakai dua daerah; tiap daerah perlu kotaknya sendiri.", box[1], box[0])
		}
		seen[box] = true
	}
	return nil
}

// servers are the two mail servers of a region.
func (e *Email) servers() (imap, smtp email.Server, err error) {
	var ca *x509.CertPool
	if e.CA != "" {
		pem, err := os.ReadFile(e.CA)
		if ca = x509.NewCertPool(); err != nil || !ca.AppendCertsFromPEM(pem) {
			return imap, smtp, wrong("region.email.ca", "%s tidak berisi sertifikat PEM yang terbaca.", e.CA)
		}
	}
	imap = email.Server{Host: e.IMAP.Host, Security: e.IMAP.Security, User: e.IMAP.User, Password: e.IMAP.Password.Reveal(), CA: ca}
	smtp = email.Server{Host: e.SMTP.Host, Security: e.SMTP.Security, User: e.SMTP.User, Password: e.SMTP.Password.Reveal(), CA: ca}
	return imap, smtp, nil
}

// openEmail connects the regions that have a mailbox.
func (a *App) openEmail() error {
	for i, r := range a.cfg.Regions {
		e := r.Email
		if e == nil {
			continue
		}
		imap, smtp, err := e.servers()
		if err != nil {
			return err
		}
		p, err := a.packs.Get(a.codes[i])
		if err != nil {
			return err
		}
		way := channel.Way{Region: a.codes[i], Channel: channel.Email}
		a.intake.Readers[way] = email.Reader{Address: e.Address, Ours: a.otherAddresses(e), AuthServer: e.AuthServID, Sandbox: &a.children}
		a.intake.Fetchers[way] = email.Files{Raw: a.mailOf(way.Region, strings.ToLower(e.Address)), Sandbox: &a.children}
		a.send.Senders[way] = &email.Sender{Server: smtp, Address: e.Address, Name: cmp.Or(e.Name, p.PublicName()), Clock: a.deps.Clock}
		a.mail = append(a.mail, &email.Mailbox{Server: imap, Folder: e.IMAP.Folder, Done: e.IMAP.Done,
			Keeper:  mailPosition{a.store, way.Region, e.IMAP.User + "@" + e.IMAP.Host, e.IMAP.Folder},
			Receive: a.receiveMail(way), Log: a.log.With("part", "mail", "region", way.Region), Clock: a.deps.Clock})
	}
	return nil
}

// otherAddresses are ours besides e's: what they write, no person wrote.
func (a *App) otherAddresses(e *Email) []string {
	var out []string
	for _, r := range a.cfg.Regions {
		if r.Email != nil && r.Email != e {
			out = append(out, r.Email.Address)
		}
	}
	return out
}

// receiveMail hands a mail to intake. A copy of the system from which nothing may
// leave must not take mails either: to the real one they would be gone.
func (a *App) receiveMail(way channel.Way) func(context.Context, []byte) error {
	return func(ctx context.Context, raw []byte) error {
		if a.cfg.Outbound == OutboundOff || (*a.paused.Load())[way.Region] {
			return tanggap.Errorf(tanggap.Unavailable, "surel tidak diambil selama pengiriman dihentikan")
		}
		_, err := a.intake.Receive(ctx, way.Region, way.Channel, raw)
		return err
	}
}

// mailOf finds the stored mail that a file belongs to.
func (a *App) mailOf(region, account string) func(context.Context, channel.Media) ([]byte, error) {
	return func(ctx context.Context, m channel.Media) ([]byte, error) {
		_, external, ok := email.PartOf(m)
		if !ok {
			return nil, &channel.SendError{Fault: channel.FaultMessage, Detail: "no part of a mail"}
		}
		in, err := a.store.FindInbound(ctx, region, channel.Email, account, external)
		if err != nil {
			return nil, err
		}
		if in == nil || len(in.RawCT) == 0 {
			return nil, &channel.SendError{Fault: channel.FaultMessage, Detail: "the mail is no longer kept"}
		}
		if err := a.store.OpenInbound(ctx, in); err != nil {
			return nil, err
		}
		return in.Raw, nil
	}
}

// fetchMail takes mails out of every mailbox until ctx ends, and returns a function
// that waits for its end. Only the leader does it: two processes would fetch every
// mail twice, which does no harm but helps nobody.
func (a *App) fetchMail(ctx context.Context) (wait func()) {
	var g sync.WaitGroup
	for _, m := range a.mail {
		g.Go(func() {
			if err := m.Run(ctx); err != nil {
				a.log.Error("mailbox given up", "host", m.Server.Host, "error", err)
			}
		})
	}
	return g.Wait
}

// mailPosition keeps a mailbox's position in the database. It implements
// email.Keeper.
type mailPosition struct {
	store                   *store.Store
	region, account, folder string
}

// Position implements email.Keeper.
func (k mailPosition) Position(ctx context.Context) (email.Position, error) {
	x, err := k.store.Mailbox(ctx, k.region, k.account, k.folder)
	if err != nil {
		return email.Position{}, err
	}
	return email.Position{Validity: uint32(x.UIDValidity), UID: uint32(x.UID)}, nil
}

// Keep implements email.Keeper.
func (k mailPosition) Keep(ctx context.Context, p email.Position, checkedAt time.Time, problem string) error {
	return k.store.SetMailbox(ctx, &store.Mailbox{Region: k.region, Account: k.account, Folder: k.folder,
		UIDValidity: int64(p.Validity), UID: int64(p.UID), CheckedAt: checkedAt, Error: problem})
}
