package report

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
	plotfont "gonum.org/v1/plot/font"
)

// fonts are made by ui/gen from the typeface of the pages.
//
//go:embed all:font
var fonts embed.FS

const family = "Jakarta"

// typeface is the two cuts of a report.
type typeface struct {
	regular, bold []byte
	parsed        *sfnt.Font
	cache         *plotfont.Cache
	mu            sync.Mutex
	has           map[rune]bool
	buf           sfnt.Buffer
}

var loadTypeface = sync.OnceValues(func() (*typeface, error) {
	t := &typeface{has: map[rune]bool{}}
	var collection plotfont.Collection
	for _, cut := range []struct {
		file   string
		bytes  *[]byte
		weight font.Weight
	}{{"regular.ttf", &t.regular, font.WeightNormal}, {"bold.ttf", &t.bold, font.WeightBold}} {
		b, err := fonts.ReadFile("font/" + cut.file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("report: this program was built without fonts: run make assets and build again")
		}
		if err != nil {
			return nil, err
		}
		parsed, err := opentype.Parse(b)
		if err != nil {
			return nil, fmt.Errorf("report: %s: %w", cut.file, err)
		}
		*cut.bytes = b
		if t.parsed == nil {
			t.parsed = parsed
		}
		collection = append(collection, plotfont.Face{Font: plotfont.Font{Typeface: family, Variant: "Sans", Weight: cut.weight}, Face: parsed})
	}
	t.cache = plotfont.NewCache(collection)
	return t, nil
})

// clean keeps what the typeface can print: a letter with a mark that it lacks loses the
// mark, anything else unknown becomes a question mark, what is not seen goes.
func (t *typeface) clean(s string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			b.WriteByte(' ')
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r):
		case t.knows(r):
			b.WriteRune(r)
		default:
			kept := 0
			for _, p := range norm.NFKD.String(string(r)) {
				if !unicode.Is(unicode.Mn, p) && t.knows(p) {
					b.WriteRune(p)
					kept++
				}
			}
			if kept == 0 {
				b.WriteByte('?')
			}
		}
	}
	return b.String()
}

func (t *typeface) knows(r rune) bool {
	if r > 0xffff {
		return false
	}
	known, ok := t.has[r]
	if !ok {
		g, err := t.parsed.GlyphIndex(&t.buf, r)
		known = err == nil && g != 0
		t.has[r] = known
	}
	return known
}
