package region

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tanggap/internal/deadline"
)

// Codes of services the program itself reacts to.
const (
	Greeting       = "SALAM"
	Thanks         = "TERIMA-KASIH"
	StatusQuestion = "STATUS-TANYA"
	Spam           = "SPAM"
)

const (
	officeHours   = "office"
	alwaysOpen    = "always"
	anything      = "*"
	levelVillage  = "kelurahan" // also desa: whatever lies in a kecamatan
	levelDesa     = "desa"      // only desa, which have a budget and a head of their own
	levelDistrict = "kecamatan"
)

// Why Route chose a unit.
const (
	WhyArea     = "area"     // a route for the service in this very area
	WhyDistrict = "district" // a route for the service in the area's kecamatan
	WhyLevel    = "level"    // a route for the service in areas of this level
	WhyService  = "service"  // a route for the service anywhere
	WhyDefault  = "default"  // a route for every service
	WhyNone     = "none"     // nothing fits: the triage unit reads it
)

// Location returns the region's time zone.
func (p *Pack) Location() *time.Location { return p.location }

// PublicName returns the region's name as citizens read it.
func (p *Pack) PublicName() string { return p.Identity.Name }

// EmergencyNumbers lists the confirmed numbers as "110 (Polisi), 119 (Ambulans)";
// "" while none is confirmed, and then TextEmergencyNoNumber is the text to send.
func (p *Pack) EmergencyNumbers() string {
	var parts []string
	for _, n := range p.Identity.Numbers {
		if n.Verified {
			parts = append(parts, n.Number+" ("+n.Name+")")
		}
	}
	return strings.Join(parts, ", ")
}

// Calendar returns the office calendar, on which promises are counted.
func (p *Pack) Calendar() *deadline.Calendar { return p.calendar(officeHours) }

// CalendarFor returns the calendar of a unit: its own hours, and for a unit that is
// always open no holidays. An unknown unit has the office calendar.
func (p *Pack) CalendarFor(unit string) *deadline.Calendar {
	if u, ok := p.Unit(unit); ok {
		return p.calendar(u.Hours)
	}
	return p.Calendar()
}

func (p *Pack) calendar(hours string) *deadline.Calendar {
	c := &deadline.Calendar{Location: p.location, Week: p.weeks[hours], Holidays: p.holidays, KnownUntil: p.known}
	if hours == alwaysOpen {
		c.Holidays = nil
	}
	return c
}

func fullWeek() deadline.Week {
	var w deadline.Week
	for day := range w {
		w[day] = []deadline.Interval{{From: 0, To: 24 * 60}}
	}
	return w
}

// knownUntil is the last day of the last year of which there are official national
// holidays and no estimated ones.
func knownUntil(holidays []Holiday) deadline.Date {
	official, estimated := map[int]bool{}, map[int]bool{}
	last := 0
	for _, h := range holidays {
		date, err := deadline.ParseDate(h.Date)
		if err != nil {
			continue
		}
		if h.Status == "estimated" {
			estimated[date.Year] = true
		} else if h.Kind == "national" {
			official[date.Year] = true
			last = max(last, date.Year)
		}
	}
	for last > 0 && (estimated[last] || !official[last]) {
		last--
	}
	return deadline.Date{Year: last, Month: time.December, Day: 31}
}

// Weeks names the hours that a unit can have.
func (p *Pack) Weeks() []string { return slices.Sorted(maps.Keys(p.weeks)) }

// Codes lists what a Ref column of a table may hold: code and name of each row that is in
// use.
func (p *Pack) Codes(table string) (out [][2]string) {
	switch table {
	case TableAreas:
		for _, x := range p.Areas {
			out = append(out, [2]string{x.Code, x.Name})
		}
	case TableUnits:
		for _, x := range p.Units {
			if !x.Retired {
				out = append(out, [2]string{x.Code, x.Name})
			}
		}
	case TableServices:
		for _, x := range p.Services {
			if !x.Retired {
				out = append(out, [2]string{x.Code, x.Name})
			}
		}
	case TableRules:
		for _, x := range p.Rules {
			if pair := [2]string{x.Code, x.Name}; !slices.Contains(out, pair) {
				out = append(out, pair)
			}
		}
	}
	return out
}

// Quiet reports whether t lies in the hours in which nothing but safety is sent.
func (p *Pack) Quiet(t time.Time) bool { return p.quiet.Contain(t, p.location) }

// QuietHours returns the daily quiet stretch, e.g. to find its end.
func (p *Pack) QuietHours() deadline.QuietHours { return p.quiet }

// Rule returns the version of a rule that is in force at a moment; before the first
// version came into force there is none.
func (p *Pack) Rule(code string, at time.Time) (Rule, bool) {
	var best Rule
	found := false
	for _, r := range p.Rules {
		if r.Code == code && !r.From.After(at) && (!found || r.From.After(best.From)) {
			best, found = r, true
		}
	}
	return best, found
}

// Deadline returns the rule as package deadline counts it.
func (r Rule) Deadline() deadline.Rule {
	return deadline.Rule{Code: r.Code, Amount: r.Amount, Unit: r.Unit}
}

// serves reports whether the unit is the office of one area.
func (u Unit) serves() bool {
	return u.Kind == levelVillage || u.Kind == levelDesa || u.Kind == levelDistrict
}

// AreaOffice returns the code of the office that serves exactly this area, or "".
func (p *Pack) AreaOffice(area string) string {
	u, _ := find(p.Units, func(u Unit) bool {
		return area != "" && u.Area == area && u.serves() && !u.Retired
	})
	return u.Code
}

