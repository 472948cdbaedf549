package web

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/forecast"
	"tanggap/internal/outlook"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const (
	foresightPath = "/prakiraan"
	warningPath   = foresightPath + "/peringatan/"
	warningsBack  = 30 * 24 * time.Hour
	mostWarnings  = 100
	eventsBack    = 400 * 24 * time.Hour
)

// What is assumed of a unit until its head says otherwise.
var usualWork = store.Workload{Minutes: 30, Hours: 5, Level: .9}

// mayForesee reports whether the officer may do verb to a series: to one of units, through
// any of them; to one of nobody in particular, for the whole region.
func mayForesee(v *visit, verb access.Verb, name string) bool {
	region := v.pack.Identity.Code
	for _, unit := range outlook.Units(v.pack, name) {
		if access.Can(v.actor, verb, access.Object{Region: region, Unit: unit}) {
			return true
		}
	}
	return access.Can(v.actor, verb, access.Object{Region: region})
}

// foresight shows what is to be expected of one series, with ?deret=NAME.
func (s *Server) foresight(w http.ResponseWriter, r *http.Request) error {
	page, err := s.foresightPage(r, r.URL.Query().Get("deret"))
	if err != nil {
		return err
	}
	if r.URL.Query().Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), view.MsgSaved)}
	}
	return s.renderPrivate(w, r, http.StatusOK, "foresight", page)
}

func (s *Server) foresightPage(r *http.Request, chosen string) (*view.Foresight, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	region := v.pack.Identity.Code
	page := &view.Foresight{Base: base, CanWork: access.CanIn(v.actor, access.ForecastWork, region), CanBring: access.CanIn(v.actor, access.OutsideEdit, region)}
	rows, err := s.Store.Forecasts(ctx, region)
	if err != nil {
		return nil, err
	}
	row, err := s.chooseSeries(ctx, v, page, rows, chosen)
	if err != nil {
		return nil, err
	}
	if page.Warnings, err = s.warnings(ctx, v); err != nil {
		return nil, err
	}
	if err := s.declared(ctx, v, page); err != nil {
		return nil, err
	}
	if row == nil {
		page.Cold = "none"
		return page, nil
	}
	seen, err := outlook.Read(row)
	if err != nil {
		return nil, err
	}
	if page.Title, err = s.Outlook.Title(ctx, v.pack, row.Series); err != nil {
		return nil, err
	}
	s.fillForecast(v, page, seen)
	page.Chart = s.fan(v, seen, page.Title)
	return page, s.fillStaffing(ctx, v, page, seen)
}

// chooseSeries lists what the officer may look at and returns the row that he chose, or
// the first.
func (s *Server) chooseSeries(ctx context.Context, v *visit, page *view.Foresight, rows []*store.Forecast, chosen string) (*store.Forecast, error) {
	kinds := []string{outlook.OfRegion, outlook.OfUnit, outlook.OfService, outlook.OfArea, outlook.OfOutside}
	groups := map[string]*view.Group{}
	var row *store.Forecast
	for _, kind := range kinds {
		for _, x := range rows {
			if k, _ := outlook.Split(x.Series); k != kind || !mayForesee(v, access.ForecastRead, x.Series) {
				continue
			}
			title, err := s.Outlook.Title(ctx, v.pack, x.Series)
			if tanggap.CodeOf(err) == tanggap.NotFound {
				continue // taken out of use since last night
			}
			if err != nil {
				return nil, err
			}
			if groups[kind] == nil {
				groups[kind] = &view.Group{Label: s.View.T(v.lang, "foresight.kind_"+kind)}
			}
			if row == nil && chosen == "" || x.Series == chosen {
				row = x
			}
			groups[kind].Options = append(groups[kind].Options, view.Option{Value: x.Series, Label: title, Selected: row == x})
		}
	}
	if row == nil && chosen != "" {
		return nil, tanggap.Errorf(tanggap.NotFound, "tidak ada prakiraan dengan nama itu, atau bukan bagian unit Anda")
	}
	for _, kind := range kinds {
		if g := groups[kind]; g != nil {
			slices.SortStableFunc(g.Options, func(a, b view.Option) int { return cmp.Compare(a.Label, b.Label) })
			page.Series = append(page.Series, *g)
		}
	}
	if row != nil {
		page.Chosen = row.Series
	}
	return row, nil
}

