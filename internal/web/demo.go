package web

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tanggap/internal/sim"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// Demo is what the page /demo plays with: simulated telephones on which a visitor is
// the citizen. Everything behind the telephone is the real channel.
type Demo struct {
	Meta     *sim.Meta
	Personas []DemoPersona
	Officers []view.DemoLogin
	Places   []DemoPlace // positions that can be shared
	Samples  []string    // opening lines
	Mail     *sim.Mail   // simulated mail company; nil hides the mails
}

// DemoPersona is a made-up citizen with a simulated telephone.
type DemoPersona struct{ Name, Phone string } // Phone with "+"

// DemoPlace is a position in WGS84 degrees.
type DemoPlace struct {
	Name     string
	Lat, Lon float64
}

// maxChatPhoto is the largest image that WhatsApp takes, in bytes.
const maxChatPhoto = 5 << 20

// persona returns the citizen that the visitor plays: the one named, or the first.
func (d *Demo) persona(phone string) (DemoPersona, error) {
	for _, p := range d.Personas {
		if digits(p.Phone) == digits(phone) || phone == "" {
			return p, nil
		}
	}
	return DemoPersona{}, tanggap.Errorf(tanggap.NotFound, "warga peragaan ini tidak ada")
}

func digits(phone string) string { return strings.TrimPrefix(strings.TrimSpace(phone), "+") }

// demo is what is played in the region of a request.
func (s *Server) demo(r *http.Request) (*Demo, error) {
	if d := s.Demos[at(r).pack.Identity.Code]; d != nil {
		return d, nil
	}
	return nil, tanggap.Errorf(tanggap.NotFound, "peragaan tidak berjalan di server ini")
}

// demoPage shows the telephone and the ways into the office.
func (s *Server) demoPage(w http.ResponseWriter, r *http.Request) error {
	d, err := s.demo(r)
	if err != nil {
		return err
	}
	me, err := d.persona(r.URL.Query().Get("warga"))
	if err != nil {
		return err
	}
	page := &view.Demo{Base: s.base(r), Current: digits(me.Phone), Samples: d.Samples, Lines: d.chat(me), Logins: d.Officers}
	if d.Mail != nil {
		page.MailURL = localPath(r, demoMailPath+"?warga="+digits(me.Phone))
	}
	for _, p := range d.Personas {
		page.Personas = append(page.Personas, view.Persona{ID: digits(p.Phone), Name: p.Name, Phone: p.Phone})
	}
	for i, p := range d.Places {
		page.Places = append(page.Places, view.Option{Value: strconv.Itoa(i), Label: p.Name})
	}
	return s.renderPrivate(w, r, http.StatusOK, "demo", page)
}

// demoLines is the conversation alone, fetched again and again by the page.
func (s *Server) demoLines(w http.ResponseWriter, r *http.Request) error {
	d, err := s.demo(r)
	if err != nil {
		return err
	}
	me, err := d.persona(r.URL.Query().Get("warga"))
	if err != nil {
		return err
	}
	return s.renderPrivate(w, r, http.StatusOK, "demo_lines", &view.DemoLines{Base: s.base(r), Current: digits(me.Phone), Lines: d.chat(me)})
}

// between parts the id of a line from that of a button under it.
const between = "|"

func (d *Demo) chat(me DemoPersona) []view.ChatLine {
	lines := d.Meta.Chat(me.Phone)
	out := make([]view.ChatLine, 0, len(lines))
	for i, l := range lines {
		v := view.ChatLine{ID: l.ID, Mine: !l.FromCity, At: l.At, Text: l.Text, Forwarded: l.Forwarded}
		if v.Mine {
			v.Ticks = l.Status
			if v.Ticks == "" {
				v.Ticks = "sent"
			}
		}
		if l.Kind == "image" && l.MediaID != "" {
			v.Photo = "/demo/foto/" + l.MediaID
		}
		if l.Kind == "location" {
			v.Place, v.Text = l.Text, ""
			if v.Place == "" {
				v.Place = strconv.FormatFloat(l.Lat, 'f', 5, 64) + ", " + strconv.FormatFloat(l.Lon, 'f', 5, 64)
			}
		}
		// Buttons of an answered line are of no use any more.
		if !slices.ContainsFunc(lines[i:], func(x sim.Line) bool { return x.ReplyTo == l.ID && !x.FromCity }) {
			for _, b := range l.Buttons {
				v.Buttons = append(v.Buttons, view.ChatButton{ID: l.ID + between + b.ID, Label: b.Title})
			}
		}
		out = append(out, v)
	}
	return out
}

// demoSay sends what the visitor typed, chose or tapped, as his telephone would.
func (s *Server) demoSay(w http.ResponseWriter, r *http.Request) error {
	d, err := s.demo(r)
	if err != nil {
		return err
	}
	if err := s.mayWrite(r); err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxChatPhoto+maxForm)
	if err := r.ParseMultipartForm(maxChatPhoto + maxForm); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return tooLarge(err)
	}
	me, err := d.persona(r.PostFormValue("warga"))
	if err != nil {
		return err
	}
	if err := d.say(me, r); err != nil {
		return err
	}
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		w.WriteHeader(http.StatusNoContent) // the page's script fetches the lines itself
		return nil
	}
	return s.redirect(w, r, "/demo?warga="+digits(me.Phone)+"#teks")
}

func (d *Demo) say(me DemoPersona, r *http.Request) error {
	meta, words := d.Meta, cut(strings.TrimSpace(r.PostFormValue("teks")), 4000)
	if line, button, ok := strings.Cut(r.PostFormValue("tombol"), between); ok {
		_, err := meta.TapButton(me.Phone, line, button)
		return err
	}
	passedOn := r.PostFormValue("terusan") != ""
	file, _, err := r.FormFile("foto")
	if err == nil {
		defer file.Close()
		data, err := io.ReadAll(file)
		if err != nil {
			return err
		}
		if len(data) > 0 {
			mime := http.DetectContentType(data)
			if passedOn {
				_, err = meta.ForwardImage(me.Phone, mime, data, words)
			} else {
				_, err = meta.SendMedia(me.Phone, "image", mime, data, words, "")
			}
			if err != nil {
				return err
			}
			words = ""
		}
	}
	if i, err := strconv.Atoi(r.PostFormValue("lokasi")); err == nil && i >= 0 && i < len(d.Places) {
		place := d.Places[i]
		if _, err := meta.SendLocation(me.Phone, place.Lat, place.Lon, place.Name); err != nil {
			return err
		}
	}
	if words == "" {
		return nil
	}
	send := meta.Say
	if passedOn {
		send = meta.Forward
	}
	_, err = send(me.Phone, words)
	return err
}

// demoPhoto shows a picture of the conversation.
func (s *Server) demoPhoto(w http.ResponseWriter, r *http.Request) error {
	d, err := s.demo(r)
	if err != nil {
		return err
	}
	data, _, ok := d.Meta.Media(r.PathValue("id"))
	if !ok {
		return tanggap.Errorf(tanggap.NotFound, "foto ini tidak ada lagi")
	}
	// The bytes are a visitor's own: only what begins like a picture is shown as one.
	kind := http.DetectContentType(data)
	if !strings.HasPrefix(kind, "image/") {
		kind = "application/octet-stream"
	}
	serveFile(w, r, kind, data)
	return nil
}
