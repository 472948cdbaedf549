package email

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	maxTokens = 200_000 // of one HTML text
	maxCite   = 10      // quotations inside quotations that are marked
)

// silent elements hold nothing that a person wrote.
var silent = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Head: true, atom.Title: true, atom.Noscript: true, atom.Template: true,
	atom.Svg: true, atom.Math: true, atom.Iframe: true, atom.Object: true, atom.Embed: true, atom.Textarea: true,
	atom.Select: true, atom.Noframes: true, atom.Noembed: true, atom.Xmp: true, atom.Canvas: true, atom.Audio: true, atom.Video: true,
}

// block elements stand on lines of their own.
var block = map[atom.Atom]bool{
	atom.P: true, atom.Div: true, atom.Br: true, atom.Tr: true, atom.Table: true, atom.Ul: true, atom.Ol: true, atom.Li: true,
	atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true, atom.Blockquote: true, atom.Hr: true,
	atom.Pre: true, atom.Section: true, atom.Article: true, atom.Header: true, atom.Footer: true, atom.Address: true, atom.Dt: true,
	atom.Dd: true, atom.Dl: true, atom.Center: true, atom.Form: true, atom.Fieldset: true, atom.Body: true,
}

// spaced elements are followed by an empty line.
var spaced = map[atom.Atom]bool{
	atom.P: true, atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true,
}

// HTMLText returns the words of HTML as plain text, at most limit bytes: a line for
// a block, "> " before each line of a quotation, the address of a link behind its
// words. Scripts, styles, images and links other than http, https, mailto and tel
// are dropped. The result holds no tag, even where the words spelled one.
func HTMLText(source string, limitBytes int) string {
	w := htmlText(source, limitBytes)
	if rest := w.raw(); w.b.Len() == 0 && rest != "" {
		w = htmlText(rest, limitBytes)
	}
	w.unclosed()
	return w.String()
}

func htmlText(source string, limitBytes int) *htmlWriter {
	w := &htmlWriter{limit: limitBytes}
	z := html.NewTokenizer(strings.NewReader(source))
	z.SetMaxBuf(maxHTML + 1)
	for n := 0; n < maxTokens && w.b.Len() < limitBytes; n++ {
		switch z.Next() {
		case html.ErrorToken:
			return w
		case html.TextToken:
			if text := string(z.Text()); w.skip == 0 {
				w.text(text)
			} else if w.held.Len() < limitBytes {
				w.held.WriteString(text)
			}
		case html.StartTagToken:
			w.open(z, false)
		case html.SelfClosingTagToken:
			w.open(z, true)
		case html.EndTagToken:
			name, _ := z.TagName()
			w.close(atom.Lookup(name))
		}
	}
	return w
}

type htmlWriter struct {
	b       strings.Builder
	limit   int
	skip    int             // how many silent elements are open
	silence atom.Atom       // the outermost of them
	held    strings.Builder // what they hold: words after all, if they never end
	cite    int
	pre     int
	breaks  int  // line ends owed before the next word
	space   bool // a blank is owed before the next word
	href    string
	linkAt  int // where the words of the link begin
}

func (w *htmlWriter) open(z *html.Tokenizer, selfClosing bool) {
	name, more := z.TagName()
	tag := atom.Lookup(name)
	href := ""
	for n := 0; more && n < 50; n++ {
		var key, value []byte
		key, value, more = z.TagAttr()
		if tag == atom.A && string(key) == "href" {
			href = linkTarget(string(value))
		}
	}
	if silent[tag] {
		// An element that never ends, such as an unclosed <head>, must not swallow the
		// mail: only the same name nests, and <body> ends it.
		if !selfClosing && (w.skip == 0 || tag == w.silence) {
			if w.skip == 0 {
				w.held.Reset()
			}
			w.skip, w.silence = w.skip+1, tag
		}
		return
	}
	if tag == atom.Body {
		w.skip = 0
	}
	if w.skip > 0 {
		return
	}
	w.layout(tag)
	switch tag {
	case atom.Blockquote:
		w.cite++
	case atom.Pre:
		w.pre++
	case atom.Li:
		w.text("- ")
	case atom.Td, atom.Th:
		w.space = true
	case atom.A:
		w.endLink()
		w.href, w.linkAt = href, w.b.Len()
	}
}

