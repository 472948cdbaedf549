package view

import (
	"html"
	"html/template"
	"strings"
	"time"

	"tanggap/internal/tanggap"
)

// row writes one case of a list. A list has fifty of them, and as a template, with a dozen
// calls by reflection each, they were most of the time of an inbox page. Wide rows have the
// number and the state of the case.
func (r *Renderer) row(f Format, c CaseRow, now time.Time, wide bool) (template.HTML, error) {
	w := rowWriter{r: r, f: f}
	w.raw(`<a class="row`)
	if c.Current {
		w.raw(` current`)
	}
	w.raw(`" href="`)
	w.text(localPath(f.Lang, "/kasus/"+c.ID))
	w.raw(`"`)
	if c.Current {
		w.raw(` aria-current="page"`)
	}
	w.raw(" data-row>\n<span class=\"title\">")
	if c.Unread {
		w.raw(`<span class="dot"><span class="away">`).word("staff.unread").raw(`</span></span>`)
	}
	if c.Unheard {
		w.icon("ear").raw(`<span class="away">`).word("staff.unheard").raw(`</span> `)
	}
	switch {
	case c.Secret:
		w.icon("lock").word("staff.secret")
	case c.Title != "":
		w.text(c.Title)
	default:
		w.word("case.unknown")
	}
	w.raw("</span>\n<span class=\"left\">")
	switch {
	case c.WakesAt != nil:
		w.raw(`<span class="tag grey">`).word("staff.asleep", "moment", f.Moment(*c.WakesAt)).raw(`</span>`)
	case c.Paused:
		w.tag(w.worded(Tag{Tone: "grey"}, "deadline.paused"))
	case c.Due != nil:
		t, err := r.due(f, now, c.Opened, *c.Due)
		w.failed(err).tag(t)
	}
	w.raw("</span>\n<span class=\"meta\">")
	if wide {
		w.text(c.Number).raw(" · ")
	}
	if c.Unit != "" {
		w.text(c.Unit)
	} else {
		w.word("staff.no_unit")
	}
	w.raw(" · ").word("channel." + c.Channel).raw(` · <time datetime="`)
	w.text(f.ISO(c.Opened)).raw(`" title="`).text(f.Moment(c.Opened)).raw(`">`).text(f.Ago(now, c.Opened))
	w.raw("</time></span>\n<span class=\"tags\">")
	if look, ok := urgencies[c.Urgency]; ok && c.Urgency > tanggap.Normal {
		w.tag(w.worded(look.tag, look.key))
	}
	if c.Vulnerable {
		w.tag(w.worded(Tag{Tone: "grey"}, "staff.vulnerable"))
	}
	if c.Event {
		w.tag(w.worded(Tag{Tone: "grey"}, "staff.event"))
	}
	if wide {
		w.tag(w.worded(states[c.State], "status."+string(c.State)))
	}
	w.raw("</span>\n</a>")
	return template.HTML(w.b.String()), w.err
}

// rowWriter writes marks as they are and everything else escaped; it keeps the first error.
type rowWriter struct {
	b   strings.Builder
	r   *Renderer
	f   Format
	err error
}

func (w *rowWriter) raw(markup string) *rowWriter {
	w.b.WriteString(markup)
	return w
}

func (w *rowWriter) text(words string) *rowWriter {
	w.b.WriteString(html.EscapeString(words))
	return w
}

func (w *rowWriter) word(key string, pairs ...any) *rowWriter {
	words, err := w.r.catalog.text(w.f.Lang, key, pairs...)
	return w.failed(err).text(words)
}

func (w *rowWriter) icon(name string) *rowWriter {
	drawing, err := icon(name)
	return w.failed(err).raw(string(drawing))
}

func (w *rowWriter) failed(err error) *rowWriter {
	if w.err == nil {
		w.err = err
	}
	return w
}

func (w *rowWriter) tag(t Tag) {
	w.raw(`<span class="tag `).text(t.Tone).raw(`">`)
	if t.Icon != "" {
		w.icon(t.Icon)
	}
	w.text(t.Label).raw(`</span>`)
}

// worded is a tag whose label is the words of a key.
func (w *rowWriter) worded(t Tag, key string) Tag {
	words, err := w.r.catalog.text(w.f.Lang, key)
	w.failed(err)
	t.Label = words
	return t
}

// due says how much time is left, or by how much it has passed.
func (r *Renderer) due(f Format, now, opened, due time.Time) (Tag, error) {
	t := Tag{Tone: deadlineTone(now, opened, due), Icon: "clock"}
	var err error
	if due.After(now) {
		t.Label = f.Brief(due.Sub(now))
	} else {
		t.Label, err = r.catalog.text(f.Lang, "deadline.late", "time", f.Brief(now.Sub(due)))
	}
	return t, err
}
