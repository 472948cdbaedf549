package intake

import (
	"slices"
	"strings"
	"unicode"
)

// smallText is up to how many words a text can be nothing but a greeting or thanks.
const smallText = 8

// stopWords and personWords are whole messages; a text that only contains such a
// word is a report like any other.
var (
	stopWords   = []string{"stop", "berhenti", "stop pesan", "berhenti kirim pesan", "jangan kirim pesan lagi", "unsubscribe"}
	personWords = []string{"petugas", "admin", "operator", "manusia", "hubungi petugas", "panggil petugas", "minta petugas",
		"bicara dengan petugas", "mau bicara dengan petugas", "officer", "human", "talk to an officer"}
)

// notYet are words by which people say that an answer did not solve the matter. The
// first of them near the beginning counts.
var notYet = []string{"belum", "blum", "blm", "masih", "msh", "tetap", "percuma", "bohong", "still", "not"}

func fields(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// is reports whether text is one of the phrases, whatever its case and signs.
func is(text string, phrases []string) bool {
	if len(text) > 64 {
		return false
	}
	return slices.Contains(phrases, strings.Join(fields(text), " "))
}

// unsolved reports whether an answer to us says that the matter is still there. It
// only ever reopens; nothing is closed on it.
func unsolved(text string) bool {
	list := fields(text)
	return slices.ContainsFunc(list[:min(len(list), smallText)], func(w string) bool { return slices.Contains(notYet, w) })
}

// wordy reports whether text says anything that can be read.
func wordy(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

func words(s string) int { return len(strings.Fields(s)) }
