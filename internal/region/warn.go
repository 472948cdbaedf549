package region

import (
	"slices"
	"strings"
	"time"
)

// minSeeds is how many training messages a service needs before the classifier
// can say anything about it.
const minSeeds = 8

// warn adds what does not stop the pack but deserves a look.
func (l *loader) warn(now time.Time) {
	p := l.pack
	for i, n := range p.Identity.Numbers {
		if !n.Verified {
			l.warning(fileRegion, 0, "emergency_number", "Nomor darurat ke-%d (%s %s) belum dipastikan, jadi tidak ditampilkan. Telepon nomor itu, lalu isi verified = true.", i+1, n.Name, n.Number)
		}
	}
	for i, u := range p.Units {
		if !u.Verified && !u.Retired && (u.Phone != "" || u.Email != "") {
			l.warning(fileUnits, l.lines[fileUnits][i], "verified", "Kontak %s belum dipastikan, jadi tidak ditampilkan. Pastikan, lalu isi ya.", u.Short)
		}
	}
	l.warnDuty()
	seeds := map[string]int{}
	for _, s := range p.Seeds {
		seeds[s.Service]++
	}
	for i, s := range p.Services {
		if s.Retired {
			continue
		}
		if !s.Technical && !p.routed(s.Code) {
			l.warning(fileServices, l.lines[fileServices][i], "code", "Layanan %s tidak punya rute, jadi selalu masuk meja pemeriksa. Tambahkan di routes.csv.", s.Code)
		}
		if n := seeds[s.Code]; n < minSeeds {
			l.warning(fileServices, l.lines[fileServices][i], "code", "Layanan %s hanya punya %d contoh pesan di seed.csv; komputer butuh paling sedikit %d untuk mengenalinya.", s.Code, n, minSeeds)
		}
	}
	for i, r := range p.Rules {
		if r.Promise && !r.Verified {
			l.warning(fileRules, l.lines[fileRules][i], "verified", "Dasar hukum janji %s belum diperiksa. Cocokkan dengan naskah peraturan, lalu isi ya.", r.Code)
		}
	}
	l.warnCalendar(now)
	l.warnTexts()
	l.warnBoundaries()
}

func (l *loader) warnDuty() {
	p := l.pack
	if !slices.ContainsFunc(p.Duty, func(d Duty) bool { return d.Unit == p.Identity.Triage }) {
		l.warning(fileDuty, 0, "unit", "Meja pemeriksa %s tidak punya petugas jaga, padahal menerima keadaan darurat yang unitnya kosong. Tambahkan petugas.", p.Identity.Triage)
	}
	for _, s := range p.Services {
		if s.Urgency < 3 || s.External || s.Technical || s.Retired {
			continue
		}
		unit, _, _ := p.Route(s.Code, "")
		if !slices.ContainsFunc(p.Duty, func(d Duty) bool { return d.Unit == unit }) {
			l.warning(fileDuty, 0, "unit", "Unit %s menangani %s yang bisa darurat, tetapi tidak punya petugas jaga. Tambahkan petugas.", unit, s.Code)
		}
	}
}

// warnCalendar asks for this year's list, and from November on for next year's.
func (l *loader) warnCalendar(now time.Time) {
	local := now.In(l.location())
	year := local.Year()
	if local.Month() >= time.November {
		year++
	}
	if l.pack.known.Year < year {
		l.warning(fileCalendar, 0, "status", "Daftar libur resmi %d belum ada, sehingga tenggat sesudah %s hanya perkiraan. Isi dari SKB 3 Menteri.", year, l.pack.known)
	}
}

func (l *loader) warnTexts() {
	for _, key := range TextKeys() {
		id, hasID := l.pack.Texts[key]["id"]
		en, hasEN := l.pack.Texts[key]["en"]
		if !hasEN {
			l.warning(fileTextEN, 0, key, "Terjemahan Inggris tidak ada, jadi teks Indonesia yang dikirim. Tambahkan.")
			continue
		}
		if a, b := namesIn(id), namesIn(en); hasID && !slices.Equal(a, b) {
			l.warning(fileTextEN, l.tomlLine(fileTextEN, strings.Split(key, ".")), key, "Isian berbeda: Indonesia {%s}, Inggris {%s}. Samakan.", strings.Join(a, "} {"), strings.Join(b, "} {"))
		}
	}
}
