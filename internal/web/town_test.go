package web

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/channel"
	form "tanggap/internal/channel/web"
	"tanggap/internal/intake"
	"tanggap/internal/job"
	"tanggap/internal/live"
	"tanggap/internal/media"
	"tanggap/internal/notify"
	"tanggap/internal/outlook"
	"tanggap/internal/region"
	"tanggap/internal/report"
	"tanggap/internal/stat"
	"tanggap/internal/store"
	"tanggap/internal/triage"
	"tanggap/internal/web/view"
)

// town is a server on an empty store, reached over real HTTP.
type town struct {
	*Server
	t     *testing.T
	clock *apptest.Clock
	http  *httptest.Server
}

func newTown(t *testing.T) *town {
	t.Helper()
	return newTownOn(t, apptest.SQLite(t))
}

func newTownOn(t *testing.T, st *store.Store) *town {
	t.Helper()
	p := apptest.Pack(t)
	packs := region.NewRegistry(p)
	base := func(*region.Pack) string { return "http://lapor.contoh.go.id" }
	outbox := notify.New(packs, base)
	queue, err := job.New(st, job.NewHandlers(), job.Config{}, apptest.Log())
	if err != nil {
		t.Fatal(err)
	}
	files, err := media.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = files.Close() })
	pages, err := allPages()
	if err != nil {
		t.Fatal(err)
	}
	rules.Do(func() { rules.Engine = triage.New(p, nil) })
	desk := &casework.Desk{Packs: packs, Outbox: outbox}
	in := &intake.Intake{Store: st, Queue: queue, Packs: packs, Desk: desk, Outbox: outbox, Media: files, Log: apptest.Log(),
		Engine:   func(*region.Pack) *triage.Engine { return rules.Engine },
		Readers:  map[channel.Way]channel.Reader{{Region: apptest.Region, Channel: channel.Web}: form.Reader{}},
		Sanitise: func(_ context.Context, data []byte) (media.Clean, error) { return media.Sanitise(data) },
		Status:   func(context.Context, *store.Store, string, channel.Status) error { return nil },
		Sign:     func(context.Context, *store.Store, string, string, channel.AccountSign) error { return nil }}
	t.Cleanup(in.Stop)
	officers, err := access.New(st, st.Clock())
	if err != nil {
		t.Fatal(err)
	}
	reports := &report.Office{Store: st, Packs: packs, Source: figures{}, Outbox: outbox, Queue: queue, BaseURL: base, Log: apptest.Log()}
	s := &Server{Reports: reports, Outlook: &outlook.Keeper{Store: st, Figures: &stat.Reader{Store: st}}, Access: officers, Hub: live.NewHub(), Store: st, Packs: packs, Desk: desk, Intake: in, Media: files, View: pages, Clock: st.Clock(), Log: apptest.Log(), BaseURL: base}
	h := httptest.NewServer(s.Handler())
	t.Cleanup(h.Close)
	return &town{s, t, st.Clock().(*apptest.Clock), h}
}

// Pages and rules are made once for all tests: they keep nothing of a visit.
var (
	allPages = sync.OnceValues(func() (*view.Renderer, error) { return view.New(false) })
	rules    struct {
		sync.Once
		*triage.Engine // without a model: these tests are not about it
	}
)

// visitor is a browser: it keeps cookies and follows 303.
type visitor struct {
	*town
	client *http.Client
}

func (w *town) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &visitor{w, &http.Client{Jar: jar}}
}

// page is an answer after all redirects.
type page struct {
	t      *testing.T
	status int
	path   string
	body   string
	header http.Header
}

func (v *visitor) do(r *http.Request, err error) *page {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return &page{v.t, res.StatusCode, res.Request.URL.Path, html.UnescapeString(string(body)), res.Header}
}

func (v *visitor) get(path string) *page {
	v.t.Helper()
	return v.do(http.NewRequest(http.MethodGet, v.http.URL+path, nil))
}

