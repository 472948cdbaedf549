package email

import (
	"regexp"
	"strings"
)

// stripped is a text taken apart: what its author wrote now, what was quoted or added
// by a machine, and what was forwarded.
type stripped struct{ own, quoted, forwarded string }

const (
	maxStrip     = 128 << 10 // bytes of text that are looked at
	maxLines     = 5000      // lines of it
	maxLine      = 500       // bytes of a line that is compared with patterns
	signatureMax = 12        // lines after "-- " that are taken for a signature
	headerSpan   = 7         // lines within which a quoted header shows its fields
)

// The marks of mail programs in Indonesian and English. Each looks at one line only.
var (
	// "Pada Sen, 3 Agu 2026 pukul 10.00 Warga <warga@contoh.example> menulis:"
	attribution = regexp.MustCompile(`(?i)^\s*(?:(?:on|pada)\b.+|.*<[^<>\s]+@[^<>\s]+>.*)\s(?:wrote|menulis)\s*:?\s*$`)
	// Yahoo for Android writes the quotation on the same line.
	attributionInline = regexp.MustCompile(`(?i)^\s*(?:on|pada)\s.+<[^<>\s]+@[^<>\s]+>\s*(?:wrote|menulis)\s*:\s+\S`)
	dated             = regexp.MustCompile(`\d{4}|\d{1,2}[:.]\d{2}|@`)
	begins            = regexp.MustCompile(`(?i)^\s*(?:on|pada)\s`)

	original = regexp.MustCompile(`(?i)^[\s*>]*-{2,}\s*(?:original message|original appointment|pesan asli|pesan asal|pesan semula|surel asli|asli|balasan dari .+)\s*-{2,}\s*$`)

	forward = regexp.MustCompile(`(?i)^[\s*]*(?:-{3,}\s*(?:forwarded (?:message|by .+)|pesan (?:yang )?(?:di)?teruskan|pesan terusan|terusan|diteruskan(?: oleh .+)?)\s*-{3,}|(?:begin forwarded message|mulai pesan (?:yang )?(?:di)?terus\w*|awal pesan terusan|pesan (?:yang )?diteruskan|pesan terusan|terusan|diteruskan)\s*:)\s*$`)

	quotedFrom  = regexp.MustCompile(`(?i)^[\s*]*(?:from|dari)\s*\*?\s*:\s*\*?\s*\S`)
	quotedField = regexp.MustCompile(`(?i)^[\s*]*(?:from|sent|date|to|cc|subject|reply-to|dari|dikirim|tanggal|waktu|kepada|ke|tembusan|perihal|subjek|judul|balas ke)(?: pada)?\s*\*?\s*:`)
	ruler       = regexp.MustCompile(`^\s*(?:_{8,}|-{20,}|={20,})\s*$`)

	mobile = regexp.MustCompile(`(?i)^\s*(?:dikirim (?:dari|melalui|menggunakan|lewat) .*(?:iphone|ipad|android|ponsel|hp|yahoo|outlook|gmail|samsung|xiaomi|redmi|oppo|vivo|realme|huawei|galaxy|mail|surel).*|sent (?:from|via|with) (?:my |the )?.*(?:iphone|ipad|android|phone|yahoo|outlook|gmail|samsung|xiaomi|galaxy|huawei|mail|device).*|(?:get|dapatkan|unduh) outlook (?:for|untuk) \w+.*|get bluemail .*)\s*$`)

	disclaimer = regexp.MustCompile(`(?i)^[\s*]*(?:disclaimer|confidentiality notice|sanggahan|penafian|pernyataan kerahasiaan|this (?:e-?mail|message)(?: and any| \(|,? including| is (?:intended|confidential))|(?:e-?mail|surel|pesan) ini (?:beserta|dan (?:semua |setiap )?(?:lampiran|file|berkas)|bersifat rahasia|hanya (?:ditujukan|untuk)|mungkin (?:berisi|mengandung))|please consider the environment|mohon pertimbangkan lingkungan|virus-free\.|bebas virus\.)`)
)

// strip takes a text apart. Nothing is lost: every line stands in one of the three,
// what lies beyond the caps in quoted.
func strip(text string) stripped {
	seen := limit(text, maxStrip)
	all := strings.SplitN(seen, "\n", maxLines+1)
	rest := text[len(seen):]
	if len(all) > maxLines {
		all, rest = all[:maxLines], all[maxLines]+rest
	}
	s := stripLines(all)
	s.quoted = strings.Trim(s.quoted+"\n"+rest, "\n \t")
	return s
}