// fillForecast puts the figures of a forecast on the page.
func (s *Server) fillForecast(v *visit, page *view.Foresight, seen *outlook.View) {
	page.Cold, page.Share = seen.Cold, seen.Share != ""
	page.Until, _ = time.Parse(time.DateOnly, seen.Until)
	for _, c := range seen.Recent {
		if d, err := time.Parse(time.DateOnly, c.Day); err == nil {
			page.Recent = append(page.Recent, view.Point{Day: d, N: c.N})
		}
	}
	page.Days = s.viewSteps(v, seen.Days, forecast.Daily)
	page.Weeks = s.viewSteps(v, seen.Weeks, forecast.Weekly)
	page.Months = s.viewSteps(v, seen.Months, forecast.Monthly)
	from := cmp.Or(seen.Days, seen.Weeks, seen.Months)
	if from == nil {
		return
	}
	for i := range page.Days {
		if i < 14 && (page.Peak == nil || page.Days[i].Middle > page.Peak.Middle) {
			page.Peak = &page.Days[i]
		}
	}
	for _, x := range from.Reasons {
		if x.Kind == forecast.ByLevel {
			page.Level = x.Factor
		}
	}
	if e := from.Error; e.Measured {
		page.Past = view.Past{Tries: e.Origins, Cover80: e.Cover80, Better: 1 - e.MASE}
	}
	for _, m := range from.Members {
		family, _, _ := strings.Cut(m.Name, "-") // several paces of one method are one to people
		name := s.methodName(v, family)
		if at := slices.IndexFunc(page.Methods, func(x view.Method) bool { return x.Name == name }); at >= 0 {
			page.Methods[at].Weight += m.Weight
		} else if m.Weight >= .005 {
			page.Methods = append(page.Methods, view.Method{Name: name, Weight: m.Weight})
		}
	}
	slices.SortStableFunc(page.Methods, func(a, b view.Method) int { return cmp.Compare(b.Weight, a.Weight) })
}

func (s *Server) viewSteps(v *visit, x *outlook.Steps, period forecast.Period) []view.ForecastStep {
	if x == nil {
		return nil
	}
	out := make([]view.ForecastStep, 0, len(x.Q))
	for h, q := range x.Q {
		if len(q) != len(forecast.Levels) {
			return nil
		}
		out = append(out, view.ForecastStep{Day: x.Day(period, h), Middle: q[forecast.Median], Low: q[forecast.Low80], High: q[forecast.High80],
			Least: q[forecast.Low95], Most: q[forecast.High95]})
	}
	for _, r := range x.Reasons {
		if r.Step >= 0 && r.Step < len(out) {
			out[r.Step].Reasons = append(out[r.Step].Reasons, view.Reason{Kind: string(r.Kind), Key: r.Key, Name: s.reasonName(v, r), Factor: r.Factor})
		}
	}
	for i := range out {
		slices.SortStableFunc(out[i].Reasons, func(a, b view.Reason) int { return cmp.Compare(b.Change(), a.Change()) })
		out[i].Reasons = out[i].Reasons[:min(2, len(out[i].Reasons))]
	}
	return out
}

// methodName is the name of a method in words, or its own where there are none.
func (s *Server) methodName(v *visit, name string) string {
	key := "foresight.m_" + name
	if words := s.View.T(v.lang, key); words != key {
		return words
	}
	return name
}

// reasonName is the name of what a reason's key stands for.
func (s *Server) reasonName(v *visit, r forecast.Reason) string {
	switch r.Kind {
	case forecast.ByHoliday:
		return outlook.HolidayName(v.pack, r.Key)
	case forecast.ByEvent:
		return r.Key
	}
	return ""
}

