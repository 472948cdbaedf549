package casework

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

// Variables are what a saved reply may ask to be filled in, as {name}.
var Variables = []string{"nomor", "layanan", "unit", "wilayah", "batas", "petugas"}

var variable = regexp.MustCompile(`\{([^{}]*)\}`)

// CheckSavedReply says what is wrong with a reply that officers want to keep ready, nil
// if nothing is.
func CheckSavedReply(p *region.Pack, r *store.SavedReply) error {
	r.Name, r.Body = strings.TrimSpace(r.Name), strings.TrimSpace(r.Body)
	wrong := func(field, format string, args ...any) error {
		return &tanggap.Error{Code: tanggap.Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
	}
	if r.Name == "" {
		return wrong("nama", "beri nama yang mudah dicari, misalnya %q", "Jadwal angkut sampah")
	}
	if r.Body == "" {
		return wrong("balasan", "tulis isi balasannya")
	}
	if _, ok := p.Unit(r.Unit); !ok && r.Unit != "" {
		return wrong("unit", "unit %s tidak ada", r.Unit)
	}
	for _, m := range variable.FindAllStringSubmatch(r.Body, -1) {
		if !slices.Contains(Variables, m[1]) {
			return wrong("balasan", "isian %s tidak dikenal; pilih dari {%s}", m[0], strings.Join(Variables, "}, {"))
		}
	}
	if text.Mask(r.Body) != r.Body {
		return wrong("balasan", "balasan siap pakai dibaca banyak orang; hapus nomor telepon, NIK, atau alamat surel dari isinya")
	}
	switch r.NextState {
	case "", tanggap.Answered, tanggap.WaitingCitizen:
		return nil
	}
	return wrong("lalu", "pilih apa yang terjadi setelah dikirim")
}

// FillSavedReply puts what a case says into a saved reply. What is not known yet stays
// as its name, for the officer to see.
func FillSavedReply(tx *store.Store, p *region.Pack, c *store.Case, words, officer, lang string) string {
	values := map[string]string{"nomor": c.Number, "petugas": officer, "batas": laterDue[lang == "en"]}
	if s, ok := p.Service(c.Service); ok {
		values["layanan"] = s.Name
		if lang == "en" {
			values["layanan"] = s.NameEn
		}
	}
	if u, ok := p.Unit(c.Unit); ok {
		values["unit"] = u.Name
	}
	if a, ok := p.Area(c.Area); ok {
		values["wilayah"] = a.Name
	}
	if c.DueAt.After(tx.Clock().Now()) {
		values["batas"] = notify.When(p, lang, c.DueAt)
	}
	return variable.ReplaceAllStringFunc(words, func(name string) string {
		if v := values[strings.Trim(name, "{}")]; v != "" {
			return v
		}
		return name
	})
}
