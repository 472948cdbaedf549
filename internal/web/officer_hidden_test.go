package web

import (
	"archive/zip"
	"bytes"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/apptest/race"
	"tanggap/internal/casework"
	"tanggap/internal/notify"
	"tanggap/internal/report"
	"tanggap/internal/similar"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

// hiding is an office with a secret case, and with one whose reporter wants to stay
// unknown, in the midst of cases like them.
type hiding struct {
	*office
	secret, unknown *store.Case
}

// Words that stand in those cases only.
const (
	secretWords  = "sampah menumpuk di pasar wameo belakang kios Kenanga7719"
	secretName   = "Penanda Tertutup"
	secretPhone  = "+628119999001"
	unknownName  = "Orang Tanpanama"
	unknownPhone = "+628119999002"
)

func newHiding(t *testing.T, st *store.Store) *hiding {
	t.Helper()
	h := &hiding{office: newOffice(t, st)}
	h.Intake.Similar = similar.NewBook()
	h.Reports.Source = &report.Figures{Store: st}
	h.secret = h.from(secretName, secretPhone, secretWords, false)
	h.attach(h.secret)
	h.secret = h.change(h.secret, func(c *store.Case) { c.Secret, c.Summary, c.Place = true, "", "kios Kenanga7719" })
	h.unknown = h.from(unknownName, unknownPhone, "sampah menumpuk di pasar wameo dekat masjid", true)
	h.open("SMP-TUMPUK", "sampah menumpuk di pasar wameo sebelah barat")
	h.open("", "sesuatu di pasar wameo")

	// What is said about cases: answers, notes, evidence of a past month, figures, forecasts.
	head, koord := h.id("kepala"), h.id("koord")
	for _, c := range []*store.Case{h.secret, h.unknown, h.dlh} {
		h.must(h.Store.InTx(h.ctx, func(tx *store.Store) error {
			now, err := tx.Case(h.ctx, c.Region, c.ID)
			if err != nil {
				return err
			}
			words := "Sudah dilihat."
			if c == h.secret {
				words = "Sudah dilihat di Kenanga7719."
			}
			if err := h.Desk.Note(h.ctx, tx, now, head, words, koord); err != nil {
				return err
			}
			return h.Desk.Reply(h.ctx, tx, apptest.Pack(t), now, head, words, tanggap.InProgress)
		}))
	}
	h.clock.Advance(31 * 24 * time.Hour)
	h.count()
	h.must(h.Outlook.Update(h.ctx, apptest.Pack(t)))
	h.surge("service:SMP-TUMPUK")
	h.surge("unit:DLH")
	h.as("koord").post("/laporan", "bulan", "2026-03").is(200)
	h.makeReports("2026-03")
	return h
}

// from opens a case in the unit DLH for a citizen of its own.
func (h *hiding) from(name, phone, words string, unknown bool) (c *store.Case) {
	h.t.Helper()
	h.must(h.Store.InTx(h.ctx, func(tx *store.Store) error {
		citizen := &store.Citizen{Region: apptest.Region, Name: name, Lang: "id"}
		if err := tx.AddCitizen(h.ctx, citizen); err != nil {
			return err
		}
		who := &store.Identity{Region: apptest.Region, CitizenID: citizen.ID, Channel: "whatsapp", Account: "PN", External: phone[1:], Phone: phone,
			VerifiedAt: h.clock.Now(), LastInboundAt: h.clock.Now()}
		if err := tx.AddIdentity(h.ctx, who); err != nil {
			return err
		}
		var err error
		c, err = h.Desk.Open(h.ctx, tx, apptest.Pack(h.t), casework.New{CitizenID: citizen.ID, IdentityID: who.ID, Channel: "whatsapp", OpenedAt: h.clock.Now(), Anonymous: unknown,
			Decisions: []*store.Decision{{Kind: casework.KindService, Value: "SMP-TUMPUK", Confidence: 0.93, State: store.DecisionAuto}},
			Message:   &store.Message{Channel: "whatsapp", Kind: "text", Body: words, Masked: text.Mask(words), IdentityID: who.ID}})
		return err
	}))
	return c
}

// The marks by which the cases are told in whatever a server sends.
func (h *hiding) marks() (secret, person, unknown []string) {
	return []string{h.secret.ID, h.secret.Number, "Kenanga7719", "kenanga7719"},
		[]string{secretName, secretPhone, secretPhone[1:], "0" + secretPhone[3:], unknownName, unknownPhone, unknownPhone[1:], "0" + unknownPhone[3:]},
		[]string{maskName(unknownName), text.MaskPhone(unknownPhone), h.unknown.CitizenID}
}

// TestNothingHiddenIsTold walks the server as every role: every address that can be read,
// with every case, every list narrowed to what is hidden, and from there every link. What
// comes back, also inside spreadsheets, holds nothing of a secret case for anybody who may
// not read it, nobody's name or number unmasked, and of an unknown reporter not even that.
//
// It opens some thousand pages, to which the race detector is blind and slow: tools/test.sh
// walks without it.
func TestNothingHiddenIsTold(t *testing.T) {
	race.Skip(t)
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		h := newHiding(t, st)
		p := apptest.Pack(t)
		seen := 0
		for _, role := range access.Roles {
			g := access.Grant{Role: role, Region: apptest.Region}
			units := []string{""}
			if role.Bound() {
				units = []string{"DLH", "PUPR"}
			}
			for _, g.Unit = range units {
				name := strings.ToLower(fmt.Sprintf("%s-%s", role, g.Unit))
				staff[name] = g
				reads := access.Can(access.Actor{ID: "x", Grants: []access.Grant{g}}, access.CaseRead, access.Of(p, h.secret))
				h.clock.Advance(5 * time.Minute) // so many log-ins in a row are held back
				seen += h.walk(h.as(name), name, reads)
			}
		}
		h.walk(h.visitor(), "", false)
		if seen == 0 {
			t.Error("not even those who may saw the secret case: the walk is blind")
		}
	})
}

