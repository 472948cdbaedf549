package compose

import (
	"fmt"
	"strings"

	"tanggap/internal/tanggap"
)

// Bank is what a pack's author wrote: sentences by service, and shared material by name.
type Bank struct {
	services []string            // in the order of the file
	cores    map[string][]string // by service
	shared   map[string][]string // by name, such as "di"
	words    map[string][]swap   // by name, such as "dialek"
}

// swap replaces one word by one of others.
type swap struct {
	from string
	to   []string
}

// Parse reads phrases.txt. known tells the codes of the pack's services. The message of
// an error (Invalid) names the line and what to do.
func Parse(data string, known func(code string) bool) (*Bank, error) {
	b := &Bank{cores: map[string][]string{}, shared: map[string][]string{}, words: map[string][]swap{}}
	section := ""
	for n, line := range strings.Split(data, "\n") {
		line = strings.TrimSpace(line)
		bad := func(format string, args ...any) error {
			return tanggap.Errorf(tanggap.Invalid, "phrases.txt baris %d: %s", n+1, fmt.Sprintf(format, args...))
		}
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]")
			if !strings.HasPrefix(section, "*") {
				if !known(section) {
					return nil, bad("layanan %q tidak ada di services.csv.", section)
				}
				if b.cores[section] == nil {
					b.services = append(b.services, section)
				}
			}
			continue
		case section == "":
			return nil, bad("kalimat sebelum [KODE] yang pertama.")
		}
		if !paired(line, '(', ')', len(line)) || !paired(line, '{', '}', 1) {
			return nil, bad("kurung tidak berpasangan.")
		}
		name, isShared := strings.CutPrefix(section, "*")
		from, to, isSwap := strings.Cut(line, " = ")
		switch {
		case isShared && isSwap:
			b.words[name] = append(b.words[name], swap{from, strings.Split(to, "|")})
		case isShared && (&Bank{}).unknown(line) != "":
			return nil, bad("bahan bersama hanya boleh memuat {kel}, {nomor} dan {uang}.")
		case isShared:
			b.shared[name] = append(b.shared[name], line)
		default:
			b.cores[section] = append(b.cores[section], line)
		}
	}
	for _, s := range b.services {
		for _, line := range b.cores[s] {
			if slot := b.unknown(line); slot != "" {
				return nil, tanggap.Errorf(tanggap.Invalid, "phrases.txt [%s]: {%s} tidak dikenal; tulis bagian [*%s] atau perbaiki ejaannya.", s, slot, slot)
			}
		}
	}
	return b, nil
}

// paired reports whether every bracket closes after it opened, at most so deep.
func paired(line string, open, end rune, deep int) bool {
	depth := 0
	for _, r := range line {
		switch r {
		case open:
			depth++
		case end:
			depth--
		}
		if depth < 0 || depth > deep {
			return false
		}
	}
	return depth == 0
}

// builtIn are the slots that need no section of their own.
var builtIn = map[string]bool{"kel": true, "nomor": true, "uang": true}

// unknown returns the first slot of a line that nothing fills.
func (b *Bank) unknown(line string) string {
	for {
		_, rest, ok := strings.Cut(line, "{")
		if !ok {
			return ""
		}
		slot, after, _ := strings.Cut(rest, "}")
		if !builtIn[slot] && b.shared[slot] == nil {
			return slot
		}
		line = after
	}
}
