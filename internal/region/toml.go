package region

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"tanggap/internal/tanggap"
)

// SetIdentity sets one value of region.toml, in a table or with "" above them all. A value
// is a text, a number, a truth value or a list of texts.
func (f Files) SetIdentity(table, key string, value any) error {
	return f.setTOML(fileRegion, table, key, value)
}

// SetText sets the words of a key such as citizen.greeting in one language, "id" or "en".
func (f Files) SetText(lang, key, words string) error {
	table, name, ok := strings.Cut(key, ".")
	if !ok {
		return tanggap.Errorf(tanggap.Invalid, "teks %s tidak dikenal", key)
	}
	return f.setTOML(textFile(lang), table, name, strings.TrimSpace(words))
}

func textFile(lang string) string {
	if lang == "en" {
		return fileTextEN
	}
	return fileTextID
}

// setTOML writes one value where it stands, or at the end of its table, and leaves every
// other line as it is. The result is read again, so that no edit ever breaks a file.
func (f Files) setTOML(file, table, key string, value any) error {
	data, ok := f[file]
	if !ok {
		return tanggap.Errorf(tanggap.Invalid, "File %s tidak ada dalam konsep ini. Unggah paket yang lengkap.", file)
	}
	lines := strings.SplitAfter(string(data), "\n")
	first, last, end := findTOML(lines, table, key)
	entry := key + " = " + tomlValue(value) + "\n"
	switch {
	case first >= 0:
		lines = slices.Replace(lines, first, last, entry)
	case end >= 0:
		lines = slices.Insert(lines, end, entry)
	default:
		lines = append(lines, "\n["+table+"]\n", entry)
	}
	text := strings.Join(lines, "")
	var any map[string]any
	if _, err := toml.Decode(text, &any); err != nil {
		return fmt.Errorf("edit of %s [%s] %s: %w", file, table, key, err)
	}
	f[file] = []byte(text)
	return nil
}

// findTOML finds the lines of a value, from first up to and without last; first is -1
// where there is none. end is where a new value of the table goes, -1 without the table.
func findTOML(lines []string, table, key string) (first, last, end int) {
	first, end = -1, -1
	here := ""
	if table == "" {
		end = 0
	}
	for i := 0; i < len(lines); {
		line := strings.TrimSpace(lines[i])
		next := i + 1
		switch name, rest, isValue := strings.Cut(line, "="); {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			here = strings.TrimSpace(strings.Trim(line, "[]"))
			if here == table {
				end = i + 1
			}
		case isValue:
			next = i + tomlSpan(lines[i:], strings.TrimSpace(rest))
			if here != table {
				break
			}
			end = next
			if strings.Trim(strings.TrimSpace(name), `"`) == key {
				return i, next, next
			}
		}
		i = next
	}
	return first, 0, end
}

// tomlSpan is how many lines a value takes whose first line begins with rest.
func tomlSpan(lines []string, rest string) int {
	closing := ""
	switch {
	case strings.HasPrefix(rest, `"""`), strings.HasPrefix(rest, `'''`):
		closing, rest = rest[:3], rest[3:]
	case strings.HasPrefix(rest, "["):
		closing = "]"
	}
	if closing == "" || strings.Contains(rest, closing) {
		return 1
	}
	for n := 1; n < len(lines); n++ {
		if strings.Contains(lines[n], closing) {
			return n + 1
		}
	}
	return 1
}

func tomlValue(value any) string {
	switch x := value.(type) {
	case string:
		if strings.Contains(x, "\n") {
			return "\"\"\"\n" + tomlLong.Replace(x) + `"""`
		}
		return tomlQuote(x)
	case []string:
		parts := make([]string, len(x))
		for i, s := range x {
			parts[i] = tomlQuote(s)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return fmt.Sprint(value) // whole numbers and truth values
}

var (
	tomlLong  = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "")
	tomlShort = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\t", `\t`)
)

func tomlQuote(s string) string { return `"` + tomlShort.Replace(s) + `"` }

// SetNumbers replaces the emergency numbers of region.toml.
func (f Files) SetNumbers(list []EmergencyNumber) error {
	lines := strings.SplitAfter(string(f[fileRegion]), "\n")
	var kept []string
	inside := false
	for _, line := range lines {
		if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "[") {
			inside = trimmed == "[[emergency_number]]"
		}
		if !inside {
			kept = append(kept, line)
		}
	}
	text := strings.TrimRight(strings.Join(kept, ""), "\n") + "\n"
	for _, n := range list {
		text += fmt.Sprintf("\n[[emergency_number]]\nname = %s\nnumber = %s\nverified = %v\nsource = %s\n", tomlQuote(n.Name), tomlQuote(n.Number), n.Verified, tomlQuote(n.Source))
	}
	var any map[string]any
	if _, err := toml.Decode(text, &any); err != nil {
		return fmt.Errorf("edit of %s: %w", fileRegion, err)
	}
	f[fileRegion] = []byte(text)
	return nil
}

// IdentityMark changes whenever somebody changes region.toml.
func (f Files) IdentityMark() string { return Line{raw: string(f[fileRegion])}.Mark() }
