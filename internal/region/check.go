package region

import (
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"tanggap/internal/deadline"
	"tanggap/internal/tanggap"
)

var (
	colourForm = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)
	prefixForm = regexp.MustCompile(`^[A-Z]{2,5}$`)
	codeForm   = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{1,39}$`)
	regionForm = regexp.MustCompile(`^[0-9]{2}\.[0-9]{2}$`)
	phraseForm = regexp.MustCompile(`^[\p{Ll}\p{N}\p{So}\p{Sk}]+\*?( (~|[\p{Ll}\p{N}]+\*?))*$`)
)

// needed are the technical classes the program itself reacts to.
var needed = []string{Greeting, Thanks, StatusQuestion, Spam}

func (l *loader) check() {
	l.checkIdentity()
	l.checkHours()
	l.checkAreas()
	l.checkUnits()
	l.checkDuty()
	l.checkServices()
	l.checkRoutes()
	l.checkRules()
	l.checkEmergency()
	l.checkSeeds()
	l.pack.known = knownUntil(l.pack.Holidays)
	for _, key := range TextKeys() {
		if _, ok := l.pack.Texts[key]["id"]; !ok && l.files[fileTextID] != nil {
			l.add(fileTextID, 0, key, "Teks ini tidak ada, padahal dikirim kepada warga atau petugas. Tambahkan.")
		}
	}
}

func (l *loader) identityAt(field, format string, args ...any) {
	l.add(fileRegion, l.tomlLine(fileRegion, strings.Split(field, ".")), field, format, args...)
}

func (l *loader) checkIdentity() {
	if l.files[fileRegion] == nil {
		return
	}
	id := l.pack.Identity
	if !regionForm.MatchString(id.Code) {
		l.identityAt("code", "%q bukan kode wilayah Kemendagri, sehingga kode kecamatan tidak bisa dicocokkan. Tulis seperti 74.72.", id.Code)
	}
	if id.Name == "" {
		l.identityAt("name", "Nama wilayah kosong, padahal tampil di setiap pesan. Tulis seperti Kota Baubau.")
	}
	if id.Kind != "kota" && id.Kind != "kabupaten" {
		l.identityAt("kind", "%q tidak dikenal. Tulis kota atau kabupaten.", id.Kind)
	}
	if !prefixForm.MatchString(id.Prefix) {
		l.identityAt("prefix", "%q tidak bisa menjadi awalan nomor laporan. Pakai 2 sampai 5 huruf besar, seperti BAU.", id.Prefix)
	}
	if _, err := time.LoadLocation(id.Zone); err != nil || !strings.Contains(id.Zone, "/") {
		l.identityAt("zone", "%q bukan zona waktu, sehingga jam dan tenggat salah. Tulis Asia/Jakarta, Asia/Makassar atau Asia/Jayapura.", id.Zone)
	}
	if id.ZoneName == "" {
		l.identityAt("zone_name", "Nama zona kosong, padahal tampil di belakang jam. Tulis WIB, WITA atau WIT.")
	}
	if !colourForm.MatchString(id.Colour) {
		l.identityAt("colour", "%q bukan warna. Tulis seperti #0B5C5B.", id.Colour)
	} else if c := contrastOnWhite(id.Colour); c < 4.5 {
		l.identityAt("colour", "Warna %s terlalu terang di atas putih (%.1f banding 1), sehingga sulit dibaca. Pilih warna lebih gelap, paling sedikit 4,5 banding 1.", id.Colour, c)
	}
	if b := id.Box; !(-90 <= b[0] && b[0] < b[2] && b[2] <= 90 && -180 <= b[1] && b[1] < b[3] && b[3] <= 180) {
		l.identityAt("box", "Kotak wilayah tidak masuk akal, sehingga lokasi yang benar dianggap salah. Tulis [selatan, barat, utara, timur] dalam derajat.")
	}
	switch id.Learning {
	case LearnAuto, LearnSuggest, LearnNever:
	default:
		l.identityAt("learning", "%q bukan cara belajar. Pilihan: auto, suggest, never.", id.Learning)
	}
	if id.AutoClose < 1 || id.AutoClose > 60 {
		l.identityAt("auto_close_days", "%d hari kerja di luar batas 1 sampai 60. Anjuran: 10.", id.AutoClose)
	}
	for _, field := range []struct{ name, value string }{{"quiet_from", id.QuietFrom}, {"quiet_to", id.QuietTo}} {
		if _, err := deadline.ParseMinute(field.value); err != nil {
			l.identityAt(field.name, "%q bukan jam. Tulis seperti 21:00.", field.value)
		}
	}
	l.pack.quiet.From, _ = deadline.ParseMinute(id.QuietFrom)
	l.pack.quiet.To, _ = deadline.ParseMinute(id.QuietTo)
	if u, ok := l.pack.Unit(id.Triage); !ok {
		l.identityAt("triage_unit", "Unit %q tidak ada di units.csv, sehingga laporan yang tidak jelas tidak punya pembaca. Isi kode unit yang ada.", id.Triage)
	} else if u.Retired {
		l.identityAt("triage_unit", msgRetiredUnit, id.Triage)
	}
	if !l.promises(id.FirstRule) {
		l.identityAt("first_rule", "Aturan %q tidak ada di rules.csv atau bukan janji (promise=ya), sehingga laporan yang belum jelas tidak punya tenggat. Isi kode aturan.", id.FirstRule)
	}
	if t := id.Thresholds; !(t.Suggest > 0 && t.Suggest <= t.Auto && t.Auto <= 1) {
		l.identityAt("threshold", "Ambang harus 0 < suggest ≤ auto ≤ 1; sekarang suggest %g dan auto %g. Perbaiki angkanya.", t.Suggest, t.Auto)
	}
	for i, n := range id.Numbers {
		if n.Name == "" || n.Number == "" || strings.Trim(n.Number, "0123456789+- ") != "" {
			l.identityAt("emergency_number", "Nomor darurat ke-%d tidak punya nama atau bukan nomor telepon. Lengkapi name dan number.", i+1)
		}
	}
	for _, h := range id.Hosts {
		if h != strings.ToLower(h) || strings.ContainsAny(h, "/: ") {
			l.identityAt("hosts", "%q bukan nama host. Tulis tanpa https:// dan tanpa garis miring.", h)
		}
	}
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // as time.Weekday

func (l *loader) checkHours() {
	l.pack.weeks = map[string]deadline.Week{alwaysOpen: fullWeek()}
	for name, hours := range l.pack.Identity.Hours {
		var week deadline.Week
		for day, list := range hours {
			n := slices.Index(weekdays, day)
			if n < 0 {
				l.identityAt("hours."+name+"."+day, "Hari %q tidak dikenal. Tulis mon, tue, wed, thu, fri, sat atau sun.", day)
				continue
			}
			for _, s := range list {
				interval, ok := parseInterval(s)
				if !ok || len(week[n]) > 0 && interval.From < week[n][len(week[n])-1].To {
					l.identityAt("hours."+name+"."+day, "Jam %q tidak sah atau tidak berurutan. Tulis seperti 07:30-12:00.", s)
					continue
				}
				week[n] = append(week[n], interval)
			}
		}
		if name == alwaysOpen {
			l.identityAt("hours."+name, "Nama always sudah berarti buka siang malam. Pakai nama lain.")
			continue
		}
		l.pack.weeks[name] = week
	}
	if office := l.pack.weeks[officeHours]; l.files[fileRegion] != nil &&
		!slices.ContainsFunc(office[:], func(d []deadline.Interval) bool { return len(d) > 0 }) {
		l.identityAt("hours.office", "Jam kantor belum diisi, sehingga hari kerja tidak bisa dihitung. Isi [hours.office].")
	}
}

func parseInterval(s string) (deadline.Interval, bool) {
	a, b, ok := strings.Cut(s, "-")
	from, err1 := deadline.ParseMinute(strings.TrimSpace(a))
	to, err2 := deadline.ParseMinute(strings.TrimSpace(b))
	return deadline.Interval{From: from, To: to}, ok && err1 == nil && err2 == nil && from < to
}

// unique reports codes that are used twice.
func (l *loader) unique(file string, n int, code string, seen map[string]int) {
	if code == "" {
		return
	}
	if first, twice := seen[code]; twice {
		l.at(file, n, "code", "Kode %s sudah dipakai pada baris %d. Beri kode lain, atau hapus salah satu baris.", code, l.lines[file][first])
		return
	}
	seen[code] = n
}

func (l *loader) checkAreas() {
	seen := map[string]int{}
	for i, a := range l.pack.Areas {
		l.unique(fileAreas, i, a.Code, seen)
		if !strings.HasPrefix(a.Code, l.pack.Identity.Code+".") {
			l.at(fileAreas, i, "code", "Kode %q tidak berawal %s., jadi bukan bagian wilayah ini. Perbaiki kodenya.", a.Code, l.pack.Identity.Code)
		}
		top := a.Kind == "kecamatan" || a.Kind == "distrik"
		if top != (a.Parent == "") {
			l.at(fileAreas, i, "parent", "Kecamatan atau distrik tidak punya induk, yang lain wajib punya. Perbaiki kolom ini.")
			continue
		}
		if a.Parent == "" {
			continue
		}
		if parent, ok := l.pack.Area(a.Parent); !ok || parent.Parent != "" {
			l.at(fileAreas, i, "parent", "Induk %q bukan kecamatan di file ini. Isi kode kecamatan yang ada.", a.Parent)
		} else if !strings.HasPrefix(a.Code, a.Parent+".") {
			l.at(fileAreas, i, "parent", "Kode %s tidak berawal %s. Periksa kode atau induknya.", a.Code, a.Parent)
		}
	}
	for i, m := range l.pack.Landmarks {
		if _, ok := l.pack.Area(m.Area); !ok {
			l.at(fileLandmarks, i, "area", "Wilayah %q tidak ada di areas.csv. Isi kode yang ada.", m.Area)
		}
	}
}

func (l *loader) checkUnits() {
	seen, offices := map[string]int{}, map[string]int{}
	for i, u := range l.pack.Units {
		l.unique(fileUnits, i, u.Code, seen)
		if u.Code != "" && !codeForm.MatchString(u.Code) {
			l.at(fileUnits, i, "code", "Kode %q hanya boleh huruf besar, angka dan tanda hubung. Perbaiki.", u.Code)
		}
		if _, ok := l.pack.weeks[u.Hours]; u.Hours != "" && !ok {
			l.at(fileUnits, i, "hours", "Jam %q tidak ada di region.toml. Pakai office, always, atau tambahkan [hours.%s].", u.Hours, u.Hours)
		}
		if u.Email != "" && !validMail(u.Email) {
			l.at(fileUnits, i, "email", "%q bukan alamat surel. Perbaiki atau kosongkan.", u.Email)
		}
		if strings.Trim(u.Phone, "0123456789+- ") != "" {
			l.at(fileUnits, i, "phone", "%q bukan nomor telepon. Tulis hanya angka, + dan -.", u.Phone)
		}
		if !u.serves() && u.Area == "" {
			continue
		}
		if _, ok := l.pack.Area(u.Area); !ok {
			l.at(fileUnits, i, "area", "Wilayah %q tidak ada di areas.csv, padahal kantor ini melayani suatu wilayah. Isi kodenya.", u.Area)
		} else if first, twice := offices[u.Area]; twice && !u.Retired {
			l.at(fileUnits, i, "area", "Wilayah %s sudah punya kantor pada baris %d. Satu wilayah satu kantor.", u.Area, l.lines[fileUnits][first])
		} else if !u.Retired {
			offices[u.Area] = i
		}
	}
	for i, u := range l.pack.Units {
		l.checkSuccession(fileUnits, i, u.Retired, u.Into, l.pack.CurrentUnit(u.Code))
	}
}

const msgRetiredUnit = "Unit %q sudah tidak dipakai, sehingga tidak menerima laporan. Isi penggantinya."

// checkSuccession holds what a retired row says about the one that took its place;
// current is where that leads in the end.
func (l *loader) checkSuccession(file string, n int, retired bool, into, current string) {
	switch {
	case into == "":
	case !retired:
		l.at(file, n, "into", "Pengganti diisi, padahal masih dipakai. Isi retired dengan ya, atau kosongkan pengganti.")
	case current == "":
		l.at(file, n, "into", "Pengganti %q tidak ada atau sudah tidak dipakai juga. Isi kode yang masih dipakai.", into)
	}
}

func validMail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

func (l *loader) checkDuty() {
	for i, d := range l.pack.Duty {
		if u, ok := l.pack.Unit(d.Unit); !ok && d.Unit != "" {
			l.at(fileDuty, i, "unit", "Unit %q tidak ada di units.csv. Isi kode yang ada.", d.Unit)
		} else if u.Retired {
			l.at(fileDuty, i, "unit", msgRetiredUnit, d.Unit)
		}
		if d.Officer != "" && !validMail(d.Officer) {
			l.at(fileDuty, i, "officer", "%q bukan surel petugas. Isi surel yang dipakai untuk masuk.", d.Officer)
		}
		if _, ok := parseWeekdays(d.Weekdays); !ok {
			l.at(fileDuty, i, "weekdays", "%q tidak dikenal. Tulis seperti mon-fri atau sat,sun.", d.Weekdays)
		}
		if _, _, ok := d.span(); !ok {
			l.at(fileDuty, i, "from", "Jam jaga %q sampai %q tidak sah. Isi keduanya seperti 16:00 dan 07:30, atau kosongkan keduanya.", d.From, d.To)
		}
	}
}

func (l *loader) checkServices() {
	seen := map[string]int{}
	for i, s := range l.pack.Services {
		l.unique(fileServices, i, s.Code, seen)
		if s.Code != "" && !codeForm.MatchString(s.Code) {
			l.at(fileServices, i, "code", "Kode %q hanya boleh huruf besar, angka dan tanda hubung. Perbaiki.", s.Code)
		}
		if (s.Secret || s.Judges) && s.Automation != Suggest {
			l.at(fileServices, i, "automation", "Layanan rahasia, atau yang menolak, menuduh, atau menentukan hak seseorang, selalu diputuskan petugas. Isi suggest.")
		}
		l.checkSuccession(fileServices, i, s.Retired, s.Into, l.pack.Current(s.Code))
		if s.Evidence && (!s.Field || s.External || s.Technical) {
			l.at(fileServices, i, "evidence", "Foto bukti hanya bisa diminta untuk pekerjaan di tempat (field=ya) oleh unit daerah sendiri (external dan technical=tidak). Perbaiki salah satunya.")
		}
		if s.Check && !s.Evidence {
			l.at(fileServices, i, "check", "Pemeriksaan hasil oleh orang kedua perlu foto bukti. Isi evidence=ya, atau check=tidak.")
		}
		if s.Technical {
			continue
		}
		if !l.promises(s.Rule) {
			l.at(fileServices, i, "rule", "Aturan %q tidak ada di rules.csv atau bukan janji (promise=ya), sehingga warga tidak mendapat tenggat. Isi kode aturan.", s.Rule)
		}
		if !slices.ContainsFunc(l.pack.Rules, func(r Rule) bool { return r.Code == s.Target }) {
			l.at(fileServices, i, "target", "Target %q tidak ada di rules.csv. Isi kode aturan yang ada.", s.Target)
		}
	}
	for _, code := range needed {
		if s, ok := l.pack.Service(code); l.files[fileServices] != nil && (!ok || !s.Technical || s.Retired) {
			l.add(fileServices, 0, "code", "Kelas teknis %s tidak ada, padahal dipakai program. Tambahkan dengan technical=ya.", code)
		}
	}
}

// promises reports whether a rule exists and is published to citizens.
func (l *loader) promises(code string) bool {
	return slices.ContainsFunc(l.pack.Rules, func(r Rule) bool { return r.Code == code && r.Promise })
}

func (l *loader) checkRoutes() {
	p := l.pack
	seen := map[[2]string]int{}
	for i, r := range p.Routes {
		if _, ok := p.Service(r.Service); !ok && r.Service != anything {
			l.at(fileRoutes, i, "service", "Layanan %q tidak ada di services.csv. Isi kode yang ada atau *.", r.Service)
		}
		if _, ok := p.Area(r.Area); !ok && r.Area != anything && !slices.Contains([]string{levelVillage, levelDesa, levelDistrict}, r.Area) {
			l.at(fileRoutes, i, "area", "Wilayah %q tidak ada di areas.csv. Isi kode, *, desa, kelurahan atau kecamatan.", r.Area)
		}
		for _, unit := range append([]string{r.Unit}, r.Also...) {
			if u, ok := p.Unit(unit); !ok && unit != "@"+levelVillage && unit != "@"+levelDistrict {
				l.at(fileRoutes, i, "unit", "Unit %q tidak ada di units.csv. Isi kode yang ada, @kelurahan atau @kecamatan.", unit)
			} else if u.Retired {
				l.at(fileRoutes, i, "unit", msgRetiredUnit, unit)
			}
		}
		key := [2]string{r.Service, r.Area}
		if first, twice := seen[key]; twice {
			l.at(fileRoutes, i, "area", "Rute untuk %s dan wilayah %s sudah ada pada baris %d. Hapus salah satu.", r.Service, r.Area, l.lines[fileRoutes][first])
		} else {
			seen[key] = i
		}
	}
	for i, s := range p.Services {
		if s.Technical || s.Retired || !p.routed(s.Code) {
			continue
		}
		var holes []string
		for _, a := range p.Areas {
			if _, _, why := p.Route(s.Code, a.Code); why == WhyNone {
				holes = append(holes, a.Name)
			}
		}
		if len(holes) > 0 {
			l.at(fileServices, i, "code", "Layanan %s tidak punya unit untuk %s. Tambahkan rute di routes.csv atau kantor di units.csv.", s.Code, some(holes))
		}
	}
}

// some names the first three of a list and counts the rest.
func some(names []string) string {
	if len(names) <= 3 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s dan %d wilayah lain", strings.Join(names[:3], ", "), len(names)-3)
}

func (l *loader) checkRules() {
	type version struct{ code, from string }
	seen := map[version]int{}
	for i, r := range l.pack.Rules {
		v := version{r.Code, r.From.Format(time.DateOnly)}
		if first, twice := seen[v]; twice {
			l.at(fileRules, i, "code", "Aturan %s dengan tanggal mulai yang sama sudah ada pada baris %d. Ubah tanggal mulainya.", r.Code, l.lines[fileRules][first])
		}
		seen[v] = i
	}
}

func (l *loader) checkEmergency() {
	groups := map[string]bool{anything: true}
	for _, w := range l.pack.Emergency {
		if w.Kind == "sign" {
			groups[w.Group] = true
		}
	}
	for i, w := range l.pack.Emergency {
		if w.Phrase != "" && !phraseForm.MatchString(w.Phrase) {
			l.at(fileEmergency, i, "phrase", "Frasa %q hanya boleh kata huruf kecil tanpa tanda baca, * di akhir kata, dan ~ di antara kata. Perbaiki.", w.Phrase)
		}
		s, ok := l.pack.Service(l.pack.Current(w.Service))
		switch {
		case w.Kind == "sign" && (!ok || s.Urgency != tanggap.Emergency):
			l.at(fileEmergency, i, "service", "Layanan %q tidak ada di services.csv atau kedaruratannya bukan 3, sehingga bahaya ini tidak sampai ke petugas jaga. Isi kode yang tepat.", w.Service)
		case w.Kind == "cancel" && w.Service != "" && !ok:
			l.at(fileEmergency, i, "service", "Layanan %q tidak ada di services.csv. Isi kode yang ada atau kosongkan.", w.Service)
		}
		if !groups[w.Group] || w.Kind == "sign" && w.Group == anything {
			l.at(fileEmergency, i, "group", "Kelompok %q tidak punya tanda bahaya. Periksa ejaannya.", w.Group)
		}
	}
}

func (l *loader) checkSeeds() {
	seen, known := map[string]int{}, map[string]bool{"": true}
	for _, s := range l.pack.Services {
		known[s.Code] = true
	}
	for i, s := range l.pack.Seeds {
		if !known[s.Service] {
			known[s.Service] = true // one report is enough
			l.atSeed(i, "service", "Layanan %q tidak ada di services.csv. Isi kode yang ada, di sini dan pada baris lain.", s.Service)
		}
		key := strings.ToLower(s.Text)
		if first, twice := seen[key]; twice {
			l.atSeed(i, "text", "Pesan ini sama dengan contoh ke-%d, sehingga tidak menambah pelajaran. Hapus salah satu.", first+1)
		} else {
			seen[key] = i
		}
	}
}

// atSeed reports a problem of the i-th seed, in the file it came from.
func (l *loader) atSeed(i int, field, format string, args ...any) {
	file := fileSeed
	if i >= l.handMade {
		file, i = fileComposed, i-l.handMade
	}
	l.at(file, i, field, format, args...)
}