func (v *visitor) post(path string, fields ...string) *page {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return v.postForm(path, form)
}

func (v *visitor) postForm(path string, form url.Values) *page {
	v.t.Helper()
	r, err := http.NewRequest(http.MethodPost, v.http.URL+path, strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return v.do(r, err)
}

// send posts a form with photos, as multipart.
func (v *visitor) send(path string, photos [][]byte, fields ...string) *page {
	v.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if err := m.WriteField(fields[i], fields[i+1]); err != nil {
			v.t.Fatal(err)
		}
	}
	for i, photo := range photos {
		f, err := m.CreateFormFile("foto", fmt.Sprintf("foto%d.jpg", i))
		if err == nil {
			_, err = f.Write(photo)
		}
		if err != nil {
			v.t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		v.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, v.http.URL+path, &body)
	if err == nil {
		r.Header.Set("Content-Type", m.FormDataContentType())
	}
	return v.do(r, err)
}

func (p *page) at(status int, path string) *page {
	p.t.Helper()
	if p.status != status || !regexp.MustCompile("^"+path+"$").MatchString(p.path) {
		p.t.Fatalf("at %d %s, want %d %s\n%s", p.status, p.path, status, path, p.body)
	}
	return p
}

func (p *page) says(words ...string) *page {
	p.t.Helper()
	for _, w := range words {
		if !strings.Contains(p.body, w) {
			p.t.Errorf("%s does not say %q:\n%s", p.path, w, p.body)
		}
	}
	return p
}

func (p *page) hides(words ...string) *page {
	p.t.Helper()
	for _, w := range words {
		if strings.Contains(p.body, w) {
			p.t.Errorf("%s says %q", p.path, w)
		}
	}
	return p
}

func (p *page) find(pattern string) string {
	p.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(p.body)
	if m == nil {
		p.t.Fatalf("%s has no %s:\n%s", p.path, pattern, p.body)
	}
	return m[1]
}

func photo(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for x := range 640 {
		img.Set(x, x*3/4, color.RGBA{200, 30, 30, 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const said = "Lampu jalan padam sejak Senin, gelap sekali kalau malam"

// fill fills in the form up to the page that checks the answers.
func (v *visitor) fill(contact ...string) *page {
	v.t.Helper()
	area := v.anyArea().Code
	v.send("/lapor", nil, "teks", said).at(200, "/lapor/lokasi")
	v.post("/lapor/lokasi", "kelurahan", area, "patokan", "samping masjid", "bahaya", "tidak").at(200, "/lapor/kontak")
	v.clock.Advance(20 * time.Second)
	return v.post("/lapor/kontak", contact...).at(200, "/lapor/periksa")
}

func (w *town) anyArea() region.Area {
	for _, a := range apptest.Pack(w.t).Areas {
		if a.Parent != "" {
			return a
		}
	}
	w.t.Fatal("the pack has no kelurahan")
	return region.Area{}
}

// report sends a whole report and returns its last page and its case.
func (v *visitor) report(contact ...string) (*page, *store.Case) {
	v.t.Helper()
	check := v.fill(contact...)
	sent := v.post("/lapor/periksa", "kunci", check.find(`name="kunci" value="([^"]+)"`)).at(200, "/lapor/terkirim/.+")
	return sent, v.caseOf(sent.find(`class="huge">(BAU-[0-9-]+)<`))
}

func (w *town) caseOf(number string) *store.Case {
	w.t.Helper()
	c, err := w.Store.CaseByNumber(w.t.Context(), apptest.Region, number)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// act changes a case as an officer does.
func (w *town) act(c *store.Case, fn func(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error) {
	w.t.Helper()
	err := w.Store.InTx(w.t.Context(), func(tx *store.Store) error {
		fresh, err := tx.Case(w.t.Context(), c.Region, c.ID)
		if err != nil {
			return err
		}
		return fn(w.t.Context(), tx, apptest.Pack(w.t), fresh)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
