package notify

import (
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"time"

	"tanggap/internal/deadline"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Addresses that notices link to; what follows is a token, or a case's id.
const (
	PathLink    = "/l/"       // the citizen's private view of a case
	PathStatus  = "/lacak/"   // the public status page, by tracking code
	PathConfirm = "/confirm/" // confirms a contact, see Outbox.Confirm
	PathAck     = "/ack/"     // acknowledges an alarm, see Outbox.Acknowledge
	PathCase    = "/kasus/"   // the officer's page of a case
	PathInbox   = "/kotak-masuk"
	PathOutlook = "/prakiraan"
	PathWarning = "/prakiraan/peringatan/"
	PathMine    = "/urusan" // a citizen's own matters, by one-time code
	PathOpened  = "/jejak"  // who opened what is closed
)

// Args returns what the region's texts can say about a case: number, code, due,
// time, service, unit, area, place, status, opens, days and link. Times are local.
func (o *Outbox) Args(p *region.Pack, c *store.Case, lang string) map[string]string {
	args := map[string]string{
		"number": c.Number,
		"code":   c.Code,
		"due":    unknownDue(lang),
		"time":   When(p, lang, c.OpenedAt),
		"status": p.Text(lang, region.TextState+string(c.State), nil),
		"days":   strconv.Itoa(tanggap.ReopenDays),
		"link":   o.baseURL(p) + PathLink + c.Link,
		"to":     c.ExternalTo,
		"reason": c.Reason,
	}
	if !c.DueAt.IsZero() {
		args["due"] = When(p, lang, c.DueAt)
	}
	if s, ok := p.Service(c.Service); ok {
		args["service"] = s.Name
		if lang == "en" && s.NameEn != "" {
			args["service"] = s.NameEn
		}
	}
	if u, ok := p.Unit(c.Unit); ok {
		args["unit"] = u.Name
	}
	if a, ok := p.Area(c.Area); ok {
		args["area"], args["place"] = a.Name, a.Name
	}
	return args
}

// opens fills in when the case's unit reads again.
func opens(args map[string]string, p *region.Pack, c *store.Case, lang string, now time.Time) {
	if t, err := p.CalendarFor(c.Unit).NextOpening(now); err == nil {
		args["opens"] = When(p, lang, t)
	}
}

func with(base, more map[string]string) map[string]string {
	maps.Copy(base, more)
	return base
}

func unknownDue(lang string) string {
	if lang == "en" {
		return "a date an officer sets"
	}
	return "tanggal yang ditetapkan petugas"
}

var (
	days = map[string][7]string{
		"id": {"Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"},
		"en": {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	}
	months = map[string][12]string{
		"id": {"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"},
		"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	}
	pointOfTime = map[string]string{"id": "15.04", "en": "15:04"}
)

// When writes a moment as people of the region read it, such as
// "Rabu, 4 Maret 2026 pukul 10.00 WITA".
func When(p *region.Pack, lang string, t time.Time) string {
	if lang != "en" {
		lang = "id"
	}
	t = t.In(p.Location())
	word := "pukul"
	if lang == "en" {
		word = "at"
	}
	return fmt.Sprintf("%s %s %s %s", Day(p, lang, t), word, t.Format(pointOfTime[lang]), p.Identity.ZoneName)
}

// Day writes a date, such as "Rabu, 4 Maret 2026".
func Day(p *region.Pack, lang string, t time.Time) string {
	if lang != "en" {
		lang = "id"
	}
	d := deadline.DateOf(t, p.Location())
	return fmt.Sprintf("%s, %d %s %d", days[lang][d.Weekday()], d.Day, months[lang][d.Month-1], d.Year)
}

var bold = regexp.MustCompile(`\*([^*\n]+)\*`)

// plain takes WhatsApp's marks of bold letters out of a text of the region pack.
func plain(text string) string { return bold.ReplaceAllString(text, "$1") }

// repeated marks a text that may have arrived already.
func repeated(lang, text string) string {
	if lang == "en" {
		return "(again) " + text
	}
	return "(ulang) " + text
}
