package whatsapp

import (
	"bytes"
	"encoding/json"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxDepth is far above what Meta nests (about a dozen levels) and far below what
// could hurt a recursive reader further on.
const maxDepth = 32

// node is one value inside a text that json.Valid has accepted; nil is an absent
// value. Walking nodes instead of decoding structs keeps three promises that
// encoding/json does not: names match exactly, a name given twice is ambiguous
// rather than silently overwritten, and one value of a wrong type spoils only
// itself. It also copies nothing.
type node []byte

// parseNode checks the syntax and returns the outermost value.
func parseNode(raw []byte) (node, bool) {
	if !json.Valid(raw) {
		return nil, false
	}
	return node(bytes.Trim(raw, space)), true
}

const space = " \t\r\n"

func (n node) is(first byte) bool { return len(n) > 0 && n[0] == first }

// members yields the names (still quoted) and values of an object, nothing for
// any other value.
func (n node) members() iter.Seq2[node, node] {
	return func(yield func(name, value node) bool) {
		if !n.is('{') {
			return
		}
		rest := n[1:]
		for {
			var name, value node
			name, rest = next(rest)
			if name == nil {
				return
			}
			value, rest = next(rest)
			if !yield(name, value) {
				return
			}
		}
	}
}

// elements yields the values of an array, nothing for any other value.
func (n node) elements() iter.Seq[node] {
	return func(yield func(node) bool) {
		if !n.is('[') {
			return
		}
		rest := n[1:]
		for {
			var value node
			value, rest = next(rest)
			if value == nil || !yield(value) {
				return
			}
		}
	}
}

// next cuts the first value off, skipping the separators before it. It returns
// nil at the end of the surrounding object or array.
func next(rest node) (value, after node) {
	for len(rest) > 0 && strings.IndexByte(space+",:", rest[0]) >= 0 {
		rest = rest[1:]
	}
	if len(rest) == 0 || rest[0] == '}' || rest[0] == ']' {
		return nil, rest
	}
	end := span(rest)
	return rest[:end:end], rest[end:]
}

// span returns the length of the value that n starts with.
func span(n node) int {
	if n[0] != '{' && n[0] != '[' {
		if n[0] == '"' {
			return quoted(n)
		}
		end := bytes.IndexAny(n, space+",:]}")
		if end < 0 {
			return len(n)
		}
		return end
	}
	depth := 0
	for i := 0; i < len(n); i++ {
		switch n[i] {
		case '"':
			i += quoted(n[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(n)
}

// quoted returns the length of the string literal that n starts with.
func quoted(n node) int {
	for i := 1; i < len(n); i++ {
		switch n[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(n)
}

// tooDeep tells whether n nests more than maxDepth levels.
func (n node) tooDeep() bool {
	depth := 0
	for i := 0; i < len(n); i++ {
		switch n[i] {
		case '"':
			i += quoted(n[i:]) - 1
		case '{', '[':
			if depth++; depth > maxDepth {
				return true
			}
		case '}', ']':
			depth--
		}
	}
	return false
}

// pick reads the named members into out, which is as long as names. It fails if n
// is no object or gives one of the names twice.
func (n node) pick(out []node, names ...string) bool {
	if !n.is('{') {
		return false
	}
	for name, value := range n.members() {
		for i := range names {
			if !name.spells(names[i]) {
				continue
			}
			if out[i] != nil {
				return false
			}
			out[i] = value
		}
	}
	return true
}

// get returns one member; nil if it is absent, given twice or null.
func (n node) get(name string) node {
	var out [1]node
	if !n.pick(out[:], name) || string(out[0]) == "null" {
		return nil
	}
	return out[0]
}

// first returns the first element of an array member.
func (n node) first(name string) node {
	for e := range n.get(name).elements() {
		return e
	}
	return nil
}

// spells tells whether n, a quoted string, is s.
func (n node) spells(s string) bool {
	if bytes.IndexByte(n, '\\') < 0 {
		return string(n[1:len(n)-1]) == s
	}
	text, _ := n.text()
	return text == s
}

// text returns the value of a string. Invalid UTF-8 becomes U+FFFD.
func (n node) text() (string, bool) {
	if !n.is('"') {
		return "", false
	}
	inner := n[1 : len(n)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner), true
	}
	var s string
	err := json.Unmarshal(n, &s)
	return s, err == nil
}

// scalar returns a string, or the digits of a number: senders differ in whether
// ids and times are quoted.
func (n node) scalar() string {
	if s, ok := n.text(); ok {
		return s
	}
	if len(n) > 0 && (n[0] == '-' || n[0] >= '0' && n[0] <= '9') {
		return string(n)
	}
	return ""
}

// number returns a finite number, quoted or not.
func (n node) number() (float64, bool) {
	f, err := strconv.ParseFloat(n.scalar(), 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

// integer returns a whole number, quoted or not, and 0 for anything else.
func (n node) integer() int {
	i, err := strconv.Atoi(n.scalar())
	if err != nil {
		return 0
	}
	return i
}

// unixTime reads seconds since 1970, quoted or not. It returns the zero time for
// anything that is not between 2001 and 2286, so that no garbage becomes a date.
func (n node) unixTime() time.Time {
	seconds, err := strconv.ParseInt(n.scalar(), 10, 64)
	if err != nil || seconds < 1e9 || seconds >= 1e10 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

func (n node) isTrue() bool { return string(n) == "true" }

// id returns a provider's identifier: printable ASCII, at most 256 bytes. Anything
// else is no id and comes back empty.
func (n node) id() string {
	s := n.scalar()
	if len(s) > 256 {
		return ""
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return ""
		}
	}
	return s
}

// maxText is the longest text kept in bytes: 4096 characters of up to 4 bytes.
const maxText = 4096 * 4

// clean returns the text of n without NUL, with bad UTF-8 replaced, cut at a
// character boundary to at most limit bytes.
func (n node) clean(limit int) string {
	s, _ := n.text()
	s = strings.ReplaceAll(s, "\x00", "")
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
