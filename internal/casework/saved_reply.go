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
	r.Name, r.Body, r.Note = strings.TrimSpace(r.Name), strings.TrimSpace(r.Body), strings.TrimSpace(r.Note)
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
	for _, x := range [][2]string{{"balasan", r.Body}, {"catatan", r.Note}} {
		field, words := x[0], x[1]
		for _, m := range variable.FindAllStringSubmatch(words, -1) {
			if !slices.Contains(Variables, m[1]) {
				return wrong(field, "isian %s tidak dikenal; pilih dari {%s}", m[0], strings.Join(Variables, "}, {"))
			}
		}
		if text.Mask(words) != words {
			return wrong(field, "balasan siap pakai dibaca banyak orang; hapus nomor telepon, NIK, atau alamat surel dari isinya")
		}
	}
	switch {
	case r.Urgency != 0 && r.Urgency != tanggap.Normal && r.Urgency != tanggap.High:
		return wrong("urgensi", "pilih biasa atau tinggi; keadaan darurat diputuskan pada laporannya sendiri")
	case r.SnoozeDays < 0 || r.SnoozeDays > MostSnooze:
		return wrong("tunda", "tunda paling lama %d hari kerja", MostSnooze)
	case r.SnoozeDays > 0 && r.NextState == tanggap.Answered:
		return wrong("tunda", "laporan yang sudah dijawab tidak bisa ditunda; pilih salah satu")
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
