// Package region holds everything that differs between cities: the region pack,
// a folder of TOML and CSV that is loaded, validated with line numbers, versioned
// in the database and recorded on every decision and deadline.
package region

import (
	"time"

	"tanggap/internal/deadline"
	"tanggap/internal/tanggap"
)

// Pack is one version of one region's data. It is immutable once loaded.
type Pack struct {
	Version int64  // number of this version in the database; 0 for a folder
	Hash    string // SHA-256 over the folder's canonical content
	Lesson  string // SHA-256 over what teaches the model: an office's new telephone changes no model

	Identity  Identity
	Areas     []Area
	Landmarks []Landmark
	Units     []Unit
	Duty      []Duty
	Services  []Service
	Routes    []Route
	Rules     []Rule
	Holidays  []Holiday
	Texts     Texts
	Emergency []EmergencyWord
	Seeds     []Seed
	Playbook  []PlayStep
	Supplies  []Supply

	Boundaries []Boundary // in the order of Areas; empty until the city loads its own

	location *time.Location
	weeks    map[string]deadline.Week
	holidays map[deadline.Date]string
	known    deadline.Date // last date of the official calendar
	quiet    deadline.QuietHours
}

// Identity says who the region is and how it shows itself.
type Identity struct {
	Code       string            `toml:"code"`      // Kemendagri, e.g. 74.72
	Name       string            `toml:"name"`      // Kota Baubau
	Kind       string            `toml:"kind"`      // kota or kabupaten
	Prefix     string            `toml:"prefix"`    // of case numbers, e.g. BAU; unique in a process
	Zone       string            `toml:"zone"`      // IANA, e.g. Asia/Makassar
	ZoneName   string            `toml:"zone_name"` // WIB, WITA or WIT
	Hosts      []string          `toml:"hosts"`     // host names this region answers on
	Population int               `toml:"population"`
	Colour     string            `toml:"colour"`          // #RRGGBB, at least 4.5:1 on white
	Box        [4]float64        `toml:"box"`             // plausibility: south, west, north, east
	QuietFrom  string            `toml:"quiet_from"`      // 21:00, no notice but safety after it
	QuietTo    string            `toml:"quiet_to"`        // 06:30
	Triage     string            `toml:"triage_unit"`     // unit that reads what nobody else can place
	FirstRule  string            `toml:"first_rule"`      // promise while the service is unknown
	AutoClose  int               `toml:"auto_close_days"` // working days of silence after an answer
	Learning   Learning          `toml:"learning"`        // from confirmed cases; default auto
	WarnWeekly float64           `toml:"warnings_weekly"` // false warnings of surges that a week may bring; default 1
	Hours      map[string]Hours  `toml:"hours"`           // named weeks; "office" is needed, "always" is built in
	Numbers    []EmergencyNumber `toml:"emergency_number"`
	Thresholds Thresholds        `toml:"threshold"`
}

// Learning says how far the program goes by itself in learning from confirmed cases.
type Learning string

const (
	LearnAuto    Learning = "auto"    // learns, and uses what proved no worse
	LearnSuggest Learning = "suggest" // learns; a person puts it in force
	LearnNever   Learning = "never"
)

// Hours are the opening hours of a week, mon to sun, each a list such as
// ["07:30-12:00", "13:00-16:00"]. A day that is not named is closed.
type Hours map[string][]string

// EmergencyNumber is shown to citizens only when Verified.
type EmergencyNumber struct {
	Name     string `toml:"name"`
	Number   string `toml:"number"`
	Verified bool   `toml:"verified"`
	Source   string `toml:"source"`
}

// Thresholds of calibrated confidence, 0..1.
type Thresholds struct {
	Auto    float64 `toml:"auto"`    // at or above: routed without waiting for a person, reversible
	Suggest float64 `toml:"suggest"` // below: triage queue
}

// Area is a kecamatan, or a kelurahan or desa inside one. A kecamatan has no Parent.
type Area struct {
	Code, Name, Kind, Parent string
	Aliases                  []string
	// Ambiguous marks a name that is also an ordinary word or another place, so that
	// it counts only with a hint such as "kelurahan" before it or a second sign.
	Ambiguous  bool
	Population int
}

// Landmark is a known place name inside an area. Until somebody who knows the city has
// verified where it lies, it makes its area a candidate only.
type Landmark struct {
	Name     string
	Aliases  []string
	Area     string
	Source   string
	Verified bool
}

// Unit is an office that answers for cases.
type Unit struct {
	Code, Name, Short, Kind string // kind: opd, kecamatan, kelurahan, desa, rs, bumd, external, desk
	Area                    string // of a kecamatan, kelurahan or desa office
	Hours                   string // a name of Identity.Hours, or "always": day and night, holidays too
	Phone, Email            string
	Verified                bool   // contact data confirmed by the city
	Does                    string // one line, for officers and for the model
	Retired                 bool   // takes no new cases; its name stays for old ones
	Into                    string // of a retired one: the unit that took its place, which gets its open cases, or ""
}

