package web

import (
	"net/http"
	"strconv"
	"time"

	"tanggap/internal/deadline"
	"tanggap/internal/edition"
	"tanggap/internal/region"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const (
	simulatorPath = settingsPath + "/simulator"
	yearPath      = settingsPath + "/tahun"
)

const (
	performed    = 90 * 24 * time.Hour // how far back the simulator looks
	performances = 1000                // of that, at most
	enoughCases  = 20                  // to say anything
	keptWell     = 0.9                 // share of cases below which a promise is bolder than what is done
)

// simulator counts one deadline as the draft would, day by day.
func (s *Server) simulator(w http.ResponseWriter, r *http.Request) error {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return err
	}
	d, err := edition.Open(ctx, s.Store, v.pack.Identity.Code)
	if err != nil {
		return err
	}
	page := &view.Simulator{Base: base}
	if page.Draft, err = s.draftOf(ctx, v, d); err != nil {
		return err
	}
	p, problems := d.Files.Check(s.Clock.Now())
	for _, x := range problems {
		if !x.Warning {
			page.Notice = &view.Notice{Tone: "warn", Text: s.View.T(v.lang, "simulator.faulty")}
			p = v.pack
			break
		}
	}
	q := r.URL.Query()
	service, when := q.Get("layanan"), s.Clock.Now().In(p.Location())
	if x := text.Clean(q.Get("waktu"), 30); x != "" {
		if when, err = time.ParseInLocation("2006-01-02T15:04", x, p.Location()); err != nil {
			page.Errors = append(page.Errors, view.FieldError{Field: "waktu", Message: s.View.T(v.lang, "simulator.when_wrong")})
			when = s.Clock.Now().In(p.Location())
		}
	}
	page.When = when.Format("2006-01-02T15:04")
	page.Services = serviceGroups(p, v.lang, service)
	x, ok := p.Service(service)
	if !ok || x.Technical {
		return s.renderPrivate(w, r, http.StatusOK, "simulator", page)
	}
	rule, ok := p.Rule(x.Rule, when)
	if !ok {
		page.Errors = append(page.Errors, view.FieldError{Field: "waktu", Message: s.View.T(v.lang, "simulator.no_rule")})
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "simulator", page)
	}
	steps, due, err := deadline.Steps(p.Calendar(), rule.Deadline(), when)
	if err != nil {
		page.Errors = append(page.Errors, errorOf(err, "waktu"))
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "simulator", page)
	}
	page.Rule, page.Basis, page.Due, page.Known = s.ruleWords(v, rule)+" ("+rule.Name+")", rule.Basis, &due, p.Calendar().Known(due)
	for _, y := range steps {
		page.Steps = append(page.Steps, view.SimulatorStep{Day: noon(y.Date, p.Location()), Why: y.Why, Holiday: y.Holiday, Count: y.Count})
	}
	list, err := s.Store.Answers(ctx, p.Identity.Code, service, s.Clock.Now().Add(-performed), performances)
	if err != nil {
		return err
	}
	kept := 0
	for _, a := range list {
		if t, err := deadline.Due(p.Calendar(), rule.Deadline(), a.OpenedAt); err == nil && !a.AnsweredAt.After(t) {
			kept++
		}
	}
	if page.Answered = len(list); page.Answered >= enoughCases {
		page.Kept = float64(kept) / float64(page.Answered)
		page.Bold = page.Kept < keptWell
	}
	return s.renderPrivate(w, r, http.StatusOK, "simulator", page)
}

func noon(d deadline.Date, loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, loc)
}

// year shows the working days and holidays of a year of the draft.
func (s *Server) year(w http.ResponseWriter, r *http.Request) error {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return err
	}
	d, err := edition.Open(ctx, s.Store, v.pack.Identity.Code)
	if err != nil {
		return err
	}
	page := &view.Year{Base: base, Year: s.Clock.Now().In(v.pack.Location()).Year()}
	if page.Draft, err = s.draftOf(ctx, v, d); err != nil {
		return err
	}
	if x := r.URL.Query().Get("tahun"); x != "" {
		n, err := strconv.Atoi(x)
		if err != nil || n < 2000 || n > 2100 {
			return tanggap.Errorf(tanggap.NotFound, "tahun ini tidak ada")
		}
		page.Year = n
	}
	p, _ := d.Files.Check(s.Clock.Now())
	calendar := p.Calendar()
	if calendar.Location == nil {
		calendar = v.pack.Calendar()
	}
	table, _ := region.TableOf(region.TableCalendar)
	byDay := map[string]region.Holiday{}
	for _, h := range p.Holidays {
		byDay[h.Date] = h
	}
	page.Known = calendar.KnownUntil.Year >= page.Year
	for month := time.January; month <= time.December; month++ {
		m := view.YearMonth{First: time.Date(page.Year, month, 1, 12, 0, 0, 0, calendar.Location)}
		for day := (deadline.Date{Year: page.Year, Month: month, Day: 1}); day.Month == month; day = day.AddDays(1) {
			if h, ok := byDay[day.String()]; ok {
				m.Holidays = append(m.Holidays, view.YearHoliday{Day: noon(day, calendar.Location), Name: h.Name, Kind: s.choiceWords(v, "calendar", "kind", h.Kind),
					Estimated: h.Status == "estimated", URL: rowAddress(table, h.Date)})
			}
			if calendar.Open(day) {
				m.Working++
			}
		}
		page.Working += m.Working
		page.Months = append(page.Months, m)
	}
	return s.renderPrivate(w, r, http.StatusOK, "year", page)
}
