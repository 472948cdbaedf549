package email

import (
	"bytes"
	"mime"
	"net/url"
	"regexp"
	"strings"
)

// part is one node of a mail's MIME tree. Its body is not decoded until needed.
type part struct {
	index       int // in the order of the walk; the mail itself is 0
	header      header
	typ         string // lower case, "text/plain" if not said
	params      map[string]string
	disposition string
	filename    string
	contentID   bool
	body        []byte
	parts       []*part
}

// tree is a mail cut into parts, as deep and as many as the caps allow.
type tree struct {
	root    *part
	parts   []*part // by index
	tooMany bool
	tooDeep bool
	longest bool // a header was cut
}

// walk cuts a mail into its parts. It never fails: a boundary that does not occur
// leaves one part, a missing end ends with the mail, and what lies beyond the caps
// stays uncut. It reads every byte at most once a level.
func walk(raw []byte) *tree {
	t := &tree{}
	t.root = t.node(raw, maxHeader, "text/plain", 0)
	return t
}

func (t *tree) node(raw []byte, headerLimit int, defaultType string, depth int) *part {
	h, body, cut := readHeader(raw, headerLimit)
	t.longest = t.longest || cut
	p := &part{index: len(t.parts), header: h, body: body, typ: defaultType}
	t.parts = append(t.parts, p)
	if h.has("Content-Type") {
		if p.typ, p.params = mediaType(h.first("Content-Type")); !strings.Contains(p.typ, "/") {
			p.typ = "text/plain" // RFC 2045 §5.2
		}
	}
	disposition, params := mediaType(h.first("Content-Disposition"))
	if h.has("Content-Disposition") {
		p.disposition = disposition
	}
	p.filename = fileName(params["filename"], p.params["name"])
	p.contentID = h.has("Content-Id")

	var pieces [][]byte
	kind, isMail := "text/plain", false
	switch {
	case strings.HasPrefix(p.typ, "multipart/"):
		if p.typ == "multipart/digest" {
			kind = "message/rfc822"
		}
		if pieces = t.split(body, p.params["boundary"]); pieces == nil {
			// Against RFC 2045 §6.4 some senders encode the whole of it.
			decoded, _ := decodeTransfer(body, h.first("Content-Transfer-Encoding"), MaxRaw)
			pieces = t.split(decoded, p.params["boundary"])
		}
		if pieces == nil { // no part in it: show what it says
			p.typ = "text/plain"
			return p
		}
	case p.typ == "message/rfc822" || p.typ == "message/global":
		nested, _ := decodeTransfer(body, h.first("Content-Transfer-Encoding"), MaxRaw)
		pieces, isMail = [][]byte{nested}, true
	default:
		return p
	}
	if depth+1 >= maxDepth {
		t.tooDeep = true
		return p
	}
	for _, piece := range pieces {
		if len(t.parts) >= maxParts {
			t.tooMany = true
			break
		}
		limit := maxPartHeader
		if isMail {
			limit = maxHeader
		}
		p.parts = append(p.parts, t.node(piece, limit, kind, depth+1))
	}
	return p
}

const maxBoundary = 200 // bytes; RFC 2046 allows 70

// split cuts a body at its boundary lines, at most into as many pieces as there may
// still be parts.
func (t *tree) split(body []byte, boundary string) [][]byte {
	boundary = strings.TrimRight(boundary, " \t")
	if boundary == "" || len(boundary) > maxBoundary {
		return nil
	}
	delimiter := []byte("--" + boundary)
	var pieces [][]byte
	start, at := -1, 0 // of the piece that is open, of the search
	for {
		i := bytes.Index(body[at:], delimiter)
		if i < 0 {
			break
		}
		i += at
		at = i + len(delimiter)
		if i > 0 && body[i-1] != '\n' {
			continue
		}
		line, rest := cutLine(body[at:])
		after := bytes.TrimSpace(line)
		last := bytes.HasPrefix(after, []byte("--"))
		if len(after) > 0 && !last {
			continue // a longer boundary that begins like this one
		}
		if start >= 0 {
			pieces = append(pieces, trimBreak(body[start:i]))
		}
		start, at = len(body)-len(rest), len(body)-len(rest)
		if last {
			start = -1
			break
		}
		if len(pieces)+len(t.parts) >= maxParts {
			t.tooMany = true
			return pieces
		}
	}
	if start >= 0 && start < len(body) {
		pieces = append(pieces, body[start:])
	}
	return pieces
}

// trimBreak removes the line end that belongs to the boundary.
func trimBreak(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}

// decode returns at most limit bytes of what the part holds.
func (p *part) decode(limit int) (data []byte, cut bool) {
	return decodeTransfer(p.body, p.header.first("Content-Transfer-Encoding"), limit)
}

// attached reports whether the part is a file rather than words of the mail.
func (p *part) attached() bool {
	return p.disposition == "attachment" || p.filename != "" || !wordTypes[p.typ]
}

// wordTypes are the types in which people write.
var wordTypes = map[string]bool{
	"text/plain": true, "text/html": true, "application/xhtml+xml": true, "text/enriched": true, "text/richtext": true,
}

var (
	looseParam  = regexp.MustCompile(`(?i)(boundary|charset|file-?name|name|report-type|format|delsp)\s*=\s*(?:"([^"]*)"|([^;"]+))`)
	looseEscape = regexp.MustCompile(`(?i)(file)?name\*(?:0\*)?\s*=\s*"?([A-Za-z0-9_\-]{0,40})'[^']*'([^;\s"]+)`)
	looseType   = regexp.MustCompile(`^[a-z0-9!#$&^_.+\-]{1,100}/[a-z0-9!#$&^_.+\-]{1,100}$`)
)

// mediaType reads "type; name=value"; parameters that package mime refuses, such as
// unquoted blanks, repeated names and character sets other than UTF-8, are searched for.
func mediaType(value string) (string, map[string]string) {
	value = limit(value, 4<<10)
	typ, params, err := mime.ParseMediaType(value)
	if err != nil || params == nil {
		typ, _, _ = strings.Cut(value, ";")
		typ, params = strings.ToLower(strings.TrimSpace(typ)), map[string]string{}
	}
	if strings.Contains(typ, "/") && !looseType.MatchString(typ) {
		typ = "application/octet-stream"
	}
	for _, m := range looseEscape.FindAllStringSubmatch(value, 4) {
		name := strings.ToLower(m[1]) + "name"
		if text, err := url.PathUnescape(m[3]); err == nil && params[name] == "" {
			params[name] = toUTF8([]byte(text), m[2])
		}
	}
	for _, m := range looseParam.FindAllStringSubmatch(value, 20) {
		name, value := strings.ReplaceAll(strings.ToLower(m[1]), "-n", "n"), first(m[2], strings.TrimSpace(m[3]))
		if !strings.HasSuffix(name, "name") { // only names hold blanks without quotes
			value, _, _ = strings.Cut(value, " ")
		}
		params[name] = first(params[name], value)
	}
	return typ, params
}

// fileName picks the name of a file and keeps its last element only: a name is shown,
// never opened.
func fileName(names ...string) string {
	for _, n := range names {
		n = oneLine(decodeWords(n))
		if i := strings.LastIndexAny(n, `/\`); i >= 0 {
			n = n[i+1:]
		}
		if n = limit(strings.TrimSpace(n), 200); n != "" && n != "." && n != ".." {
			return n
		}
	}
	return ""
}
