package email

import "strings"

// fewWords is up to how many words somebody writes who only passes a mail on.
const fewWords = 12

const (
	maxSaid   = 512 << 10 // bytes of words, after which no further part is read
	maxInside = 10        // mails inside the mail that are read
)

// reading finds the words of a mail: what its author wrote, apart from what was
// quoted, added by machines or forwarded.
type reading struct {
	*tree
	notes   *notes
	subject string
	answer  bool // to another mail

	nested []*part // mails inside the mail
	file   *part   // that was read for want of words
	said   int     // bytes of words so far
	cut    bool

	text, quoted string
	forwarded    bool
}

func (r *reading) read() {
	body := r.say(r.root)
	if strings.TrimSpace(body) == "" && len(r.nested) == 0 {
		body = r.fromFile()
	}
	s := strip(body)
	if s.own == "" && s.forwarded == "" && !r.answer {
		if isForward(r.subject) {
			// Outlook forwards without a mark: header and words of the other mail.
			s = stripped{forwarded: body}
		} else {
			s = stripped{own: strings.TrimSpace(body)} // whatever it looks like, it is all there is
		}
	}
	own, quoted := s.own, s.quoted
	passed, head := r.passedOn(s)
	switch {
	case passed == "":
		quoted = joinParagraphs(quoted, head)
	case countWords(own) <= fewWords:
		own, quoted, r.forwarded = joinParagraphs(own, passed), joinParagraphs(quoted, head), true
		r.notes.add(noteForward)
	default:
		quoted, r.forwarded = joinParagraphs(quoted, head, passed), true
		r.notes.add(noteForwarded)
	}
	r.text = r.withSubject(own)
	if cut := limit(r.text, MaxText); len(cut) < len(r.text) {
		r.text, r.cut = cut, true
	}
	r.quoted = limit(quoted, MaxQuoted)
	r.notes.when(r.cut, noteTooLong)
}

// passedOn returns the words that were forwarded, in the text or as a mail inside
// the mail, and the headers above them.
func (r *reading) passedOn(s stripped) (words, head string) {
	if s.forwarded != "" {
		words, head = forwardedWords(s.forwarded)
	}
	for i := 0; i < min(len(r.nested), maxInside); i++ { // it grows by mails inside those mails
		p := r.nested[i]
		h := p.header
		title := oneLine(decodeWords(h.first("Subject")))
		inner := &reading{tree: r.tree, notes: r.notes}
		body := inner.say(p)
		in := strip(body)
		text := first(in.own, strings.TrimSpace(body))
		if in.forwarded != "" && countWords(in.own) <= fewWords {
			deeper, above := forwardedWords(in.forwarded)
			text, in.quoted = joinParagraphs(in.own, deeper), joinParagraphs(in.quoted, above)
		}
		r.nested = append(r.nested, inner.nested...)
		if !strings.Contains(plain(text), plain(title)) {
			text = joinParagraphs(title, text)
		}
		words = joinParagraphs(words, text)
		head = joinParagraphs(head, "Dari: "+oneLine(decodeWords(h.first("From")))+"\nTanggal: "+oneLine(h.first("Date"))+"\nPerihal: "+title)
		if text != strings.TrimSpace(body) {
			head = joinParagraphs(head, in.quoted)
		}
	}
	return words, head
}

// say returns the words of a part and what it holds; mails inside are put aside.
func (r *reading) say(p *part) string {
	switch {
	case p.typ == "multipart/alternative":
		return r.best(p.parts)
	case p.typ == "message/rfc822" || p.typ == "message/global":
		r.nested = append(r.nested, p.parts...)
		return ""
	case strings.HasPrefix(p.typ, "multipart/"):
		var all []string
		for _, kid := range p.parts {
			if s := strings.TrimRight(r.say(kid), " \n"); strings.TrimSpace(s) != "" {
				all = append(all, s)
			}
			if p.typ == "multipart/report" {
				break // the first part is for people
			}
		}
		return strings.Join(all, "\n\n")
	case p.attached() && p != r.root, !wordTypes[p.typ]:
		return ""
	case r.said > maxSaid:
		r.cut = true
		return ""
	}
	text, cut := p.words()
	r.cut = r.cut || cut
	r.said += len(text)
	return text
}

// best chooses among versions of the same words: plain text, unless it is only a
// line that sends the reader to the other version.
func (r *reading) best(versions []*part) string {
	var simple, other string
	for _, v := range versions {
		s := r.say(v)
		switch {
		case strings.TrimSpace(s) == "":
		case v.typ == "text/plain" && simple == "":
			simple = s
		default:
			other = s
		}
	}
	if simple == "" || countWords(simple) < 20 && countWords(other) > countWords(simple) && looksLikeStub(simple) {
		return first(other, simple)
	}
	return simple
}

func looksLikeStub(s string) bool { return strings.Contains(strings.ToLower(s), "html") }

// fromFile takes the words of an attached text file if there are none beside it.
func (r *reading) fromFile() string {
	for _, p := range r.parts {
		if p.typ != "text/plain" || p.filename == "" {
			continue
		}
		if text, cut := p.words(); strings.TrimSpace(text) != "" {
			r.cut = r.cut || cut
			r.file = p
			r.notes.add(noteTextFile)
			return text
		}
	}
	return ""
}

// hollow subjects say nothing about the matter.
var hollow = map[string]bool{
	"": true, "lapor": true, "laporan": true, "pengaduan": true, "aduan": true, "keluhan": true, "komplain": true, "tanya": true,
	"pertanyaan": true, "info": true, "informasi": true, "mohon bantuan": true, "bantuan": true, "help": true, "report": true,
	"complaint": true, "no subject": true, "tanpa judul": true, "tanpa subjek": true, "halo": true, "hai": true, "hello": true, "hi": true,
	"assalamualaikum": true, "selamat pagi": true, "selamat siang": true, "selamat sore": true, "selamat malam": true, "test": true,
	"tes": true, "penting": true, "urgent": true, "segera": true, "surat": true, "surel": true, "email": true, "foto": true, "lampiran": true,
	"lapor pak": true, "lapor bu": true, "laporan warga": true, "pengaduan masyarakat": true, "permohonan": true,
}

// withSubject puts the subject before the words if it says something that they do
// not. In an answer it is that of the mail that is answered.
func (r *reading) withSubject(own string) string {
	title, _ := cutPrefixes(r.subject)
	key := plain(title)
	if r.answer || hollow[key] || strings.Contains(" "+plain(limit(own, MaxText))+" ", " "+key+" ") {
		return own
	}
	return strings.TrimSpace(title + "\n" + own)
}

func countWords(s string) int { return len(strings.Fields(s)) }

func joinParagraphs(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p = strings.Trim(p, "\n"); p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n\n")
}