// fillStaffing adds officer-hours to the page of a unit, and what it will use up.
func (s *Server) fillStaffing(ctx context.Context, v *visit, page *view.Foresight, seen *outlook.View) error {
	kind, code := outlook.Split(seen.Series)
	if kind == outlook.OfService {
		return s.fillSupplies(v, page, seen, code)
	}
	if kind != outlook.OfUnit {
		return nil
	}
	page.Unit = true
	loads, err := s.Store.Workloads(ctx, v.pack.Identity.Code)
	if err != nil {
		return err
	}
	load, said := loads[code]
	if !said {
		usual := usualWork
		load = &usual
	}
	page.Load = view.Workload{Unit: code, Minutes: strconv.Itoa(load.Minutes), Hours: decimal(load.Hours), Level: decimal(load.Level * 100), Assumed: !said}
	if load.Officers > 0 {
		page.Load.Officers = decimal(load.Officers)
	}
	if seen.Days == nil {
		return nil
	}
	f, err := seen.Days.Forecast(forecast.Daily)
	if err != nil {
		return err
	}
	plans, err := forecast.Staff(f, forecast.Work{Minutes: float64(load.Minutes), Service: load.Level, Day: load.Hours})
	if err != nil {
		return err
	}
	for h, p := range plans[:min(14, len(plans))] {
		page.Staffing = append(page.Staffing, view.Staffing{Day: seen.Days.Day(forecast.Daily, h), Hours: p.Hours, Officers: p.Officers, Mean: p.Expected,
			Missing: p.Missing, Idle: p.Idle, MissingByMean: p.MissingByMean, Over: load.Officers > 0 && p.Officers > load.Officers})
	}
	return nil
}

// fillSupplies says what the cases of a service will use up in the next seven days.
func (s *Server) fillSupplies(v *visit, page *view.Foresight, seen *outlook.View, service string) error {
	if seen.Days == nil {
		return nil
	}
	f, err := seen.Days.Forecast(forecast.Daily)
	if err != nil {
		return err
	}
	mean, q := f.Sum(0, min(7, len(f.Mean)))
	for _, x := range v.pack.Supplies {
		if x.Service == service {
			page.Supplies = append(page.Supplies, view.Supplies{Item: x.Item, Need: int(math.Ceil(q[forecast.High80] * x.PerCase)), Usual: int(math.Round(mean * x.PerCase))})
		}
	}
	return nil
}

func decimal(x float64) string {
	return strings.Replace(strconv.FormatFloat(x, 'f', -1, 64), ".", ",", 1)
}

// number reads a number as people here write it.
func number(r *http.Request, field string, low, high float64, wrong string) (float64, error) {
	x, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(r.PostForm.Get(field)), ",", ".", 1), 64)
	if err != nil || math.IsNaN(x) || x < low || x > high {
		return 0, &tanggap.Error{Code: tanggap.Invalid, Field: field, Message: wrong}
	}
	return x, nil
}

// declared lists the events that were declared, and what the form offers.
func (s *Server) declared(ctx context.Context, v *visit, page *view.Foresight) error {
	list, err := s.Store.DeclaredEvents(ctx, v.pack.Identity.Code)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	today := now.In(v.pack.Location()).Format(time.DateOnly)
	since := now.Add(-eventsBack).Format(time.DateOnly)
	page.Event.Services = serviceGroups(v.pack, v.lang, "")
	for _, e := range list {
		if !slices.Contains(page.Event.Kinds, e.Kind) {
			page.Event.Kinds = append(page.Event.Kinds, e.Kind)
		}
		if e.ToDay < since {
			continue
		}
		from, _ := time.Parse(time.DateOnly, e.FromDay)
		to, _ := time.Parse(time.DateOnly, e.ToDay)
		var names []string
		for _, code := range strings.Fields(e.Services) {
			if x, ok := v.pack.Service(code); ok {
				names = append(names, x.Name)
			}
		}
		page.Events = append(page.Events, view.DeclaredEvent{ID: e.ID, Name: e.Name, Kind: e.Kind, Services: strings.Join(names, ", "), From: from, To: to,
			Over: e.ToDay < today, CanCancel: page.CanWork && e.ToDay >= today})
	}
	return nil
}

