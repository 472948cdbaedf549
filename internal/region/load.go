package region

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // small servers come without a time-zone database

	"github.com/BurntSushi/toml"

	"tanggap/internal/deadline"
	"tanggap/internal/tanggap"
)

// Load reads and validates a pack. When it has errors they are all returned, as
// Problems.
func Load(fsys fs.FS) (*Pack, error) {
	l := load(fsys)
	if len(l.problems) > 0 {
		return nil, Problems(l.problems)
	}
	return l.pack, nil
}

// Check reports the errors of a pack or, when it has none, its warnings, in the
// order of files and lines. now decides which years' calendars should be official.
func Check(fsys fs.FS, now time.Time) []Problem {
	l := load(fsys)
	if len(l.problems) == 0 {
		l.warn(now)
		l.sort()
	}
	return l.problems
}

const msgMissing = "File ini tidak ada, padahal wajib. Salin dari paket contoh (tanggap region new)."

// loader carries a pack while it is read.
type loader struct {
	pack      *Pack
	files     Files
	lines     map[string][]int // line of the n-th row of a table
	tomlLines map[string]map[string]int
	problems  []Problem
	handMade  int // seeds of seed.csv, which come first
}

func load(fsys fs.FS) *loader {
	l := newLoader(Files{})
	for _, name := range packFiles {
		data, err := readFile(fsys, name)
		switch {
		case errors.Is(err, fs.ErrNotExist) && optional(name):
		case errors.Is(err, fs.ErrNotExist):
			l.add(name, 0, "", msgMissing)
		case errors.Is(err, errTooLarge):
			l.add(name, 0, "", "File lebih besar dari 5 MB. Kurangi isinya.")
		case err != nil:
			l.add(name, 0, "", "File tidak bisa dibaca. Periksa izin file atau arsipnya.")
		default:
			l.files[name] = data
		}
	}
	l.read()
	return l
}

func newLoader(files Files) *loader {
	return &loader{pack: &Pack{Texts: Texts{}}, files: files, lines: map[string][]int{}, tomlLines: map[string]map[string]int{}}
}

// read turns the files into a pack and notes what is wrong with it.
func (l *loader) read() {
	l.identity()
	l.tables()
	l.readTexts("id", fileTextID)
	l.readTexts("en", fileTextEN)
	l.readBoundaries()
	l.check()
	l.pack.succeed()
	l.pack.Hash, l.pack.Lesson = hash(l.files), lesson(l.pack)
	l.sort()
}

func (l *loader) add(file string, line int, field, format string, args ...any) {
	l.problems = append(l.problems, Problem{File: file, Line: line, Field: field, Message: fmt.Sprintf(format, args...)})
}

// at reports a problem of the n-th row of a table.
func (l *loader) at(file string, n int, field, format string, args ...any) {
	l.add(file, l.lines[file][n], field, format, args...)
}

func (l *loader) warning(file string, line int, field, format string, args ...any) {
	l.add(file, line, field, format, args...)
	l.problems[len(l.problems)-1].Warning = true
}

func (l *loader) sort() {
	slices.SortStableFunc(l.problems, func(a, b Problem) int {
		if a.File != b.File {
			return slices.Index(packFiles, a.File) - slices.Index(packFiles, b.File)
		}
		return a.Line - b.Line
	})
}

// decode reads a TOML file into v and returns the keys that v does not know.
func (l *loader) decode(file string, v any) []toml.Key {
	data, ok := l.files[file]
	if !ok {
		return nil
	}
	meta, err := toml.Decode(string(data), v)
	if err != nil {
		line, what := 0, "Isinya tidak sesuai bentuk TOML"
		var parse toml.ParseError
		if errors.As(err, &parse) {
			line, what = parse.Position.Line, what+" ("+parse.Message+")"
		}
		l.add(file, line, "", "%s. Periksa tanda kutip, kurung dan jenis nilai di sekitar baris ini.", what)
		return nil
	}
	return meta.Undecoded()
}

func (l *loader) identity() {
	l.pack.Identity.Learning = LearnAuto
	for _, key := range l.decode(fileRegion, &l.pack.Identity) {
		l.add(fileRegion, l.tomlLine(fileRegion, key), key.String(), "Isian ini tidak dikenal, jadi tidak berpengaruh. Hapus, atau perbaiki ejaannya.")
	}
}

// tomlLine returns the line on which a key is written, 0 when it is not found.
func (l *loader) tomlLine(file string, key toml.Key) int {
	if l.tomlLines[file] == nil {
		l.tomlLines[file] = tomlLines(string(l.files[file]))
	}
	return l.tomlLines[file][key.String()]
}

// tomlLines finds the lines of "name =" below "[table]", and of the tables.
func tomlLines(text string) map[string]int {
	lines := map[string]int{}
	table, n := "", 0
	for line := range strings.Lines(text) {
		n++
		key := ""
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "[") {
			table = strings.Trim(line, "[] ")
			key = table
		} else if name, _, ok := strings.Cut(line, "="); ok {
			key = strings.Trim(strings.TrimSpace(name), `"`)
			if table != "" {
				key = table + "." + key
			}
		}
		if _, known := lines[key]; key != "" && !known {
			lines[key] = n
		}
	}
	return lines
}