func (w *htmlWriter) close(tag atom.Atom) {
	if w.skip > 0 {
		if tag == w.silence {
			w.skip--
		}
		return
	}
	switch tag {
	case atom.A:
		w.endLink()
	case atom.Blockquote:
		w.layout(tag)
		w.cite = max(w.cite-1, 0)
		return
	case atom.Pre:
		w.pre = max(w.pre-1, 0)
	}
	w.layout(tag)
}

// unclosed takes what stands in a silent element that never ends for words: better
// too much than to swallow the mail. Scripts and styles stay out.
func (w *htmlWriter) unclosed() {
	if w.skip > 0 && w.silence != atom.Script && w.silence != atom.Style {
		w.text(w.held.String())
	}
}

// raw is the HTML that a script or style without an end has swallowed.
func (w *htmlWriter) raw() string {
	if i := strings.IndexByte(w.held.String(), '<'); i >= 0 && w.skip > 0 {
		return w.held.String()[i:]
	}
	return ""
}

// layout orders line ends. <br> always adds one; other blocks begin a line.
func (w *htmlWriter) layout(tag atom.Atom) {
	switch {
	case tag == atom.Br:
		w.breaks = min(w.breaks+1, 3)
	case spaced[tag]:
		w.breaks = max(w.breaks, 2)
	case block[tag]:
		w.breaks = max(w.breaks, 1)
	}
}

// noTag keeps words from looking like a tag to whoever reads them as HTML after all.
var noTag = strings.NewReplacer("<", "‹", "\u00a0", " ", "\u00ad", "")

func (w *htmlWriter) text(s string) {
	s = noTag.Replace(s)
	if w.pre > 0 {
		for i, line := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
			if i > 0 {
				w.breaks++
			}
			if line != "" {
				w.word(line)
			}
		}
		return
	}
	for i, f := range strings.Fields(s) {
		if i > 0 || strings.ContainsRune(" \t\r\n\f", rune(s[0])) {
			w.space = true
		}
		w.word(f)
	}
	if s != "" && strings.ContainsRune(" \t\r\n\f", rune(s[len(s)-1])) {
		w.space = true
	}
}

// word writes s after the line ends or the blank that are owed.
func (w *htmlWriter) word(s string) {
	switch {
	case w.b.Len() == 0:
		w.b.WriteString(w.margin())
	case w.breaks > 0:
		for range w.breaks - 1 {
			w.b.WriteString("\n" + strings.TrimRight(w.margin(), " "))
		}
		w.b.WriteString("\n" + w.margin())
	case w.space:
		w.b.WriteByte(' ')
	}
	w.breaks, w.space = 0, false
	w.b.WriteString(s)
}

func (w *htmlWriter) margin() string { return strings.Repeat("> ", min(w.cite, maxCite)) }

// endLink writes the target of a link unless its words say it already.
func (w *htmlWriter) endLink() {
	href := w.href
	w.href = ""
	if href == "" || w.linkAt >= w.b.Len() {
		return
	}
	words := w.b.String()[w.linkAt:]
	bare := func(s string) string {
		for _, p := range []string{"https://", "http://", "mailto:", "tel:", "www."} {
			s = strings.TrimPrefix(s, p)
		}
		return strings.TrimSuffix(s, "/")
	}
	if !strings.Contains(bare(words), bare(href)) {
		w.word(" (" + href + ")")
	}
}

func (w *htmlWriter) String() string {
	w.endLink()
	return limit(strings.TrimSpace(w.b.String()), w.limit)
}

// linkTarget returns an address that is safe to show, "" for any other.
func linkTarget(href string) string {
	href = strings.TrimSpace(href)
	if len(href) > 500 || strings.ContainsFunc(href, func(r rune) bool { return r <= ' ' || r == '<' || r == 0x7f }) {
		return ""
	}
	for _, scheme := range []string{"http://", "https://", "mailto:", "tel:"} {
		if _, ok := cutPrefixFold(href, scheme); ok {
			return href
		}
	}
	return ""
}
