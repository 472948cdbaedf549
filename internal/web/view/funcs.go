package view

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"regexp"
	"strings"
	"time"

	"tanggap/internal/tanggap"
)

// funcs are what templates may call, bound to one language and zone.
func (r *Renderer) funcs(f Format) template.FuncMap {
	words := func(key string, pairs ...any) (string, error) { return r.catalog.text(f.Lang, key, pairs...) }
	tag := func(t Tag, key string) (Tag, error) {
		var err error
		t.Label, err = words(key)
		return t, err
	}
	return template.FuncMap{
		"geo":     func(lat, lon *float64) template.URL { return template.URL("geo:" + point(lat, lon, ",")) },
		"spot":    func(lat, lon *float64) string { return point(lat, lon, ", ") },
		"phone":   phone,
		"T":       words,
		"u":       func(path string) string { return localPath(f.Lang, path) },
		"other":   func(path string) string { return localPath(otherLang(f.Lang), path) },
		"head":    func(page Page, title string) Head { return Head{page.base(), title} },
		"count":   func(v float64) string { return f.Number(math.Round(v), 0) },
		"tenth":   func(v float64) string { return f.Number(v, 1) },
		"change":  func(factor float64) float64 { return math.Abs(factor - 1) },
		"decimal": func(v float64) string { return f.Number(v, 2) },
		"options": options,
		"upto":    f.UpTo,
		"num":     func(n int) string { return f.Number(float64(n), 0) },
		"percent": f.Percent, "moment": f.Moment, "day": f.Day, "month": f.Month, "medium": f.Medium, "date": f.Date, "shortday": f.ShortDay,
		"clock": f.Clock, "hour": f.Hour, "days": f.Days, "iso": f.ISO, "duration": f.Duration, "ago": f.Ago,
		"key":   func(i int) int { return i + 1 },
		"group": GroupCode,
		"wall":  func(panel int) int { return 1 + panel*3/8 }, // which of the three views on a wall
		"dict":  dict,
		"icon":  icon,
		"qr":    qrSVG,
		"chat":  chatText,
		"css":   func(name string) template.CSS { return template.CSS(r.assets.inline(name)) },
		"js":    func(name string) template.JS { return template.JS(r.assets.inline(name)) },
		"asset": r.assets.address,
		"state": func(s tanggap.State) (Tag, error) { return tag(states[s], "status."+string(s)) },
		"urgency": func(u tanggap.Urgency) (Tag, error) {
			look, ok := urgencies[u]
			if !ok {
				look = urgencies[tanggap.Normal]
			}
			return tag(look.tag, look.key)
		},
		"channel": func(name string) (string, error) { return words("channel." + name) },
		"sure": func(p float64) (string, error) {
			return words(confidenceKey(p), "p", f.Percent(math.Round(p*100)/100))
		},
		"tone":    func(p float64) string { return strings.TrimPrefix(confidenceKey(p), "confidence.") },
		"hundred": func(p float64) int { return int(math.Round(math.Max(0, math.Min(1, p)) * 100)) },
		"due":     func(now, opened, due time.Time) (Tag, error) { return r.due(f, now, opened, due) },
		"row":     func(c CaseRow, now time.Time, wide bool) (template.HTML, error) { return r.row(f, c, now, wide) },
		"late":    func(now, due time.Time) bool { return now.After(due) },
		"since":   func(a, b time.Time) time.Duration { return a.Sub(b) },
		"bytes":   func(n int64) string { return f.Number(math.Max(1, math.Round(float64(n)/1024)), 0) + " KB" },
	}
}

// point prints a position to about one metre, as maps read it in every language.
func point(lat, lon *float64, between string) string {
	if lat == nil || lon == nil {
		return ""
	}
	return fmt.Sprintf("%.5f%s%.5f", *lat, between, *lon)
}

// phone prints the digits of an Indonesian number for reading: +62 811-0000-0001.
func phone(digits string) string {
	if len(digits) < 10 {
		return "+" + digits
	}
	return "+" + digits[:2] + " " + digits[2:5] + "-" + digits[5:9] + strings.TrimSuffix("-"+digits[9:], "-")
}

// Head is what a layout needs: the page's base and its title.
type Head struct {
	*Base
	Title string
}

// localPath puts a page's address under the language's prefix.
func localPath(lang, path string) string {
	if lang == Languages[0] {
		return path
	}
	if path == "/" {
		return "/" + lang
	}
	return "/" + lang + path
}

func otherLang(lang string) string {
	if lang == "id" {
		return "en"
	}
	return "id"
}

// dict makes a map of pairs, for templates that need more than one value.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("view: dict needs pairs")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("view: dict name %v is no string", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

var (
	chatLink = regexp.MustCompile(`https?://[^\s<>"']+[^\s<>"'.,;:!?)]`)
	chatBold = regexp.MustCompile(`\*([^*\n]{1,80})\*`)
)

// chatText shows a message as a chat program does: *bold*, links and line breaks.
// The text is escaped first, so nothing a citizen types becomes markup.
func chatText(text string) template.HTML {
	var b strings.Builder
	rest := text
	for {
		at := chatLink.FindStringIndex(rest)
		if at == nil {
			b.WriteString(chatBold.ReplaceAllString(html.EscapeString(rest), "<strong>$1</strong>"))
			break
		}
		b.WriteString(chatBold.ReplaceAllString(html.EscapeString(rest[:at[0]]), "<strong>$1</strong>"))
		link := html.EscapeString(rest[at[0]:at[1]])
		b.WriteString(`<a href="` + link + `">` + link + `</a>`)
		rest = rest[at[1]:]
	}
	return template.HTML(strings.ReplaceAll(b.String(), "\n", "<br>"))
}

// options writes the choices of a select. An inbox has some two hundred of them, which
// made half the time of its template.
func options(list []Option) template.HTML {
	var b strings.Builder
	for _, o := range list {
		b.WriteString(`<option value="` + html.EscapeString(o.Value) + `"`)
		if o.Selected {
			b.WriteString(" selected")
		}
		b.WriteString(">" + html.EscapeString(o.Label) + "</option>")
	}
	return template.HTML(b.String())
}
