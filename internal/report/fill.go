package report

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"tanggap/internal/deadline"
	"tanggap/internal/forecast"
	"tanggap/internal/job"
	"tanggap/internal/outlook"
	"tanggap/internal/region"
	"tanggap/internal/stat"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Figures is the Source that reads what packages stat and outlook keep.
type Figures struct{ Store *store.Store }

// backDays is how much of the past a month shows day by day.
const backDays = 26 * 7

// ready waits until the figures know the end of a day.
func (f *Figures) ready(ctx context.Context, p *region.Pack, last deadline.Date) (time.Time, error) {
	s, err := (&stat.Reader{Store: f.Store}).State(ctx, p.Identity.Code)
	if err != nil {
		return time.Time{}, err
	}
	if s.Building || deadline.DateOf(s.AsOf, p.Location()).Compare(last) <= 0 {
		return time.Time{}, job.Later(tanggap.Errorf(tanggap.Unavailable, "angka masih dihitung; laporan dibuat sesudahnya"))
	}
	return s.AsOf, nil
}

func placeOf(p *region.Pack) Place {
	x := Place{Code: p.Identity.Code, Name: p.PublicName(), Zone: p.Identity.Zone, ZoneName: p.Identity.ZoneName, Colour: p.Identity.Colour, Population: p.Identity.Population}
	if u, ok := p.Unit(p.Identity.Triage); ok {
		x.Office = u.Name
	}
	return x
}

// workday is the length of a usual office day.
func workday(p *region.Pack) time.Duration {
	longest := deadline.Minute(0)
	for _, hours := range p.Calendar().Week {
		day := deadline.Minute(0)
		for _, h := range hours {
			day += h.To - h.From
		}
		longest = max(longest, day)
	}
	return time.Duration(cmp.Or(longest, 8*60)) * time.Minute
}

