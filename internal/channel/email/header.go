package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/emersion/go-message/mail"
)

// header is the head of a mail or of a part.
type header struct{ mail.Header }

type field struct{ name, value string }

// readHeader reads fields up to the first empty line and returns what follows. It
// takes what go-message's own reader refuses: lines that are no fields, missing
// empty lines, any bytes. Only the first limit bytes are read; cut tells if there
// was more.
func readHeader(raw []byte, limit int) (h header, body []byte, cut bool) {
	var fields []field
	rest, read := raw, 0
	for len(rest) > 0 {
		line, after := cutLine(rest)
		if len(line) == 0 {
			rest = after
			break
		}
		if read += len(rest) - len(after); read > limit || len(fields) == maxFields {
			return headerOf(fields), afterBlank(rest), true
		}
		name, value, isField := cutField(line)
		switch {
		case isField:
			fields = append(fields, field{name, value})
		case isSpace(line[0]) && len(fields) > 0:
			// A long value folded a thousand times must not be copied a thousand times.
			more := [][]byte{line}
			for len(after) > 0 && isSpace(after[0]) {
				l, next := cutLine(after)
				if read += len(after) - len(next); read > limit || len(bytes.TrimSpace(l)) == 0 {
					break
				}
				more, after = append(more, l), next
			}
			last := &fields[len(fields)-1]
			last.value = unfold(last.value, more)
		case !headerGoesOn(after) && !bytes.HasPrefix(line, []byte("From ")):
			// The empty line is missing: the words begin here.
			return headerOf(fields), rest, false
		}
		rest = after
	}
	return headerOf(fields), rest, false
}

func headerOf(fields []field) header {
	var h header
	for _, f := range slices.Backward(fields) { // Add puts a field on top
		h.Add(f.name, f.value)
	}
	return h
}

func unfold(value string, more [][]byte) string {
	var b strings.Builder
	b.WriteString(value)
	for _, l := range more {
		b.WriteByte(' ')
		b.Write(bytes.TrimSpace(l))
	}
	return b.String()
}

// headerGoesOn reports whether the next line is a field, or belongs to one.
func headerGoesOn(rest []byte) bool {
	line, _ := cutLine(rest)
	if len(line) == 0 {
		return false
	}
	_, _, isField := cutField(line)
	return isField || isSpace(line[0])
}

// cutLine returns the first line without its end.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return bytes.TrimSuffix(b, []byte("\r")), nil
	}
	return bytes.TrimSuffix(b[:i], []byte("\r")), b[i+1:]
}

// afterBlank returns what follows the first empty line.
func afterBlank(b []byte) []byte {
	for len(b) > 0 {
		line, rest := cutLine(b)
		if len(line) == 0 {
			return rest
		}
		b = rest
	}
	return nil
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// cutField splits "Name: value"; a name is printable ASCII (RFC 5322 §2.2).
func cutField(line []byte) (name, value string, ok bool) {
	i := bytes.IndexByte(line, ':')
	if i <= 0 || i > 100 {
		return "", "", false
	}
	n := bytes.TrimRight(line[:i], " \t")
	for _, c := range n {
		if c <= ' ' || c > '~' {
			return "", "", false
		}
	}
	return string(n), string(bytes.TrimSpace(line[i+1:])), len(n) > 0
}

// first returns the value of the topmost field of that name, cut to what any honest
// mail needs.
func (h header) first(name string) string { return limit(h.Get(name), 16<<10) }

// has reports whether there is such a field with anything in it.
func (h header) has(name string) bool { return strings.TrimSpace(h.Get(name)) != "" }

// isReport reports whether the mail says it is a notice about another mail.
func (h header) isReport() bool {
	typ, params := mediaType(h.first("Content-Type"))
	kind := strings.ToLower(params["report-type"])
	return typ == "multipart/report" && (kind == "delivery-status" || kind == "disposition-notification")
}

var messageID = regexp.MustCompile(`<([^<>\s]{1,998})>`)

// ids returns the Message-IDs in a field, without brackets. A single id without
// brackets counts too.
func (h header) ids(name string) []string {
	value := h.Get(name)
	value = strings.ToValidUTF8(value[max(0, len(value)-64<<10):], "\ufffd") // the nearest stands last
	var out []string
	for _, m := range messageID.FindAllStringSubmatch(value, -1) {
		out = append(out, m[1])
	}
	if f := strings.Fields(value); len(out) == 0 && len(f) == 1 && strings.Contains(f[0], "@") {
		out = append(out, strings.Trim(f[0], "<>"))
	}
	return out
}

// references returns the Message-IDs that the mail answers, nearest first.
func (h header) references() []string {
	all := h.ids("In-Reply-To")
	older := h.ids("References")
	slices.Reverse(older)
	var out []string
	for _, id := range append(all, older...) {
		if len(out) < maxReferences && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// limit cuts s to n bytes and never through a rune.
func limit(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}

// nameOf is the external id of a mail. Fields that servers add or change on the way
// are no part of it; line ends and white space at their ends are not either. A mail
// without a Message-ID is told from its like by date and subject.
func nameOf(raw []byte) string {
	h, body, _ := readHeader(raw, maxHeader)
	id := strings.TrimSpace(h.Get("Message-Id"))
	sum := sha256.New()
	say := func(fields ...string) {
		for _, f := range fields {
			_, _ = io.WriteString(sum, strings.Join(strings.Fields(f), " ")+"\n") // a hash never fails
		}
	}
	say(id, h.Get("From"))
	if id == "" {
		say(h.Get("Date"), h.Get("Subject"), h.Get("Sender"))
	}
	blank := 0
	for len(body) > 0 {
		var line []byte
		line, body = cutLine(body)
		if line = bytes.TrimRight(line, " \t\r"); len(line) == 0 {
			blank++
			continue
		}
		for ; blank > 0; blank-- {
			sum.Write([]byte{'\n'})
		}
		sum.Write(line)
		sum.Write([]byte{'\n'})
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil))
}