var (
	linkMark = regexp.MustCompile(`(?:href|src|hx-get|data-[a-z]+)="(/[^"#]*)`)
	wildcard = regexp.MustCompile(`\{[a-z$.]+\}`)
)

// mostLinks bounds how many addresses of one shape are opened: of the hundred ways to sort
// a list, a few will do.
const mostLinks = 4

// walk returns how many pages told of the secret case.
func (h *hiding) walk(v *visitor, name string, reads bool) (told int) {
	h.t.Helper()
	queue := h.starts(name)
	shapes := map[string]int{}
	done := map[string]bool{}
	secret, person, unknown := h.marks()
	opened := 0
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		u, err := url.Parse(path)
		if err != nil || done[path] || strings.HasSuffix(u.Path, "/alir") || strings.HasPrefix(u.Path, "/statis/") {
			continue // the stream never ends: TestStreamTellsOnlyWhatMayBeSeen listens to it
		}
		done[path] = true
		opened++
		status, raw := v.fetch(path)
		if status >= http.StatusInternalServerError {
			h.t.Errorf("%s: %s answers %d", name, path, status)
		}
		body := unpacked(h.t, raw)
		has := func(marks []string) string {
			for _, m := range marks {
				// What is asked for may be said back, and whoever holds the code of a case may
				// hear its number: neither tells more than he knew.
				if m == h.secret.Number && strings.Contains(path, h.secret.Code) {
					continue
				}
				if strings.Contains(body, m) && !strings.Contains(path, url.QueryEscape(m)) {
					return m
				}
			}
			return ""
		}
		m := has(secret)
		switch {
		case m != "" && !reads:
			h.t.Errorf("%s reads %q of a secret case at %s", name, m, path)
		case m != "":
			told++
		}
		if m := has(append(person, unknown...)); m != "" {
			h.t.Errorf("%s reads %q of a person at %s", name, m, path)
		}
		for _, found := range linkMark.FindAllStringSubmatch(html.UnescapeString(raw), -1) {
			link, err := url.Parse(found[1])
			if err != nil {
				continue
			}
			keys := []string{link.Path}
			for k := range link.Query() {
				keys = append(keys, k)
			}
			slices.Sort(keys[1:])
			shape := strings.Join(keys, " ")
			if shapes[shape]++; shapes[shape] <= mostLinks {
				queue = append(queue, found[1])
			}
		}
	}
	if opened < 30 {
		h.t.Errorf("%q opened only %d pages", name, opened)
	}
	return told
}