// Route returns the unit that answers for a service in an area ("" = unknown), the
// units that are told as well, and which kind of route decided. Routes are tried
// from the narrowest to the widest: this area, its kecamatan, areas of its level,
// the service anywhere, and the same for "*". A route whose office cannot be named,
// because the area is unknown or too wide, is passed over; when none is left the
// triage unit reads the case.
func (p *Pack) Route(service, area string) (unit string, also []string, why string) {
	a, known := p.Area(area)
	steps := []struct{ area, why string }{{anything, WhyService}}
	if known {
		levels := []string{levelDistrict}
		if a.Parent != "" {
			levels = []string{a.Kind, levelVillage}
		}
		steps = []struct{ area, why string }{{area, WhyArea}, {a.Parent, WhyDistrict}}
		for _, level := range levels {
			steps = append(steps, struct{ area, why string }{level, WhyLevel})
		}
		steps = append(steps, struct{ area, why string }{anything, WhyService})
	}
	for _, s := range []string{service, anything} {
		for _, step := range steps {
			r, ok := find(p.Routes, func(r Route) bool { return r.Service == s && r.Area == step.area })
			if !ok {
				continue
			}
			if unit = p.office(r.Unit, a); unit == "" {
				continue
			}
			for _, other := range r.Also {
				if other = p.office(other, a); other != "" && other != unit && !slices.Contains(also, other) {
					also = append(also, other)
				}
			}
			if s == anything {
				return unit, also, WhyDefault
			}
			return unit, also, step.why
		}
	}
	return p.Identity.Triage, nil, WhyNone
}

// office turns @kelurahan and @kecamatan into the office of a; "" when a has none.
func (p *Pack) office(unit string, a Area) string {
	switch {
	case unit == "@"+levelVillage && a.Parent != "":
		return p.AreaOffice(a.Code)
	case unit == "@"+levelDistrict:
		return p.AreaOffice(cmp.Or(a.Parent, a.Code))
	case strings.HasPrefix(unit, "@"):
		return ""
	}
	return unit
}

// routed reports whether a service has a route of its own.
func (p *Pack) routed(service string) bool {
	return slices.ContainsFunc(p.Routes, func(r Route) bool { return r.Service == service })
}

// OnDuty returns the log-in e-mails of the officers of a unit who are on duty at t,
// the first to be told first. When the unit has nobody then, those of the triage
// unit; nobody at all gives an empty list.
func (p *Pack) OnDuty(unit string, t time.Time) []string {
	if who := p.onDuty(unit, t); len(who) > 0 || unit == p.Identity.Triage {
		return who
	}
	return p.onDuty(p.Identity.Triage, t)
}

func (p *Pack) onDuty(unit string, t time.Time) []string {
	var rows []Duty
	for _, d := range p.Duty {
		if d.Unit == unit && d.covers(t.In(p.location)) {
			rows = append(rows, d)
		}
	}
	slices.SortStableFunc(rows, func(a, b Duty) int { return a.Order - b.Order })
	var who []string
	for _, d := range rows {
		if !slices.Contains(who, d.Officer) {
			who = append(who, d.Officer)
		}
	}
	return who
}

// covers reports whether the duty holds at a local time. A duty that wraps midnight
// belongs to the weekday on which it begins.
func (d Duty) covers(local time.Time) bool {
	days, _ := parseWeekdays(d.Weekdays)
	from, to, _ := d.span()
	m := deadline.Minute(local.Hour()*60 + local.Minute())
	today := days[local.Weekday()]
	yesterday := days[(local.Weekday()+6)%7]
	if from < to {
		return today && from <= m && m < to
	}
	return today && m >= from || yesterday && m < to
}

// span returns the hours of a duty; empty means the whole day.
func (d Duty) span() (from, to deadline.Minute, ok bool) {
	if d.From == "" && d.To == "" {
		return 0, 24 * 60, true
	}
	from, err1 := deadline.ParseMinute(d.From)
	to, err2 := deadline.ParseMinute(d.To)
	return from, to, err1 == nil && err2 == nil && from != to
}

// parseWeekdays reads "mon-fri", "sat,sun" or a mix; a range may wrap the week.
func parseWeekdays(s string) (days [7]bool, ok bool) {
	for part := range strings.SplitSeq(s, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			last = first
		}
		a, b := slices.Index(weekdays, first), slices.Index(weekdays, last)
		if a < 0 || b < 0 {
			return days, false
		}
		for d := a; ; d = (d + 1) % 7 {
			days[d] = true
			if d == b {
				break
			}
		}
	}
	return days, true
}

// NearestColour darkens a colour until it can be read on white, and no more; one that can
// be read stays.
func NearestColour(colour string) string {
	if !colourForm.MatchString(colour) {
		return ""
	}
	n, _ := strconv.ParseUint(colour[1:], 16, 24)
	for share := uint64(100); ; share-- {
		c := colour
		if share < 100 {
			c = fmt.Sprintf("#%02X%02X%02X", (n>>16)*share/100, (n>>8&0xff)*share/100, (n&0xff)*share/100)
		}
		if contrastOnWhite(c) >= minContrast {
			return c
		}
	}
}

// minContrast is what WCAG 2.2 AA asks of text.
const minContrast = 4.5

// contrastOnWhite is the WCAG 2.2 contrast ratio of #RRGGBB on white, 1 to 21.
func contrastOnWhite(colour string) float64 {
	channel := func(hex string) float64 {
		n, _ := strconv.ParseUint(hex, 16, 8)
		c := float64(n) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	luminance := 0.2126*channel(colour[1:3]) + 0.7152*channel(colour[3:5]) + 0.0722*channel(colour[5:7])
	return 1.05 / (luminance + 0.05)
}

// ShortUnit is the short name of a unit, its name where it has none, and "" for an unknown
// one.
func (p *Pack) ShortUnit(code string) string {
	u, _ := p.Unit(code)
	return cmp.Or(u.Short, u.Name)
}
