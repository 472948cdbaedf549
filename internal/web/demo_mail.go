package web

import (
	"net/http"
	"slices"
	"strings"

	"tanggap/internal/sim"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

const demoMailPath = "/demo/surel"

// mailbox is the address that a persona of the demo writes mails from.
func (p DemoPersona) mailbox() string { return digits(p.Phone) + "@warga.contoh.id" }

// playingMail is the demo and the persona of a request, where mails are played with.
func (s *Server) playingMail(r *http.Request, who string) (*Demo, DemoPersona, error) {
	d, err := s.demo(r)
	if err == nil && d.Mail == nil {
		err = tanggap.Errorf(tanggap.NotFound, "surel tidak diperagakan di sini")
	}
	if err != nil {
		return nil, DemoPersona{}, err
	}
	me, err := d.persona(who)
	return d, me, err
}

// demoMail shows what a persona got by mail, newest first, and lets a visitor write.
func (s *Server) demoMail(w http.ResponseWriter, r *http.Request) error {
	d, me, err := s.playingMail(r, r.URL.Query().Get("warga"))
	if err != nil {
		return err
	}
	return s.renderPrivate(w, r, http.StatusOK, "demo_mail", s.mailPage(r, d, me))
}

func (s *Server) mailPage(r *http.Request, d *Demo, me DemoPersona) *view.DemoMail {
	page := &view.DemoMail{Base: s.base(r), Current: digits(me.Phone), Address: me.mailbox()}
	for _, p := range d.Personas {
		page.Personas = append(page.Personas, view.Persona{ID: digits(p.Phone), Name: p.Name, Phone: p.mailbox()})
	}
	for _, m := range slices.Backward(d.Mail.Box(me.mailbox())) {
		page.Mails = append(page.Mails, view.DemoLetter{Subject: m.Subject, At: m.At, Text: m.Text})
	}
	return page
}

// demoMailSend writes a new mail to the city, or answers its last one.
func (s *Server) demoMailSend(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	d, me, err := s.playingMail(r, r.PostForm.Get("warga"))
	if err != nil {
		return err
	}
	if err := s.mayWrite(r); err != nil {
		return err
	}
	subject, words := cut(strings.TrimSpace(r.PostForm.Get("judul")), 200), cut(strings.TrimSpace(r.PostForm.Get("teks")), 4000)
	if words == "" {
		page := s.mailPage(r, d, me)
		page.Subject = subject
		page.Errors = append(page.Errors, s.wrong(r, "teks", view.MsgReplyEmpty))
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "demo_mail", page)
	}
	if r.PostForm.Get("aksi") == "balas" {
		_, err = d.Mail.Reply(me.mailbox(), words)
	} else {
		_, err = d.Mail.Write(sim.Letter{From: me.mailbox(), Name: me.Name, Subject: subject, Text: words})
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, demoMailPath+"?warga="+digits(me.Phone)+"&terkirim")
}