// starts are the addresses with which a walk begins.
func (h *hiding) starts(name string) (out []string) {
	files := map[string]string{}
	for _, c := range []*store.Case{h.secret, h.unknown, h.dlh, h.other} {
		said, err := h.Store.Attachments(h.ctx, c.Region, c.ID)
		h.must(err)
		files[c.ID] = "x"
		if len(said) > 0 {
			files[c.ID] = said[0].ID
		}
	}
	for _, x := range h.routes() {
		method, path, ok := strings.Cut(x.pattern, " ")
		if !ok || method != http.MethodGet {
			continue
		}
		for _, c := range []*store.Case{h.secret, h.unknown, h.dlh, h.other} {
			fill := strings.NewReplacer("{id}", c.ID, "{file}", files[c.ID], "{code}", c.Code, "{number}", c.Number, "{report}", "2026-03", "{format}", "xlsx", "{$}", "")
			filled := wildcard.ReplaceAllString(fill.Replace(path), "x")
			if !slices.Contains(out, filled) {
				out = append(out, filled)
			}
		}
	}
	if name == "" {
		return out
	}
	for _, q := range []string{"Kenanga7719", "kenanga7719", secretName, unknownName, secretPhone, unknownPhone, h.secret.Number, h.secret.ID} {
		out = append(out, "/kotak-masuk?tampil=semua&cari="+url.QueryEscape(q), "/kasus/"+h.dlh.ID+"?cari="+url.QueryEscape(q), "/data-warga?cari="+url.QueryEscape(q), "/kotak-masuk/baru?tampil=semua&cari="+url.QueryEscape(q))
	}
	for _, q := range []string{"tampil=semua", "tampil=tertutup", "tampil=semua&urut=baru", "hitung=opened&dari=2026-01-01&sampai=2026-12-31", "hitung=late&dari=2026-01-01&sampai=2026-12-31", "unit=DLH&tampil=semua", "layanan=SMP-TUMPUK&tampil=semua"} {
		out = append(out, "/kotak-masuk?"+q)
	}
	return out
}

// fetch returns an answer as it came.
func (v *visitor) fetch(path string) (status int, body string) {
	v.t.Helper()
	res, err := v.client.Get(v.http.URL + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// unpacked is what a body says, also if it is a spreadsheet.
func unpacked(t *testing.T, body string) string {
	t.Helper()
	if !strings.HasPrefix(body, "PK\x03\x04") {
		return html.UnescapeString(body)
	}
	z, err := zip.NewReader(bytes.NewReader([]byte(body)), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
	}
	return all.String()
}

// What officers are told outside their pages names neither.
func TestNothingHiddenIsSent(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		h := newHiding(t, st)
		_, person, unknown := h.marks()
		told := 0
		for _, c := range []*store.Case{h.secret, h.unknown, h.dlh} {
			h.must(h.Store.InTx(h.ctx, func(tx *store.Store) error {
				return h.Desk.Outbox.Escalate(h.ctx, tx, apptest.Pack(t), h.now(c), "lewat", true)
			}))
			list, err := h.Store.Notifications(h.ctx, c.Region, c.ID)
			h.must(err)
			for _, n := range list {
				if n.Channel != notify.ChannelOfficer {
					continue
				}
				told++
				for _, m := range append(append(person, unknown...), "Kenanga7719", "kenanga7719") {
					if strings.Contains(n.Body, m) {
						t.Errorf("an officer is told %q: %s", m, n.Body)
					}
				}
			}
		}
		if told == 0 {
			t.Error("officers are told nothing")
		}
	})
}
