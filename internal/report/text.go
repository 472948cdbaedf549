package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tanggap/internal/tanggap"
)

// Paragraph is text around figures. Its figures stand as {names}, so that an editor
// changes words and never a figure.
type Paragraph struct {
	Key    string
	Source string  // as the rules made it
	Values []Value // what its names stand for
	Edited string  // as an officer wrote it, "" = as the rules made it
}

// Value is one locked figure or name.
type Value struct{ Name, Text string }

// Text is what stands in the report, with {names}.
func (p *Paragraph) Text() string {
	if p.Edited != "" {
		return p.Edited
	}
	return p.Source
}

var name = regexp.MustCompile(`\{[^{}\n]*\}`)

// Spans cuts the text into words and locked figures.
func (p *Paragraph) Spans() []Span {
	var out []Span
	text, from := p.Text(), 0
	for _, at := range name.FindAllStringIndex(text, -1) {
		if at[0] > from {
			out = append(out, Span{Text: text[from:at[0]]})
		}
		out = append(out, Span{Text: p.value(text[at[0]+1 : at[1]-1]), Locked: true})
		from = at[1]
	}
	if from < len(text) {
		out = append(out, Span{Text: text[from:]})
	}
	return out
}

func (p *Paragraph) value(name string) string {
	for _, v := range p.Values {
		if v.Name == name {
			return v.Text
		}
	}
	return "{" + name + "}"
}

// Limits of what people write, in characters.
const (
	maxParagraph = 1200
	maxRemark    = 2000
	maxPromise   = 300
	maxPromises  = 12
)

// Edit replaces the words of a paragraph. Every locked figure stays, each as often as
// the rules wrote it, and no digit is added: a figure of the report is never typed.
func (p *Paragraph) Edit(text string) error {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" || text == p.Source {
		p.Edited = ""
		return nil
	}
	if utf8.RuneCountInString(text) > maxParagraph {
		return p.wrong("Paragraf ini lebih dari %d huruf. Singkatkan.", maxParagraph)
	}
	have := name.FindAllString(text, -1)
	for _, v := range have {
		if !slices.ContainsFunc(p.Values, func(x Value) bool { return "{"+x.Name+"}" == v }) {
			return p.wrong("%s bukan angka paragraf ini. Pakai nama angka yang tertera di bawahnya.", v)
		}
	}
	for _, v := range name.FindAllString(p.Source, -1) {
		if times(have, v) != times(name.FindAllString(p.Source, -1), v) {
			return p.wrong("Angka %s harus tetap ada, satu kali. Kalimat boleh diubah, angka tidak.", v)
		}
	}
	rest := name.ReplaceAllString(text, "")
	if strings.ContainsAny(rest, "{}") {
		return p.wrong("Ada kurung kurawal yang tidak lengkap. Tulis nama angka seperti {masuk}.")
	}
	for _, r := range rest {
		if unicode.IsNumber(r) {
			return p.wrong("Angka tidak dapat diketik (%q). Hanya angka terkunci yang dipakai; angka lain dapat ditulis dalam Catatan pimpinan.", string(r))
		}
	}
	p.Edited = text
	return nil
}

func times(list []string, x string) (n int) {
	for _, y := range list {
		if x == y {
			n++
		}
	}
	return n
}

func (p *Paragraph) wrong(format string, args ...any) error {
	return &tanggap.Error{Code: tanggap.Invalid, Field: p.Key, Message: fmt.Sprintf(format, args...)}
}

// Edits are what an editor sends.
type Edits struct {
	Paragraphs map[string]string // by key
	Remark     string
	Results    []string // of Follow, in order
	Next       string   // one promise a line
	Shown      []int    // numbers of the examples that are released, from 0
}

// Edit applies what an editor sends, all or nothing.
func (w *Words) Edit(e Edits) error {
	next := Words{Paragraphs: slices.Clone(w.Paragraphs), Matters: slices.Clone(w.Matters), Follow: slices.Clone(w.Follow)}
	for _, list := range [][]Paragraph{next.Paragraphs, next.Matters} {
		for i := range list {
			text, ok := e.Paragraphs[list[i].Key]
			if !ok {
				continue
			}
			if err := list[i].Edit(text); err != nil {
				return err
			}
		}
	}
	next.Remark = strings.TrimSpace(strings.ReplaceAll(e.Remark, "\r\n", "\n"))
	if utf8.RuneCountInString(next.Remark) > maxRemark {
		return &tanggap.Error{Code: tanggap.Invalid, Field: "catatan", Message: "Catatan pimpinan lebih dari 2.000 huruf. Singkatkan."}
	}
	for i := range next.Follow {
		if i < len(e.Results) {
			next.Follow[i].Result = cut(e.Results[i], maxPromise)
		}
	}
	for _, line := range strings.Split(e.Next, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			next.Next = append(next.Next, cut(line, maxPromise))
		}
	}
	if len(next.Next) > maxPromises {
		return &tanggap.Error{Code: tanggap.Invalid, Field: "tindak", Message: "Paling banyak 12 tindak lanjut, agar masing-masing dapat ditagih bulan depan."}
	}
	for i, x := range w.Examples {
		next.Examples = append(next.Examples, Example{Text: x.Text, Shown: slices.Contains(e.Shown, i)})
	}
	*w = next
	return nil
}

// cut shortens a line to so many letters.
func cut(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
