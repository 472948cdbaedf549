package text

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Kind of personal data that FindPersonal knows.
type Kind string

const (
	NIK     Kind = "NIK" // or a family card's number: both have 16 digits and no check digit
	NPWP    Kind = "NPWP"
	Phone   Kind = "telepon"
	Mail    Kind = "email"
	Account Kind = "rekening"
	Plate   Kind = "plat"
	Name    Kind = "nama"
)

// Span is one piece of personal data: bytes [Start, End) of the text.
type Span struct {
	Start, End int
	Kind       Kind
}

// FindPersonal returns the personal data in a text, in order and without overlaps.
// It sees through separators, spelled-out digits (7 4 7 2 …), other scripts' digits,
// look-alike letters and zero-width characters, and prefers hiding too much to
// showing too much. Names are found only where the words around them say so
// ("nama saya …", La Ode …), never by a list of people.
func FindPersonal(s string) []Span {
	f := fold(s)
	return f.personal()
}

func (f *folded) personal() []Span {
	var spans []Span
	add := func(i, j int, kind Kind) {
		start, end := f.span(i, j)
		spans = append(spans, Span{start, end, kind})
	}
	findMail(f.runes, add)
	if chunks := digitChunks(f.runes); len(chunks) > 0 {
		findNumbers(f.runes, chunks, add)
		findPlates(f.runes, add)
	}
	findNames(f, add)
	return mergeSpans(spans)
}

// mergeSpans joins spans that overlap; the first kind found wins.
func mergeSpans(spans []Span) []Span {
	slices.SortStableFunc(spans, func(a, b Span) int { return a.Start - b.Start })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.Start < out[n-1].End {
			out[n-1].End = max(out[n-1].End, s.End)
			continue
		}
		out = append(out, s)
	}
	return out
}

// Mask replaces all personal data by its kind in brackets, e.g. [NIK]. It repeats
// until nothing is found, so that what stands around a masked piece cannot become
// personal data by losing it.
func Mask(s string) string {
	for {
		spans := FindPersonal(s)
		if len(spans) == 0 {
			return s
		}
		var b strings.Builder
		at := 0
		for _, p := range spans {
			b.WriteString(s[at:p.Start])
			b.WriteByte('[')
			b.WriteString(string(p.Kind))
			b.WriteByte(']')
			at = p.End
		}
		b.WriteString(s[at:])
		s = b.String()
	}
}

// HideNIK leaves the last four digits of every number of an identity or family card.
func HideNIK(s string) string {
	var b strings.Builder
	at := 0
	for _, p := range FindPersonal(s) {
		if p.Kind != NIK {
			continue
		}
		var digits []rune
		for _, r := range s[p.Start:p.End] {
			if unicode.IsDigit(r) {
				digits = append(digits, digit(r))
			}
		}
		b.WriteString(s[at:p.Start])
		b.WriteString("************")
		if len(digits) > 4 { // it may be spelled out
			b.WriteString(string(digits[len(digits)-4:]))
		}
		at = p.End
	}
	return b.String() + s[at:]
}

// HideName replaces a known name, in whatever case it is written. FindPersonal
// cannot know that a name follows a bare "Saya"; who wrote often says who he is.
func HideName(s, name string) string {
	if name = strings.TrimSpace(name); len(name) < 3 {
		return s
	}
	pattern, err := regexp.Compile(`(?i)` + regexp.QuoteMeta(name))
	if err != nil { // not valid UTF-8
		return s
	}
	return pattern.ReplaceAllLiteralString(s, "["+string(Name)+"]")
}

// MaskPhone shows a number's country, first three and last four digits:
// +62812****5678. What is too short to hide anything is hidden whole.
func MaskPhone(phone string) string {
	var d []rune
	for _, r := range phone {
		if unicode.IsDigit(r) {
			d = append(d, digit(r))
		}
	}
	if len(d) < 10 {
		return "****"
	}
	head := 4
	if d[0] != '0' {
		head = 5
	}
	plus := ""
	if strings.HasPrefix(strings.TrimSpace(phone), "+") {
		plus = "+"
	}
	if len(d) < head+6 {
		head = len(d) - 6
	}
	return plus + string(d[:head]) + "****" + string(d[len(d)-4:])
}

