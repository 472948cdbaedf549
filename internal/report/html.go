package report

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"math"
	"regexp"
)

//go:embed article.html
var articles string

// funcs are what the templates call. Charts are pictures inside the page, so that one
// file is the whole report; everything said in them stands in the table beside.
func funcs() template.FuncMap {
	seen := map[string]int{}
	return template.FuncMap{
		"picture": func(c *Chart) (template.URL, error) { //nolint:forbidigo // a picture that this package drew
			b, err := c.svg()
			return template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(b)), err //nolint:forbidigo // a picture that this package drew
		},
		"high": func(c *Chart) int { return int(math.Round(640 * c.Ratio)) },
		// unique names regions apart for those who hear the page.
		"unique": func(title string) string {
			if seen[title]++; seen[title] > 1 {
				return fmt.Sprintf("%s (%d)", title, seen[title])
			}
			return title
		},
		"colour": func(d *Document) template.CSS { //nolint:forbidigo // six hexadecimal digits
			return template.CSS(cmp.Or(hexColour.FindString(d.Colour), "#0B5C5B")) //nolint:forbidigo // six hexadecimal digits
		},
	}
}

var hexColour = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

// Article is the content of the report for a page that has a head of its own; HTML is a
// whole file that needs no other.
func (d *Document) Article() ([]byte, error) { return d.html("article") }

// HTML is the accessible version as one file.
func (d *Document) HTML() ([]byte, error) { return d.html("page") }

func (d *Document) html(name string) ([]byte, error) {
	t, err := template.New("").Funcs(funcs()).Parse(articles)
	if err != nil {
		return nil, fmt.Errorf("report: html: %w", err)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, d); err != nil {
		return nil, fmt.Errorf("report: html: %w", err)
	}
	return b.Bytes(), nil
}