// eventDeclare keeps something that is known to move demand, or takes it back.
func (s *Server) eventDeclare(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	region, back := v.pack.Identity.Code, foresightPath+"?tersimpan"
	if id := r.PostForm.Get("batal"); id != "" {
		err := s.Store.InTx(ctx, func(tx *store.Store) error {
			if err := tx.CancelDeclaredEvent(ctx, region, id); err != nil {
				return err
			}
			return tx.AddRegionEvent(ctx, region, "officer:"+v.actor.ID, "forecast.event_cancelled", map[string]any{"event": id})
		})
		if err != nil {
			return err
		}
		return s.redirect(w, r, back)
	}
	e := &store.DeclaredEvent{Region: region, Name: text.Clean(r.PostForm.Get("nama"), 80), Kind: strings.ToLower(text.Clean(r.PostForm.Get("jenis"), 40)),
		FromDay: r.PostForm.Get("dari"), ToDay: cmp.Or(r.PostForm.Get("sampai"), r.PostForm.Get("dari")), MadeBy: v.actor.ID}
	if code := r.PostForm.Get("layanan"); code != "" {
		if _, ok := v.pack.Service(code); ok {
			e.Services = code
		}
	}
	if err := s.checkEvent(v, e); err != nil {
		page, readErr := s.foresightPage(r, "")
		if readErr != nil {
			return readErr
		}
		page.Event.Name, page.Event.Kind, page.Event.From, page.Event.To = e.Name, e.Kind, e.FromDay, e.ToDay
		page.Event.Services = serviceGroups(v.pack, v.lang, e.Services)
		page.Errors = append(page.Errors, errorOf(err, "nama"))
		return s.renderPrivate(w, r, statusOf(err), "foresight", page)
	}
	err := s.Store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.AddDeclaredEvent(ctx, e); err != nil {
			return err
		}
		return tx.AddRegionEvent(ctx, region, "officer:"+v.actor.ID, "forecast.event_declared", map[string]any{"event": e.ID, "from": e.FromDay, "to": e.ToDay})
	})
	if err != nil {
		return err
	}
	return s.redirect(w, r, back)
}

// longestEvent is how many days an event may last: what lasts longer is no event.
const longestEvent = 120

func (s *Server) checkEvent(v *visit, e *store.DeclaredEvent) error {
	wrong := func(field, key string) error {
		return &tanggap.Error{Code: tanggap.Invalid, Field: field, Message: s.View.T(v.lang, key)}
	}
	if e.Name == "" {
		return wrong("nama", "foresight.event_no_name")
	}
	if e.Kind == "" {
		e.Kind = strings.ToLower(e.Name)
	}
	from, err := time.Parse(time.DateOnly, e.FromDay)
	if err != nil {
		return wrong("dari", "foresight.event_no_day")
	}
	to, err := time.Parse(time.DateOnly, e.ToDay)
	if err != nil || to.Before(from) || to.Sub(from) > longestEvent*24*time.Hour {
		return wrong("sampai", "foresight.event_bad_end")
	}
	return nil
}

// workloadSave keeps what one case costs a unit.
func (s *Server) workloadSave(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, unit := at(r), r.PostForm.Get("unit")
	name := outlook.Name(outlook.OfUnit, unit)
	if _, ok := v.pack.Unit(unit); !ok || !access.Can(v.actor, access.ForecastWork, access.Object{Region: v.pack.Identity.Code, Unit: unit}) {
		return tanggap.Errorf(tanggap.Forbidden, "beban kerja ini milik unit lain")
	}
	load := &store.Workload{Region: v.pack.Identity.Code, Unit: unit, ChangedBy: v.actor.ID}
	err := func() error {
		minutes, err := number(r, "menit", 1, 600, s.View.T(v.lang, "foresight.bad_minutes"))
		if err != nil {
			return err
		}
		if load.Hours, err = number(r, "jam", .5, 24, s.View.T(v.lang, "foresight.bad_hours")); err != nil {
			return err
		}
		if strings.TrimSpace(r.PostForm.Get("petugas")) != "" {
			if load.Officers, err = number(r, "petugas", 0, 500, s.View.T(v.lang, "foresight.bad_officers")); err != nil {
				return err
			}
		}
		level, err := number(r, "tingkat", 50, 99, s.View.T(v.lang, "foresight.bad_level"))
		load.Minutes, load.Level = int(math.Round(minutes)), level/100
		return err
	}()
	if err != nil {
		page, readErr := s.foresightPage(r, name)
		if readErr != nil {
			return readErr
		}
		page.Load = view.Workload{Unit: unit, Minutes: r.PostForm.Get("menit"), Hours: r.PostForm.Get("jam"), Officers: r.PostForm.Get("petugas"), Level: r.PostForm.Get("tingkat")}
		page.Errors = append(page.Errors, errorOf(err, "menit"))
		return s.renderPrivate(w, r, statusOf(err), "foresight", page)
	}
	if err := s.Store.PutWorkload(r.Context(), load); err != nil {
		return err
	}
	return s.redirect(w, r, foresightPath+"?tersimpan&deret="+url.QueryEscape(name))
}
