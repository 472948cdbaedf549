// Package view turns view models into pages. It knows templates, words, formats and
// built assets; it knows no database and no request, so a handler fills a plain
// struct and calls Render.
//
// A template has the name of its page ("home", "inbox"). Three templates are fragments
// that htmx or a script swaps in: "inbox_new", "case_changed" and "demo_lines".
package view

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"
)

//go:embed all:dist templates locale
var embedded embed.FS

// Page is a view model: a pointer to any struct that embeds Base.
type Page interface{ base() *Base }

// Renderer renders pages. It is safe for use by many requests at once.
type Renderer struct {
	dev     bool
	files   fs.FS
	catalog *catalog
	assets  *assets

	mu   sync.Mutex
	sets map[setKey]*template.Template
}

// setKey: a template set is parsed once per language and time zone, because its
// functions print words and times.
type setKey struct{ lang, zone string }

// Languages that every page exists in, the first being the default.
var Languages = []string{"id", "en"}

// New returns a Renderer over the embedded files. With dev it reads templates, words
// and assets from the source folder again for every page, so that an edit shows on
// reload; dev works only from the root of the source tree.
func New(dev bool) (*Renderer, error) {
	r := &Renderer{dev: dev, files: embedded, sets: map[setKey]*template.Template{}}
	if dev {
		r.files = os.DirFS("internal/web/view")
	}
	if err := r.load(); err != nil {
		return nil, err
	}
	for _, lang := range Languages {
		if _, err := r.set(lang, time.UTC); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *Renderer) load() error {
	words, err := loadCatalog(r.files)
	if err != nil {
		return err
	}
	built, err := loadAssets(r.files)
	if err != nil {
		return err
	}
	r.catalog, r.assets = words, built
	return nil
}

// Render writes the page to w after all of it has rendered, so that a failing
// template never leaves half a page. lang is "id" or "en" (any other means "id");
// nonce is the value given to CSP for the same response.
func (r *Renderer) Render(w io.Writer, name, lang, nonce string, page Page) error {
	b := page.base()
	b.Lang, b.Nonce = known(lang), nonce
	zone := b.Site.Zone
	if zone == nil {
		zone = time.UTC
	}
	set, err := r.set(b.Lang, zone)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := set.ExecuteTemplate(&buf, name, page); err != nil {
		return fmt.Errorf("view: page %s: %w", name, err)
	}
	_, err = buf.WriteTo(w)
	return err
}

// T returns the words of key in lang with {name} replaced from the pairs that
// follow, for the messages that a handler puts into a page.
func (r *Renderer) T(lang, key string, pairs ...any) string {
	text, err := r.catalog.text(known(lang), key, pairs...)
	if err != nil {
		return key
	}
	return text
}

// Has reports whether there are words for a key.
func (r *Renderer) Has(lang, key string) bool {
	_, ok := r.catalog.words[known(lang)][key]
	return ok
}

// Moment prints a time as pages in lang do, for the messages that a handler puts into
// a page.
func (r *Renderer) Moment(lang string, zone *time.Location, t time.Time) string {
	return Format{Lang: known(lang), Zone: zone}.Moment(t)
}

// Clock prints the hour of a time as pages in lang do.
func (r *Renderer) Clock(lang string, zone *time.Location, t time.Time) string {
	return Format{Lang: known(lang), Zone: zone}.Clock(t)
}

// Asset returns the text of a built asset, "" when it was not built.
func (r *Renderer) Asset(name string) string { return r.assets.inline(name) }

// HasAssets reports whether the browser assets were built into this binary. Without
// them every page works as it does without JavaScript, unstyled.
func (r *Renderer) HasAssets() bool { return len(r.assets.names) > 0 }

func (r *Renderer) set(lang string, zone *time.Location) (*template.Template, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := setKey{lang, zone.String()}
	if set, ok := r.sets[key]; ok && !r.dev {
		return set, nil
	}
	if r.dev {
		if err := r.load(); err != nil {
			return nil, err
		}
	}
	f := Format{Lang: lang, Zone: zone}
	set, err := template.New("").Funcs(r.funcs(f)).ParseFS(r.files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("view: %w", err)
	}
	r.sets[key] = set
	return set, nil
}

func known(lang string) string {
	for _, l := range Languages {
		if l == lang {
			return l
		}
	}
	return Languages[0]
}
