package intake

import (
	"slices"
	"strings"
	"unicode"
)

// smallText is up to how many words a text can be nothing but a greeting or thanks.
const smallText = 8

// These are whole messages; a text that only contains such a word is a report like
// any other.
var (
	stopWords   = []string{"stop", "berhenti", "stop pesan", "berhenti kirim pesan", "jangan kirim pesan lagi", "unsubscribe"}
	personWords = []string{"petugas", "admin", "operator", "manusia", "hubungi petugas", "panggil petugas", "minta petugas", "bicara petugas",
		"bicara dengan petugas", "mau bicara dengan petugas", "officer", "human", "talk to an officer"}
	withdrawWords = []string{"batal", "batalkan", "dibatalkan", "batal laporan", "batalkan laporan", "batalkan laporan saya", "tidak jadi",
		"gak jadi", "cancel", "cancel report", "cancel my report"}
	mineWords       = []string{"urusan saya", "laporan saya", "daftar laporan saya", "my matters", "my reports", "my cases"}
	rateWords       = []string{"survei", "survey", "nilai", "beri nilai", "penilaian", "rate"}
	reportWords     = []string{"lapor", "melapor", "buat laporan", "mau lapor", "mau melapor", "saya mau lapor", "report", "make a report"}
	englishWords    = []string{"english", "in english", "bahasa inggris", "english please"}
	indonesianWords = []string{"indonesia", "bahasa indonesia", "indonesian", "bahasa"}
	skipWords       = []string{"lewati", "lewati foto", "skip", "skip photo", "skip the photo", "tidak", "tidak ada", "tidak ada foto", "tdk ada", "gak ada",
		"ga ada", "nggak ada", "belum ada", "no", "none", "no photo"}
	otherWords = []string{"lainnya", "lain", "lainnya ke petugas", "lainnya biar petugas", "biar petugas", "other", "others", "something else"}
)

// abuseWords are those by which people are only hurt.
var abuseWords = []string{"anjing", "anjir", "bangsat", "goblok", "tolol", "bego", "babi", "kampret", "keparat", "brengsek", "bajingan",
	"kontol", "memek", "idiot", "stupid", "fuck", "asshole", "bullshit"}

func abusive(text string) bool {
	return slices.ContainsFunc(fields(text), func(w string) bool { return slices.Contains(abuseWords, w) })
}

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