// MaskEmail shows the first letter and the provider: l***@gmail.com.
func MaskEmail(address string) string {
	i := strings.LastIndexByte(address, '@')
	if i <= 0 {
		return "***"
	}
	for _, first := range address[:i] {
		return string(first) + "***" + address[i:]
	}
	return "***"
}

// findMail looks for an @ with a local part before and a domain after it.
func findMail(r []rune, add func(i, j int, kind Kind)) {
	local := func(c rune) bool { return alnum(c) || strings.ContainsRune("._%+-", c) }
	for at, c := range r {
		if c != '@' {
			continue
		}
		i, j := at, at+1
		if i > 0 && r[i-1] == ' ' {
			i--
		}
		stop := i
		for i > 0 && stop-i < 64 && local(r[i-1]) {
			i--
		}
		if j < len(r) && r[j] == ' ' {
			j++
		}
		from := j
		for j < len(r) && j-from < 255 && (alnum(r[j]) || r[j] == '.' || r[j] == '-') {
			j++
		}
		for j > from && !alnum(r[j-1]) {
			j--
		}
		if i < stop && mailHost(string(r[from:j])) {
			add(i, j, Mail)
		}
	}
}

func mailHost(host string) bool {
	i := strings.LastIndexByte(host, '.')
	if i > 0 && len(host)-i > 2 {
		return true
	}
	switch strings.ToLower(host) {
	case "gmail", "yahoo", "ymail", "hotmail", "outlook", "icloud":
		return true
	}
	return false
}

func alnum(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c) || c > unicode.MaxASCII && unicode.IsLetter(c)
}

func isDigit(c rune) bool { return '0' <= c && c <= '9' }

// plates are the letters that begin an Indonesian vehicle number.
var plates = wordList("A B D E F G H K L M N P R S T W Z AA AB AD AE AG BA BB BD BE BG BH BK BL BM BN BP CC CD DA DB DC DD DE DG DH DK DL DM DN DP DR DT DS DW EA EB ED KB KH KT KU PA PB")

var notPlate = wordList("DI KE RT RW NO KG KM CM M MM L HP DAN JL TV KK DR")

func wordList(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(s) {
		set[w] = true
	}
	return set
}

// findPlates looks for DT 1234 XX. In small letters only the plates of this part of
// the country count, or any after the word plat or nopol; a single first letter
// needs three digits, because "B 12" is more often a house.
func findPlates(r []rune, add func(i, j int, kind Kind)) {
	letter := func(c rune) bool { return c <= unicode.MaxASCII && letter(c) }
	gap := func(i int) int {
		for n := 0; n < 2 && i < len(r) && (r[i] == ' ' || r[i] == '-' || r[i] == '.'); n++ {
			i++
		}
		return i
	}
	run := func(i, most int, ok func(rune) bool) int {
		j := i
		for j < len(r) && j-i < most && ok(r[j]) {
			j++
		}
		return j
	}
	for i := range r {
		if !letter(r[i]) || i > 0 && alnum(r[i-1]) {
			continue
		}
		a := run(i, 3, letter)
		b := gap(a)
		c := run(b, 5, isDigit)
		d := gap(c)
		e := run(d, 4, letter)
		if a-i > 2 || c == b || c-b > 4 || e == d || e-d > 3 || e < len(r) && alnum(r[e]) {
			continue
		}
		head, tail := string(r[i:a]), string(r[d:e])
		upperHead, upperTail := strings.ToUpper(head), strings.ToUpper(tail)
		if !plates[upperHead] || notPlate[upperTail] || a-i == 1 && c-b < 3 {
			continue
		}
		shouted := head == upperHead && tail == upperTail
		local := (upperHead == "DT" || upperHead == "DD" || upperHead == "DW" || upperHead == "DN" || upperHead == "DP") && c-b >= 3
		if shouted || local || after(r, i, 24, "plat", "nopol", "polisi") {
			add(i, e, Plate)
		}
	}
}

// after reports whether one of the words stands in the n runes before i.
func after(r []rune, i, n int, words ...string) bool {
	before := strings.ToLower(string(r[max(0, i-n):i]))
	for _, w := range words {
		if strings.Contains(before, w) {
			return true
		}
	}
	return false
}