func (l *loader) tables() {
	p := l.pack
	l.table(fileAreas, func(r row) {
		p.Areas = append(p.Areas, Area{
			Code: r.text("code"), Name: r.text("name"),
			Kind:   r.text("kind"),
			Parent: r.text("parent"), Aliases: r.list("aliases"), Ambiguous: r.yes("ambiguous"),
			Population: r.count("population", 0, 100_000_000),
		})
	})
	l.table(fileLandmarks, func(r row) {
		p.Landmarks = append(p.Landmarks, Landmark{
			Name: r.text("name"), Aliases: r.list("aliases"), Area: r.text("area"), Source: r.text("source"), Verified: r.yes("verified"),
		})
	})
	l.table(fileUnits, func(r row) {
		p.Units = append(p.Units, Unit{
			Code: r.text("code"), Name: r.text("name"), Short: r.text("short"),
			Kind: r.text("kind"),
			Area: r.text("area"), Hours: r.text("hours"), Phone: r.text("phone"), Email: r.text("email"),
			Verified: r.yes("verified"), Does: r.text("does"), Retired: r.yes("retired"), Into: r.text("into"),
		})
	})
	l.table(fileDuty, func(r row) {
		p.Duty = append(p.Duty, Duty{
			Unit: r.text("unit"), Order: r.count("order", 1, 99), Officer: r.text("officer"),
			Weekdays: r.text("weekdays"), From: r.text("from"), To: r.text("to"),
		})
	})
	l.table(fileServices, func(r row) {
		p.Services = append(p.Services, Service{
			Code: r.text("code"), Name: r.text("name"), NameEn: r.text("name_en"),
			Kind:       tanggap.Kind(r.text("kind")),
			Urgency:    tanggap.Urgency(r.number("urgency")),
			Automation: Automation(r.text("automation")),
			Secret:     r.yes("secret"), Judges: r.yes("judges"), External: r.yes("external"), Technical: r.yes("technical"),
			Rule: r.text("rule"), Target: r.text("target"), Field: r.yes("field"), Evidence: r.yes("evidence"), Check: r.yes("check"),
			Keywords: r.list("keywords"), Help: r.text("help"), HelpEn: r.text("help_en"), Retired: r.yes("retired"), Into: r.text("into"),
		})
	})
	l.table(fileRoutes, func(r row) {
		p.Routes = append(p.Routes, Route{
			Service: r.text("service"), Area: r.text("area"), Unit: r.text("unit"), Also: r.list("also"), Note: r.text("note"),
		})
	})
	l.table(fileRules, func(r row) {
		rule := Rule{
			Code: r.text("code"), Name: r.text("name"), Amount: r.count("amount", 1, 3650),
			Unit:  deadline.Unit(r.text("unit")),
			Basis: r.text("basis"), Verified: r.yes("verified"), Promise: r.yes("promise"),
		}
		if from, err := time.ParseInLocation(time.DateOnly, r.text("from"), l.location()); err == nil {
			rule.From = from
		} else {
			r.add("from", "%q bukan tanggal, sehingga mulai berlakunya tidak jelas. Tulis seperti 2026-01-31.", r.text("from"))
		}
		p.Rules = append(p.Rules, rule)
	})
	p.holidays = map[deadline.Date]string{}
	l.table(fileCalendar, func(r row) {
		h := Holiday{
			Date: r.text("date"), Name: r.text("name"), Kind: r.text("kind"),
			Status: r.text("status"), Source: r.text("source"),
		}
		p.Holidays = append(p.Holidays, h)
		date, err := deadline.ParseDate(h.Date)
		if err != nil {
			r.add("date", "%q bukan tanggal, sehingga tenggat salah hitung. Tulis seperti 2026-08-17.", h.Date)
			return
		}
		if other, twice := p.holidays[date]; twice {
			r.add("date", "Tanggal %s sudah ada (%s). Gabungkan menjadi satu baris.", h.Date, other)
		}
		p.holidays[date] = h.Name
	})
	l.table(fileEmergency, func(r row) {
		p.Emergency = append(p.Emergency, EmergencyWord{
			Phrase: r.text("phrase"), Kind: r.text("kind"), Group: r.text("group"),
			Service: r.text("service"), Note: r.text("note"),
		})
	})
	l.table(fileSeed, func(r row) {
		p.Seeds = append(p.Seeds, Seed{Text: r.text("text"), Service: r.text("service"), Voice: r.text("voice")})
	})
	if l.files[filePlaybook] != nil {
		l.table(filePlaybook, func(r row) {
			p.Playbook = append(p.Playbook, PlayStep{Service: r.text("service"), Order: r.count("order", 1, 99), Kind: r.text("kind"), Words: r.text("words"), Days: r.count("days", 0, 365)})
		})
	}
	if l.files[fileSupplies] != nil {
		l.table(fileSupplies, func(r row) {
			p.Supplies = append(p.Supplies, Supply{Service: r.text("service"), Item: r.text("item"), PerCase: r.amount("per_case")})
		})
	}
	l.handMade = len(p.Seeds)
	if l.files[fileComposed] != nil {
		l.table(fileComposed, func(r row) {
			p.Seeds = append(p.Seeds, Seed{Text: r.text("text"), Service: r.text("service"), Voice: r.text("voice"), Core: r.text("core")})
		})
	}
}

// location loads the zone once; UTC stands in for a zone that does not load, which
// check reports.
func (l *loader) location() *time.Location {
	if l.pack.location == nil {
		l.pack.location = time.UTC
		if loc, err := time.LoadLocation(l.pack.Identity.Zone); err == nil && l.pack.Identity.Zone != "" {
			l.pack.location = loc
		}
	}
	return l.pack.location
}