func stripLines(all []string) stripped {
	var own, quoted []string
	for i := 0; i < len(all); i++ {
		line := limit(all[i], maxLine)
		switch {
		case forward.MatchString(line):
			return stripped{join(own), join(append(quoted, all[i])), join(all[i+1:])}
		case original.MatchString(line), ruler.MatchString(line) && quotedHeader(all[i+1:]):
			return stripped{own: join(own), quoted: join(append(quoted, all[i:]...))}
		case quotedHeader(all[i:]):
			return stripped{own: join(own), quoted: join(append(quoted, all[i:]...))}
		case strings.HasPrefix(strings.TrimLeft(line, " \t"), ">"), mobile.MatchString(line):
			quoted = append(quoted, all[i])
		case disclaimer.MatchString(line) && hasWords(own):
			end := i + ending(all[i:], len(all))
			quoted = append(quoted, all[i:end]...)
			i = end - 1
		case isSignature(line) && ending(all[i:], signatureMax+1) <= signatureMax:
			end := i + ending(all[i:], len(all))
			quoted = append(quoted, all[i:end]...)
			i = end - 1
		default:
			n := attributed(all[i:])
			if n == 0 {
				own = append(own, all[i])
				continue
			}
			if !quoteFollows(all[i+n:]) {
				return stripped{own: join(own), quoted: join(append(quoted, all[i:]...))}
			}
			quoted = append(quoted, all[i:i+n]...)
			i += n - 1
		}
	}
	return stripped{own: join(own), quoted: join(quoted)}
}

func join(l []string) string { return strings.Trim(strings.Join(l, "\n"), "\n \t") }

func hasWords(l []string) bool {
	for _, s := range l {
		if strings.TrimSpace(s) != "" {
			return true
		}
	}
	return false
}

func isSignature(line string) bool { return strings.TrimRight(line, " \t") == "--" }

// attributed returns how many lines "Pada …, … menulis:" takes, 0 if there is none.
func attributed(l []string) int {
	if len(l) == 0 || strings.TrimSpace(l[0]) == "" {
		return 0
	}
	joined := ""
	for n := 1; n <= min(3, len(l)); n++ {
		joined = strings.TrimSpace(joined + " " + limit(l[n-1], maxLine))
		if len(joined) > maxLine || strings.TrimSpace(l[n-1]) == "" {
			return 0
		}
		if attribution.MatchString(joined) && dated.MatchString(joined) || n == 1 && attributionInline.MatchString(joined) {
			return n
		}
		if n == 1 && !begins.MatchString(joined) {
			return 0
		}
	}
	return 0
}

// quoteFollows reports whether the next words are marked as a quotation.
func quoteFollows(l []string) bool {
	for _, s := range l {
		if s = strings.TrimSpace(s); s != "" {
			return strings.HasPrefix(s, ">")
		}
	}
	return false
}

// quotedHeader reports whether the lines begin with the header of another mail, as
// Outlook and others put it before what they quote: From and two more fields.
func quotedHeader(l []string) bool {
	if len(l) == 0 || !quotedFrom.MatchString(limit(l[0], maxLine)) {
		return false
	}
	n := 0
	for _, s := range l[1:min(len(l), headerSpan)] {
		if quotedField.MatchString(limit(s, maxLine)) {
			n++
		}
	}
	return n >= 2
}

// ending counts the lines up to the next quotation, but no more than most.
func ending(l []string, most int) int {
	most = min(most, len(l))
	for i := 1; i < most; i++ {
		s := limit(l[i], maxLine)
		if forward.MatchString(s) || original.MatchString(s) || strings.HasPrefix(s, ">") || attributed(l[i:]) > 0 ||
			quotedHeader(l[i:]) || ruler.MatchString(s) && quotedHeader(l[i+1:]) {
			return i
		}
	}
	return most
}

// forwardedWords removes the header lines of the mail that was forwarded, and what
// it quoted itself.
func forwardedWords(text string) (body, head string) {
	l := strings.Split(text, "\n")
	i := 0
	for i < len(l) && i < 3*headerSpan {
		s := strings.TrimLeft(l[i], "> \t")
		// A long value goes on in the next line.
		if s != "" && !quotedField.MatchString(limit(s, maxLine)) && (i == 0 || strings.TrimSpace(l[i-1]) == "") {
			break
		}
		i++
		if s == "" && i > 1 {
			break
		}
	}
	return join(unquote(l[i:])), join(l[:i])
}

// unquote removes one mark of quotation where every line has it.
func unquote(l []string) []string {
	out := make([]string, len(l))
	for i, s := range l {
		rest, marked := strings.CutPrefix(s, ">")
		if !marked && strings.TrimSpace(s) != "" {
			return l
		}
		out[i] = strings.TrimPrefix(rest, " ")
	}
	return out
}