// Month reads one month. Secret cases count nowhere: a report goes from hand to hand.
func (f *Figures) Month(ctx context.Context, p *region.Pack, month string) (*Month, error) {
	t, err := time.Parse("2006-01", month)
	if err != nil {
		return nil, err
	}
	now := stat.Month(t.Year(), t.Month())
	prior := t.AddDate(0, -1, 0)
	before := stat.Month(prior.Year(), prior.Month())
	m := &Month{Place: placeOf(p), Month: month, Workday: workday(p)}
	if m.DataTo, err = f.ready(ctx, p, now.To); err != nil {
		return nil, err
	}
	r, s := &stat.Reader{Store: f.Store}, stat.All(p.Identity.Code)
	first, err := r.FirstDay(ctx, s.Region)
	if err != nil {
		return nil, err
	}
	// A month of which only the end is known is none to compare with.
	m.First = first == "" || first > before.From.AddDays(2).String()
	x, err := r.Sum(ctx, s, now)
	if err != nil {
		return nil, err
	}
	y, err := r.Sum(ctx, s, before)
	if err != nil {
		return nil, err
	}
	m.Received, m.OnTime, m.Before = Pair{int(x.Opened), int(y.Opened)}, keptOf(&x), keptOf(&y)
	m.Answered, m.Answer, m.AnswerBy = int(x.Responded), median(x.Response), median(y.Response)
	m.Reopen = int(x.Reopened)
	switch stat.CompareMedians(x.Response, y.Response) {
	case stat.Rise:
		m.AnswerTrend = Rose
	case stat.Fall:
		m.AnswerTrend = Fell
	}
	for _, step := range []func() error{
		func() error { return f.daily(ctx, m, s, first, now) },
		func() error { return f.lines(ctx, p, m, s, now, before) },
		func() error { return f.units(ctx, p, m, s, now, before) },
		func() error { return f.satisfaction(ctx, p, m, s, now) },
		func() error { return f.reader(ctx, m, s, now) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	m.Forecast, m.Error, err = f.ahead(ctx, p, now.To)
	return m, err
}

// soon is how many days after a month a forecast may begin and still be about what follows
// it. Of months that lie further back nothing is foretold.
const soon = 7

// ahead is what is expected of the days after a month, and how wrong such forecasts were so
// far: the absolute error as a share, 0 while it is unknown.
func (f *Figures) ahead(ctx context.Context, p *region.Pack, last deadline.Date) ([]Expected, float64, error) {
	row, err := f.Store.Forecast(ctx, p.Identity.Code, outlook.Name(outlook.OfRegion, ""))
	if err != nil || row == nil {
		return nil, 0, err
	}
	v, err := outlook.Read(row)
	if err != nil || v.Days == nil {
		return nil, 0, err
	}
	if v.Days.Start <= last.String() || v.Days.Start > last.AddDays(soon).String() {
		return nil, 0, nil
	}
	var out []Expected
	for h, q := range v.Days.Q {
		if len(q) != len(forecast.Levels) {
			return nil, 0, nil
		}
		out = append(out, Expected{Day: v.Days.Day(forecast.Daily, h).Format(time.DateOnly), Median: q[forecast.Median],
			Low80: q[forecast.Low80], High80: q[forecast.High80], Low95: q[forecast.Low95], High95: q[forecast.High95]})
	}
	past := 0.0
	if v.Days.Error.Measured {
		past = v.Days.Error.WAPE
	}
	return out, past, nil
}

func keptOf(x *stat.Figures) Kept { k := x.Kept(); return Kept{int(k.K), int(k.N)} }

func median(h stat.Minutes) time.Duration {
	v, ok := h.Median()
	if !ok {
		return 0
	}
	return time.Duration(v * float64(time.Minute))
}

func (f *Figures) daily(ctx context.Context, m *Month, s stat.Scope, first string, now stat.Period) error {
	from := now.To.AddDays(1 - backDays)
	if d, err := deadline.ParseDate(first); err == nil && d.Compare(from) > 0 {
		from = d
	}
	if from.Compare(now.From) > 0 {
		from = now.From
	}
	days, err := (&stat.Reader{Store: f.Store}).Daily(ctx, s, stat.Whole, "", stat.Period{From: from, To: now.To})
	for _, d := range days {
		m.Daily = append(m.Daily, Daily{d.Day.String(), int(d.Opened)})
	}
	return err
}

// by reads a dimension of both months, by key.
func (f *Figures) by(ctx context.Context, s stat.Scope, now, before stat.Period, dim string) (x, y map[string]int, err error) {
	r := &stat.Reader{Store: f.Store}
	read := func(p stat.Period) (map[string]int, error) {
		list, err := r.By(ctx, s, p, dim)
		out := map[string]int{}
		for _, g := range list {
			out[g.Key] = int(g.Opened)
		}
		return out, err
	}
	if x, err = read(now); err == nil {
		y, err = read(before)
	}
	return x, y, err
}

func (f *Figures) lines(ctx context.Context, p *region.Pack, m *Month, s stat.Scope, now, before stat.Period) error {
	x, y, err := f.by(ctx, s, now, before, stat.Service)
	if err != nil {
		return err
	}
	for _, c := range p.Services {
		if x[c.Code]+y[c.Code] > 0 {
			m.Services = append(m.Services, Line{Code: c.Code, Name: c.Name, N: x[c.Code], Before: y[c.Code]})
		}
	}
	if x[""]+y[""] > 0 {
		m.Services = append(m.Services, Line{Name: "Belum ditentukan", N: x[""], Before: y[""]})
	}
	if x, y, err = f.by(ctx, s, now, before, stat.Channel); err != nil {
		return err
	}
	for _, code := range []string{"whatsapp", "email", "web", "desk"} {
		if x[code]+y[code] > 0 {
			m.Channels = append(m.Channels, Line{Code: code, Name: channelNames[code], N: x[code], Before: y[code]})
		}
	}
	if x, y, err = f.by(ctx, s, now, before, stat.Area); err != nil {
		return err
	}
	m.Unplaced = x[""]
	for _, a := range p.Areas {
		under, _ := p.Area(a.Parent)
		switch {
		case a.Parent != "":
			m.Areas = append(m.Areas, Line{Code: a.Code, Name: a.Name, Under: under.Name, N: x[a.Code], Before: y[a.Code], Population: a.Population})
		case x[a.Code] > 0:
			m.Areas = append(m.Areas, Line{Code: a.Code, Name: "kecamatan saja", Under: a.Name, N: x[a.Code], Before: y[a.Code]})
		}
	}
	return nil
}

func (f *Figures) units(ctx context.Context, p *region.Pack, m *Month, s stat.Scope, now, before stat.Period) error {
	r := &stat.Reader{Store: f.Store}
	codes := make([]string, len(p.Units))
	for i, u := range p.Units {
		codes[i] = u.Code
	}
	x, err := r.ByUnit(ctx, s, now, codes)
	if err != nil {
		return err
	}
	y, err := r.ByUnit(ctx, s, before, codes)
	if err != nil {
		return err
	}
	today := deadline.DateOf(f.Store.Clock().Now(), p.Location())
	open, err := r.BacklogByAge(ctx, s, today, now.To)
	if err != nil {
		return err
	}
	for _, u := range p.Units {
		row := Unit{Code: u.Code, Name: u.Name, Short: cmp.Or(u.Short, u.Name)}
		for i := range x {
			if x[i].Key == u.Code {
				row.Received.Now, row.OnTime, row.Resolve = int(x[i].Opened), keptOf(&x[i].Figures), median(x[i].Resolution)
			}
		}
		for i := range y {
			if y[i].Key == u.Code {
				row.Received.Before, row.Before = int(y[i].Opened), keptOf(&y[i].Figures)
			}
		}
		for _, b := range open {
			if b.Unit == u.Code {
				row.Open, row.Late = int(b.Open), int(b.Late)
			}
		}
		if row.Received.Now+row.Received.Before+row.OnTime.Due+row.Open > 0 {
			m.Units = append(m.Units, row)
		}
	}
	for _, b := range open {
		for i, n := range b.ByAge {
			m.Open[i] += int(n)
		}
	}
	return nil
}

func (f *Figures) satisfaction(ctx context.Context, p *region.Pack, m *Month, s stat.Scope, now stat.Period) error {
	codes := make([]string, len(p.Units))
	for i, u := range p.Units {
		codes[i] = u.Code
	}
	list, err := (&stat.Reader{Store: f.Store}).Satisfaction(ctx, s, now, p.Location(), codes)
	if err != nil || len(list) == 0 {
		return err
	}
	x := list[0]
	ikm, _ := x.Index.IKM()
	m.Survey = Survey{Respondents: x.Index.Respondents, Served: int(x.Served), IKM: ikm}
	if x.Half > 0 && ikm > 0 {
		m.Survey.Low, m.Survey.High = max(2500, ikm-int(x.Half*100)), min(10000, ikm+int(x.Half*100))
	}
	for _, e := range x.Index.Elements {
		m.Survey.Elements = append(m.Survey.Elements, Element{Key: e.Key, N: e.N, Mean: e.Mean()})
	}
	return nil
}

func (f *Figures) reader(ctx context.Context, m *Month, s stat.Scope, now stat.Period) error {
	list, err := (&stat.Reader{Store: f.Store}).By(ctx, s, now, stat.Suggestion)
	if err != nil {
		return err
	}
	for _, g := range list {
		m.Reader = append(m.Reader, Taken{Kind: g.Key, Decided: int(g.Accepted + g.Changed), Taken: int(g.Accepted)})
	}
	model, err := f.Store.ModelIn(ctx, s.Region, store.ModelActive)
	if err == nil && model != nil {
		m.Model = cut(model.Version, 12)
	}
	return err
}

// examples is how many wishes an officer is offered to choose from.
const examples = 12

// Book reads twelve whole months about one area, the last before now or before the planned
// year.
func (f *Figures) Book(ctx context.Context, p *region.Pack, year int, area string) (*Book, error) {
	local := f.Store.Clock().Now().In(p.Location())
	end := deadline.Date{Year: local.Year(), Month: local.Month(), Day: 1}.AddDays(-1)
	if last := (deadline.Date{Year: year - 1, Month: time.December, Day: 31}); end.Compare(last) > 0 {
		end = last
	}
	begin := time.Date(end.Year, end.Month, 1, 0, 0, 0, 0, time.UTC).AddDate(0, -11, 0)
	now := stat.Period{From: deadline.DateOf(begin, time.UTC), To: end}
	before := stat.Period{From: deadline.DateOf(begin.AddDate(-1, 0, 0), time.UTC), To: now.From.AddDays(-1)}
	asOf, err := f.ready(ctx, p, now.To)
	if err != nil {
		return nil, err
	}
	a, ok := p.Area(area)
	if !ok {
		return nil, tanggap.Errorf(tanggap.Invalid, "wilayah %s tidak ada di daerah ini", cut(area, 20))
	}
	b := &Book{Place: placeOf(p), Year: year, Area: areaName(p, area), People: a.Population, From: now.From.String(), To: now.To.String(), DataTo: asOf}
	if parent, ok := p.Area(a.Parent); ok {
		b.Under = parent.Name
	}
	codes := []string{area}
	people := 0
	for _, x := range p.Areas {
		if x.Parent == area {
			codes, people = append(codes, x.Code), people+x.Population
		}
	}
	if b.People == 0 {
		b.People = people
	}
	r, s := &stat.Reader{Store: f.Store}, stat.All(p.Identity.Code)
	first, err := r.FirstDay(ctx, s.Region)
	if err != nil {
		return nil, err
	}
	b.Comparable = first != "" && first <= before.From.AddDays(2).String()
	months := map[string]int{}
	for _, code := range codes {
		days, err := r.Daily(ctx, s, stat.Area, code, stat.Period{From: before.From, To: now.To})
		if err != nil {
			return nil, err
		}
		for _, d := range days {
			months[d.Day.String()[:7]] += int(d.Opened)
			if d.Day.Compare(now.From) >= 0 {
				b.Received.Now += int(d.Opened)
				b.OnTime.Kept += int(d.OnTime)
				b.OnTime.Due += int(d.OnTime + d.Late)
			} else {
				b.Received.Before += int(d.Opened)
			}
		}
	}
	for i := range 24 {
		t := begin.AddDate(-1, i, 0)
		if first != "" && t.AddDate(0, 1, 0).Format(time.DateOnly) > first {
			b.Months = append(b.Months, Daily{t.Format(time.DateOnly), months[t.Format("2006-01")]})
		}
	}
	return b, f.needs(ctx, p, b, codes, now, before)
}

// needs counts by service, which no figure knows for one area.
func (f *Figures) needs(ctx context.Context, p *region.Pack, b *Book, codes []string, now, before stat.Period) error {
	from, to := now.Bounds(p.Location())
	earlier, _ := before.Bounds(p.Location())
	x, err := f.Store.ServicesOfAreas(ctx, p.Identity.Code, codes, from, to)
	if err != nil {
		return err
	}
	y, err := f.Store.ServicesOfAreas(ctx, p.Identity.Code, codes, earlier, from)
	if err != nil {
		return err
	}
	var wishes []string
	for _, c := range p.Services {
		line := Line{Code: c.Code, Name: c.Name, N: x[c.Code], Before: y[c.Code]}
		if c.Kind == tanggap.KindAspiration {
			wishes = append(wishes, c.Code)
		}
		switch {
		case line.N+line.Before == 0 || c.Technical:
		case c.Kind == tanggap.KindAspiration:
			b.Wishes = append(b.Wishes, line)
		default:
			b.Services = append(b.Services, line)
		}
	}
	if b.Examples, err = f.Store.SummariesOfAreas(ctx, p.Identity.Code, codes, wishes, from, to, examples); err != nil {
		return fmt.Errorf("examples: %w", err)
	}
	return nil
}