// Duty names who is told first, second, ... when something cannot wait.
type Duty struct {
	Unit     string
	Order    int    // 1 is told first
	Officer  string // log-in e-mail of an officer
	Weekdays string // "mon-sun", "mon,wed"
	From, To string // local clock time, may wrap midnight; empty = all day
}

// Automation says what the computer may do alone with a service.
type Automation string

const (
	Suggest  Automation = "suggest"   // an officer confirms
	AutoUndo Automation = "auto_undo" // routed at once, one click undoes it
	Auto     Automation = "auto"      // routed at once
)

// Service is one taxonomy code.
type Service struct {
	Code, Name, NameEn string
	Kind               tanggap.Kind
	Urgency            tanggap.Urgency
	Automation         Automation
	Secret             bool // rahasia by default
	// Judges marks a service whose outcome rejects somebody, accuses somebody or
	// says who is entitled to something. It is always left to people.
	Judges       bool
	External     bool   // answered by a body outside the region's government
	Technical    bool   // greeting, thanks, spam, ...: opens no matter by itself
	Rule         string // deadline rule: the promise to the citizen
	Target       string // internal target rule; drives escalation only
	Field        bool   // work on site
	Evidence     bool   // a photo of the work is needed before the citizen is told that it is done
	Check        bool   // a second person looks at it before
	Keywords     []string
	Help, HelpEn string // what the citizen should add, one sentence
	Retired      bool   // no new case is about it; its name stays for old ones
	Into         string // of a retired one: the service that took its place, which gets its open cases, or ""
}

// Route sends a service, in an area or anywhere, to a unit; see Pack.Route for the
// order in which routes are tried.
type Route struct {
	Service string   // code or "*"
	Area    string   // code, "*", or the level "desa", "kelurahan" (desa too) or "kecamatan"
	Unit    string   // code, or "@kelurahan" (of a desa too) or "@kecamatan": the office of the case's area
	Also    []string // units that are told as well
	Note    string
}

// Rule is a named deadline with its legal basis.
type Rule struct {
	Code, Name string
	Amount     int
	Unit       deadline.Unit
	Basis      string    // regulation or "usulan"; shown to officers
	Verified   bool      // text of the regulation was checked
	From       time.Time // effective date, local
	Promise    bool      // published to citizens; otherwise an internal target
}

// Holiday is a day on which offices are closed.
type Holiday struct {
	Date   string // 2006-01-02
	Name   string
	Kind   string // national, joint, local, election
	Status string // official, estimated
	Source string
}

// Texts are the region's words, by key and language ("id", "en"). Placeholders
// are {name}; nothing else is interpreted.
type Texts map[string]map[string]string

// EmergencyWord is one deterministic sign of danger, or a phrase that takes such a
// sign back. A cancel phrase counts only within the sentence it stands in and only
// for signs of its group; a sign in another sentence stays.
type EmergencyWord struct {
	// Phrase is words in lower case; "*" ends a word of which only the beginning
	// is given, "~" stands for up to three words of any kind.
	Phrase  string
	Kind    string // sign or cancel (negation, past, habit, figure of speech)
	Group   string // fire, flood, ...; of a cancel also "*", all groups
	Service string // of a cancel: what the sentence is usually about instead, or ""
	Note    string
}

// PlayStep is one thing to do once a warning about a service was confirmed.
type PlayStep struct {
	Service string // code or "*"
	Order   int
	Kind    string // one of the kinds below
	Words   string // what to do, or of PlayText what citizens are told
	Days    int    // of PlayEnd: days as usual after which it is over
}

// Kinds of a step of the playbook.
const (
	PlayEvent = "event" // the cases behind it become one event
	PlayText  = "text"  // ready words to citizens
	PlayHands = "hands" // more people for triage or on site
	PlayDo    = "do"    // anything else
	PlayEnd   = "end"   // when it is over
)

// Supply is something that a unit uses up with cases of a service.
type Supply struct {
	Service, Item string
	PerCase       float64
}

// Seed is one synthetic training message. Core names the sentence that a composed one
// was made of; it is "" for one written by hand.
type Seed struct {
	Text, Service, Voice, Core string
}

// Area returns the area with this code.
func (p *Pack) Area(code string) (Area, bool) {
	return find(p.Areas, func(a Area) bool { return a.Code == code })
}

// Unit returns the unit with this code.
func (p *Pack) Unit(code string) (Unit, bool) {
	return find(p.Units, func(u Unit) bool { return u.Code == code })
}

// Service returns the service with this code.
func (p *Pack) Service(code string) (Service, bool) {
	return find(p.Services, func(s Service) bool { return s.Code == code })
}

func find[T any](list []T, ok func(T) bool) (T, bool) {
	for _, x := range list {
		if ok(x) {
			return x, true
		}
	}
	var zero T
	return zero, false
}
