package fault

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// browser is somebody's browser without JavaScript: it keeps cookies and follows
// redirects.
type browser struct {
	t       *testing.T
	base    string
	client  *http.Client
	address string // of the visitor, as a proxy tells it; "" = this computer's
}

func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, base: base, client: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
}

// page is an answer after all redirects, its HTML unescaped.
type page struct {
	t      *testing.T
	status int
	path   string
	kind   string
	body   string
}

func (b *browser) do(method, path, kind string, body io.Reader) *page {
	b.t.Helper()
	p, err := b.try(method, path, kind, body)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// try is do where the server may be gone.
func (b *browser) try(method, path, kind string, body io.Reader) (*page, error) {
	if !strings.HasPrefix(path, "http") {
		path = b.base + path
	}
	r, err := http.NewRequest(method, path, body)
	if err != nil {
		return nil, err
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if b.address != "" {
		r.Header.Set("X-Forwarded-For", b.address)
	}
	res, err := b.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	p := &page{b.t, res.StatusCode, res.Request.URL.Path, res.Header.Get("Content-Type"), string(raw)}
	if strings.HasPrefix(p.kind, "text/html") {
		p.body = html.UnescapeString(p.body)
	}
	return p, nil
}

func (b *browser) get(path string) *page {
	b.t.Helper()
	return b.do(http.MethodGet, path, "", nil)
}

// send posts a form; photos go with it as the field "foto".
func (b *browser) send(path string, photos [][]byte, fields ...string) *page {
	b.t.Helper()
	kind, body, err := multi(photos, fields...)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(http.MethodPost, path, kind, body)
}

// multi is the body of a form with photos.
func multi(photos [][]byte, fields ...string) (kind string, body io.Reader, err error) {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i < len(fields); i += 2 {
		if err := m.WriteField(fields[i], fields[i+1]); err != nil {
			return "", nil, err
		}
	}
	for i, photo := range photos {
		f, err := m.CreateFormFile("foto", fmt.Sprintf("foto%d.jpg", i))
		if err == nil {
			_, err = f.Write(photo)
		}
		if err != nil {
			return "", nil, err
		}
	}
	return m.FormDataContentType(), &b, m.Close()
}

const plainForm = "application/x-www-form-urlencoded"

// post sends a form without photos, as most browsers do.
func (b *browser) post(path string, fields ...string) *page {
	b.t.Helper()
	return b.do(http.MethodPost, path, plainForm, plain(fields...))
}

// plain is the body of a form without photos.
func plain(fields ...string) io.Reader {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return strings.NewReader(form.Encode())
}

// logIn is an officer opening the inbox.
func (b *browser) logIn(email string) *page {
	b.t.Helper()
	return b.post("/masuk", "nama", email, "sandi", password).at(200, "/kotak-masuk")
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

// find returns the first group of a pattern.
func (p *page) find(pattern string) string {
	p.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(p.body)
	if m == nil {
		p.t.Fatalf("%s has no %s:\n%s", p.path, pattern, p.body)
	}
	return m[1]
}
