package web

import (
	"cmp"
	"context"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tanggap/internal/access"
	"tanggap/internal/deadline"
	"tanggap/internal/region"
	"tanggap/internal/stat"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// target is the share of promises that a unit should keep.
const target = 0.9

// promises are the units by promises kept, worst first.
func (b *board) promises(context.Context) (view.Panel, error) {
	list := slices.DeleteFunc(slices.Clone(b.groups), func(g stat.Group) bool { return g.OnTime+g.Late < few })
	if len(list) == 0 {
		return view.Panel{Title: b.t("dashboard.panel_janji"), Empty: b.t("dashboard.kept_none", "n", b.num(few))}, nil
	}
	value := func(g stat.Group) float64 { v, _ := g.Kept().Value(); return v }
	slices.SortStableFunc(list, func(x, y stat.Group) int { return cmp.Compare(value(x), value(y)) })
	p := view.Panel{Sub: b.t("dashboard.kept_sub", "target", b.f.Percent(target)), Note: b.t("dashboard.kept_note")}
	c := &view.Chart{Kind: "bars", Target: target, Max: 1}
	t := view.Table{Caption: b.t("dashboard.panel_janji"), Head: []string{b.t("case.unit"), b.t("dashboard.kept"), b.t("dashboard.kept_of"), b.t("dashboard.late"), b.t("dashboard.resolution")}}
	below := 0
	for _, g := range list {
		cell, link := view.Cell{Text: b.share(g.Kept())}, b.cases(store.CountedLate, "unit", g.Key)
		if _, high := g.Kept().Interval(); high < target {
			cell.Tag = b.t("dashboard.below")
			below++
		}
		name := b.v.pack.ShortUnit(g.Key)
		t.Rows = append(t.Rows, []view.Cell{rowLink(name, link), cell, {Text: b.num(g.OnTime + g.Late)}, {Text: b.num(g.Late), URL: link}, {Text: b.median(g.Resolution)}})
		c.Names, c.Values, c.URLs = append(c.Names, name), append(c.Values, value(g)), append(c.URLs, link)
		c.Texts = append(c.Texts, b.share(g.Kept()))
	}
	p.Title = b.t("dashboard.kept_all")
	if below > 0 {
		p.Title = b.t("dashboard.kept_found", "n", b.num(int64(below)), "unit", b.v.pack.ShortUnit(list[0].Key))
	}
	c.Label = p.Title
	p.Chart, p.Tables = c, []view.Table{t}
	return p, nil
}

// weeks is how far back the calendar looks.
const weeks = 26

// calendar is how many cases came on each of the last 26 weeks' days.
func (b *board) calendar(ctx context.Context) (view.Panel, error) {
	monday := b.today.AddDays(-(int(b.today.Weekday())+6)%7 - 7*(weeks-1))
	days, err := b.r.Daily(ctx, b.scope, stat.Whole, "", stat.Period{From: monday, To: b.today})
	if err != nil {
		return view.Panel{}, err
	}
	most := slices.MaxFunc(days, func(x, y stat.Daily) int { return cmp.Compare(x.Opened, y.Opened) })
	c := &view.Chart{Kind: "calendar", Months: view.MonthNames(b.v.lang), Week: view.DayNames(b.v.lang)}
	step := max(1, int64(math.Ceil(float64(most.Opened)/6)))
	for i := range int64(6) {
		words := b.num(i * step)
		if step > 1 {
			words += "–" + b.num((i+1)*step-1)
		}
		c.Legend = append(c.Legend, words)
	}
	p := view.Panel{Sub: b.t("dashboard.calendar_sub", "weeks", strconv.Itoa(weeks)), Wide: true}
	t := view.Table{Caption: b.t("dashboard.panel_kalender"), Head: append([]string{b.t("dashboard.week")}, append(slices.Clone(c.Week[1:]), c.Week[0])...)}
	var sums [7]int64
	for i, d := range days {
		start := d.Day.String()
		link := b.on(d.Day)
		if i%7 == 0 {
			from, _ := stat.Period{From: d.Day, To: d.Day}.Bounds(b.v.pack.Location())
			t.Rows = append(t.Rows, []view.Cell{{Text: b.f.Days(from, from)}})
		}
		row := &t.Rows[len(t.Rows)-1]
		*row = append(*row, view.Cell{Text: b.num(d.Opened), URL: link})
		sums[d.Day.Weekday()] += d.Opened
		from, _ := stat.Period{From: d.Day, To: d.Day}.Bounds(b.v.pack.Location())
		c.Days, c.Classes = append(c.Days, start), append(c.Classes, int(min(5, d.Opened/step)))
		c.Texts, c.URLs = append(c.Texts, b.f.Day(from)+": "+b.t("dashboard.n_cases", "n", b.num(d.Opened))), append(c.URLs, link)
	}
	for last := &t.Rows[len(t.Rows)-1]; len(*last) < 8; {
		*last = append(*last, view.Cell{})
	}
	slices.Reverse(t.Rows)
	busiest := slices.Index(sums[:], slices.Max(sums[:]))
	from, _ := stat.Period{From: most.Day, To: most.Day}.Bounds(b.v.pack.Location())
	p.Title = b.t("dashboard.calendar_found", "day", b.f.Day(from), "n", b.num(most.Opened), "busy", b.weekday(busiest))
	if most.Opened == 0 {
		p.Title = b.t("dashboard.calendar_none")
	}
	c.Label = p.Title
	p.Chart, p.Tables = c, []view.Table{t}
	return p, nil
}

// on is the list of cases opened on one day.
func (b *board) on(d deadline.Date) string {
	return b.cases(store.CountedOpened, "dari", d.String(), "sampai", d.String())
}

func (b *board) weekday(day int) string {
	t, _ := stat.Period{From: deadline.Date{Year: 2026, Month: 3, Day: 1 + day}, To: deadline.Date{Year: 2026, Month: 3, Day: 1 + day}}.Bounds(b.v.pack.Location())
	return b.f.Weekday(t)
}

// backlog is the open cases by unit and age.
func (b *board) backlog(ctx context.Context) (view.Panel, error) {
	list, err := b.waiting(ctx)
	if err != nil {
		return view.Panel{}, err
	}
	if len(list) == 0 {
		return view.Panel{Title: b.t("dashboard.panel_umur"), Empty: b.t("dashboard.backlog_none")}, nil
	}
	ages := []string{"0–" + strconv.Itoa(stat.Ages[0])}
	for i := 1; i < len(stat.Ages); i++ {
		ages = append(ages, strconv.Itoa(stat.Ages[i-1]+1)+"–"+strconv.Itoa(stat.Ages[i]))
	}
	ages = append(ages, "> "+strconv.Itoa(stat.Ages[len(stat.Ages)-1]))
	p := view.Panel{Sub: b.t("dashboard.backlog_sub")}
	c := &view.Chart{Kind: "stack", Series: ages, Rows: make([][]float64, len(ages))}
	t := view.Table{Caption: b.t("dashboard.panel_umur"), Head: append(append([]string{b.t("case.unit")}, ages...), b.t("dashboard.all"), b.t("dashboard.late"))}
	var open, old, late int64
	for i, x := range list {
		open, old, late = open+x.Open, old+x.ByAge[len(x.ByAge)-1], late+x.Late
		name := b.v.pack.ShortUnit(x.Unit)
		row := []view.Cell{rowLink(name, b.open("unit", x.Unit))}
		to := b.today
		for j, n := range x.ByAge {
			from := deadline.Date{Year: 2000, Month: 1, Day: 1}
			if j < len(stat.Ages) {
				from = b.today.AddDays(-stat.Ages[j])
			}
			row = append(row, view.Cell{Text: b.num(n), URL: b.open("unit", x.Unit, "hitung", store.CountedOpened, "dari", from.String(), "sampai", to.String())})
			to = from.AddDays(-1)
			if i < 12 {
				c.Rows[j] = append(c.Rows[j], float64(n))
			}
		}
		row = append(row, view.Cell{Text: b.num(x.Open)}, view.Cell{Text: b.num(x.Late), URL: inboxPath + "?tampil=" + viewLate + "&unit=" + url.QueryEscape(x.Unit)})
		t.Rows = append(t.Rows, row)
		if i < 12 {
			c.Names, c.URLs, c.Texts = append(c.Names, name), append(c.URLs, b.open("unit", x.Unit)), append(c.Texts, b.num(x.Open))
		}
	}
	p.Title = b.t("dashboard.backlog_found", "n", b.num(open), "old", b.num(old), "late", b.num(late))
	c.Label = p.Title
	p.Chart, p.Tables = c, []view.Table{t}
	if access.CanIn(b.v.actor, access.TaskGive, b.v.pack.Identity.Code) && late > 0 {
		p.Late, err = b.late(ctx)
	}
	return p, err
}

// services are those that changed beyond chance, and then the largest.
func (b *board) services(ctx context.Context) (view.Panel, error) {
	now, err := b.by(ctx, stat.Service)
	if err != nil {
		return view.Panel{}, err
	}
	was, err := b.servicesBefore(ctx)
	if err != nil {
		return view.Panel{}, err
	}
	slices.SortStableFunc(now, func(x, y stat.Group) int { return -cmp.Compare(x.Opened, y.Opened) })
	p := view.Panel{Sub: b.t("dashboard.services_sub")}
	c := &view.Chart{Kind: "bars"}
	t := view.Table{Caption: b.t("dashboard.panel_layanan"), Head: []string{b.t("case_staff.service"), b.t("dashboard.opened"), b.t("dashboard.before"), b.t("dashboard.change"), b.t("dashboard.resolution")}}
	changed := 0
	for i, g := range now {
		link := b.cases(store.CountedOpened, "layanan", g.Key, "rahasia", "tanpa")
		if g.Key == "" {
			link = b.cases(store.CountedOpened, "tanpa", "layanan", "rahasia", "tanpa")
		}
		word := b.t("dashboard.alike")
		switch b.counts(g.Opened, was[g.Key].Opened) {
		case stat.Unknown:
			word = b.t("dashboard.no_before")
		case stat.Rise:
			word = b.t("dashboard.rose", "much", b.change(g.Opened, was[g.Key].Opened))
			changed++
		case stat.Fall:
			word = b.t("dashboard.fell", "much", b.change(g.Opened, was[g.Key].Opened))
			changed++
		}
		name := b.nameOf(stat.Service, g.Key)
		t.Rows = append(t.Rows, []view.Cell{rowLink(name, link), {Text: b.num(g.Opened)}, {Text: b.num(was[g.Key].Opened)}, {Text: word}, {Text: b.median(g.Resolution)}})
		if i < 10 && g.Opened > 0 {
			c.Names, c.Values, c.URLs = append(c.Names, name), append(c.Values, float64(g.Opened)), append(c.URLs, link)
			c.Texts = append(c.Texts, b.num(g.Opened))
			if !b.young {
				c.Texts[len(c.Texts)-1] += " · " + word
			}
		}
	}
	if len(c.Names) == 0 {
		return view.Panel{Title: b.t("dashboard.panel_layanan"), Empty: b.t("dashboard.none_in_period")}, nil
	}
	p.Title = b.t("dashboard.services_same", "service", c.Names[0])
	if changed > 0 {
		p.Title = b.t("dashboard.services_found", "n", b.num(int64(changed)), "service", c.Names[0])
	}
	c.Label = p.Title
	p.Chart, p.Tables = c, []view.Table{t}
	return p, nil
}

// transfers are the ways between units on which cases went because they lay wrong.
func (b *board) transfers(ctx context.Context) (view.Panel, error) {
	list, err := b.r.Transfers(ctx, b.scope, b.period)
	if err != nil {
		return view.Panel{}, err
	}
	if len(list) == 0 {
		return view.Panel{Title: b.t("dashboard.panel_pindah"), Empty: b.t("dashboard.transfers_none")}, nil
	}
	p := view.Panel{Sub: b.t("dashboard.transfers_sub"), Open: true}
	t := view.Table{Caption: b.t("dashboard.panel_pindah"), Head: []string{b.t("dashboard.way"), b.t("dashboard.moves"), b.t("dashboard.returned")}}
	var n, back int64
	for i, x := range list {
		n, back = n+x.N, back+x.Returned
		if i < 15 {
			t.Rows = append(t.Rows, []view.Cell{rowLink(b.t("dashboard.way_of", "from", b.v.pack.ShortUnit(x.From), "to", b.v.pack.ShortUnit(x.To)), b.cases(store.CountedMoved, "dari_unit", x.From, "ke_unit", x.To, "unit", "")),
				{Text: b.num(x.N)}, {Text: b.num(x.Returned)}})
		}
	}
	p.Title = b.t("dashboard.transfers_found", "n", b.num(n), "back", b.num(back))
	p.Tables = []view.Table{t}
	return p, nil
}

// performance is how well the service works beside its speed.
func (b *board) performance(ctx context.Context) (view.Panel, error) {
	now, before := &b.over.Now, &b.over.Before
	p := view.Panel{Title: b.t("dashboard.performance_found", "reopened", b.share(now.ReopenShare()), "wrong", b.share(now.MisrouteShare())), Sub: b.days(b.period), Note: b.t("dashboard.performance_note"), Open: true}
	t := view.Table{Caption: b.t("dashboard.panel_mutu"), Head: []string{b.t("dashboard.figure"), b.t("dashboard.now"), b.t("dashboard.before"), b.t("dashboard.change")}}
	for _, x := range []struct {
		key, what string
		share     func(*stat.Figures) stat.Share
	}{
		{"kept", store.CountedLate, (*stat.Figures).Kept}, {"reopened", store.CountedReopened, (*stat.Figures).ReopenShare}, {"misrouted", store.CountedMisrouted, (*stat.Figures).MisrouteShare},
		{"solved", store.CountedConfirmed, (*stat.Figures).SolvedShare}, {"taken", store.CountedChanged, (*stat.Figures).TakenShare},
	} {
		a, z := x.share(now), x.share(before)
		t.Rows = append(t.Rows, []view.Cell{rowLink(b.t("dashboard."+x.key), b.cases(x.what, "jenis", "service")), {Text: b.share(a) + " (n = " + b.num(a.N) + ")"}, {Text: b.share(z)}, {Text: b.word(a.Compare(z))}})
	}
	pulse, err := b.pulse(ctx)
	if err != nil {
		return p, err
	}
	t.Rows = append(t.Rows, pulse,
		[]view.Cell{rowLink(b.t("dashboard.response"), b.cases(store.CountedResponded)), {Text: b.median(now.Response)}, {Text: b.median(before.Response)}, {Text: b.word(stat.CompareMedians(now.Response, before.Response))}},
		[]view.Cell{rowLink(b.t("dashboard.resolution"), b.cases(store.CountedResolved)), {Text: b.median(now.Resolution)}, {Text: b.median(before.Resolution)}, {Text: b.word(stat.CompareMedians(now.Resolution, before.Resolution))}})
	p.Tables = append(p.Tables, t)
	kinds, err := b.by(ctx, stat.Suggestion)
	if err != nil || len(kinds) == 0 {
		return p, err
	}
	s := view.Table{Caption: b.t("reader.taken"), Head: []string{b.t("reader.kind"), b.t("reader.decided"), b.t("reader.share")}}
	for _, g := range kinds {
		s.Rows = append(s.Rows, []view.Cell{rowLink(b.nameOf(stat.Suggestion, g.Key), b.cases(store.CountedChanged, "jenis", g.Key)), {Text: b.num(g.Accepted + g.Changed)}, {Text: b.share(g.TakenShare())}})
	}
	p.Tables = append(p.Tables, s)
	return p, nil
}

// pulse is how many citizens said in one tap that they are satisfied.
func (b *board) pulse(ctx context.Context) ([]view.Cell, error) {
	zone := b.v.pack.Location()
	now, err := b.r.Pulse(ctx, b.scope, b.period, zone)
	if err != nil {
		return nil, err
	}
	before, err := b.r.Pulse(ctx, b.scope, b.period.Before(), zone)
	return []view.Cell{rowLink(b.t("dashboard.pulse"), surveysPath), {Text: b.share(now) + " (n = " + b.num(now.N) + ")"}, {Text: b.share(before)}, {Text: b.word(now.Compare(before))}}, err
}

// word is a trend in one word.
func (b *board) word(t stat.Trend) string {
	switch t {
	case stat.Rise:
		return b.t("dashboard.up")
	case stat.Fall:
		return b.t("dashboard.down")
	case stat.Same:
		return b.t("dashboard.alike")
	}
	return "–"
}

// quiet is how long an area may be silent before it is named.
const quiet = 90

// equity is whether everybody is served alike: by area, channel and language, and from
// where nothing comes.
func (b *board) equity(ctx context.Context) (view.Panel, error) {
	p := view.Panel{Sub: b.t("dashboard.equity_sub", "n", b.num(few)), Note: b.t("dashboard.equity_note"), Wide: true}
	for _, x := range []struct{ dim, head, field string }{{stat.Area, "dashboard.area", "wilayah"}, {stat.Channel, "dashboard.channel", "kanal"}, {stat.Language, "dashboard.language", "bahasa"}} {
		list, err := b.by(ctx, x.dim)
		if err != nil {
			return p, err
		}
		slow := func(g stat.Group) float64 { m, _ := g.Response.Median(); return m }
		slices.SortStableFunc(list, func(a, z stat.Group) int { return cmp.Or(-cmp.Compare(slow(a), slow(z)), cmp.Compare(a.Key, z.Key)) })
		t := view.Table{Caption: b.t(x.head), Head: []string{b.t(x.head), b.t("dashboard.opened"), b.t("dashboard.response"), b.t("dashboard.resolution"), b.t("dashboard.kept")}}
		for _, g := range list {
			if g.Opened < few {
				continue
			}
			t.Rows = append(t.Rows, []view.Cell{rowLink(b.nameOf(x.dim, g.Key), b.cases(store.CountedOpened, x.field, g.Key, "rahasia", "tanpa")), {Text: b.num(g.Opened)},
				{Text: b.median(g.Response)}, {Text: b.median(g.Resolution)}, {Text: b.share(g.Kept())}})
		}
		if len(t.Rows) > 0 {
			p.Tables = append(p.Tables, t)
		}
		if x.dim == stat.Area {
			p.Title, err = b.silent(ctx)
			if err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

// silent says from how many kelurahan nothing came for long.
func (b *board) silent(ctx context.Context) (string, error) {
	heard, err := b.r.CountsBy(ctx, b.scope, stat.Period{From: b.today.AddDays(-quiet + 1), To: b.today}, stat.Area)
	if err != nil {
		return "", err
	}
	var names []string
	b.eachTile(func(a region.Area, _, _ int) {
		if heard[a.Code].Opened == 0 {
			names = append(names, a.Name)
		}
	})
	if len(names) == 0 {
		return b.t("dashboard.silent_none", "days", strconv.Itoa(quiet)), nil
	}
	shown := names
	if len(shown) > 5 {
		shown = shown[:5]
	}
	return b.t("dashboard.silent_found", "n", b.num(int64(len(names))), "days", strconv.Itoa(quiet), "areas", namesOf(shown, len(names) > len(shown))), nil
}

func namesOf(names []string, more bool) string {
	if more {
		names = append(slices.Clone(names), "…")
	}
	return strings.Join(names, ", ")
}

// quality is what is missing about open cases, each with the list where it is mended.
func (b *board) quality(ctx context.Context) (view.Panel, error) {
	t := view.Table{Caption: b.t("dashboard.panel_data"), Head: []string{b.t("dashboard.lack"), b.t("dashboard.open_cases")}}
	var all int
	for _, x := range []struct{ key, what, state string }{
		{"list_no_place", store.CountedNoPlace, ""}, {"doubtful", "", string(tanggap.Triage)}, {"list_stale", store.CountedStale, ""}, {"list_twins", store.CountedTwins, ""},
	} {
		q := url.Values{"tampil": {viewPending}}
		if x.what != "" {
			q.Set("hitung", x.what)
		}
		if x.state != "" {
			q.Set("status", x.state)
		}
		if b.unit != "" {
			q.Set("unit", b.unit)
		}
		f := b.s.caseFilter(b.v, query{q})
		own := b.own()
		f.Units, f.Secret, f.Secrets = own.Units, own.Secret, own.Secrets
		n, err := b.s.Store.CountCases(ctx, f, mostLacking)
		if err != nil {
			return view.Panel{}, err
		}
		all += n
		words := b.num(int64(n))
		if n >= mostLacking {
			words += "+"
		}
		t.Rows = append(t.Rows, []view.Cell{rowLink(b.t("dashboard."+x.key), inboxPath+"?"+q.Encode()), {Text: words}})
	}
	p := view.Panel{Title: b.t("dashboard.quality_found", "n", b.num(int64(all))), Sub: b.t("dashboard.quality_sub"), Tables: []view.Table{t}, Open: true}
	if all == 0 {
		p.Title = b.t("dashboard.quality_none")
	}
	return p, nil
}

// own is the cases whose sums he may read, as a filter of lists.
func (b *board) own() store.CaseFilter {
	if b.unit != "" {
		return access.FigureFilter(b.v.actor, b.v.pack, b.unit)
	}
	return access.FigureFilter(b.v.actor, b.v.pack)
}

// mostLacking is where counting what lacks stops.
const mostLacking = 2000

// saved is how many minutes an officer is taken to save with a suggestion that he takes as
// it stands: reading the list of services and units for himself. It is an assumption.
const saved = 2

// benefit compares the period with the first whole month, never persons.
func (b *board) benefit(ctx context.Context) (view.Panel, error) {
	first, err := b.r.FirstDay(ctx, b.v.pack.Identity.Code)
	if err != nil {
		return view.Panel{}, err
	}
	start, err := deadline.ParseDate(first)
	if err != nil {
		return view.Panel{}, err
	}
	was, base, known, err := b.r.Earlier(ctx, b.scope)
	if err != nil {
		return view.Panel{}, err
	}
	then, sub := b.t("dashboard.earlier", "days", b.days(base)), b.t("dashboard.benefit_earlier")
	if !known {
		base = stat.Period{From: start, To: start.AddDays(29)}
		if base.To.Compare(b.period.From) >= 0 {
			return view.Panel{Title: b.t("dashboard.panel_manfaat"), Empty: b.t("dashboard.benefit_early", "days", b.days(base))}, nil
		}
		first, err := b.r.Sum(ctx, b.scope, base)
		if err != nil {
			return view.Panel{}, err
		}
		was = &first
		then, sub = b.t("dashboard.first_month", "days", b.days(base)), b.t("dashboard.benefit_sub")
	}
	now := &b.over.Now
	t := view.Table{Caption: b.t("dashboard.panel_manfaat"), Head: []string{b.t("dashboard.figure"), then, b.t("dashboard.now"), b.t("dashboard.change")}}
	t.Rows = [][]view.Cell{
		{{Text: b.t("dashboard.response")}, {Text: b.median(was.Response)}, {Text: b.median(now.Response)}, {Text: b.word(stat.CompareMedians(now.Response, was.Response))}},
		{{Text: b.t("dashboard.resolution")}, {Text: b.median(was.Resolution)}, {Text: b.median(now.Resolution)}, {Text: b.word(stat.CompareMedians(now.Resolution, was.Resolution))}},
		{{Text: b.t("dashboard.kept")}, {Text: b.share(was.Kept())}, {Text: b.share(now.Kept())}, {Text: b.word(now.Kept().Compare(was.Kept()))}},
	}
	hours := view.Table{Caption: b.t("dashboard.hours_saved"), Head: []string{b.t("case.unit"), b.t("dashboard.taken_n"), b.t("dashboard.hours_saved")}}
	var sum int64
	taken, err := b.r.CountsByUnit(ctx, b.scope, b.period, stat.Suggestion, b.units)
	if err != nil {
		return view.Panel{}, err
	}
	for _, u := range b.units {
		if n := taken[u].Accepted; n > 0 {
			sum += n
			hours.Rows = append(hours.Rows, []view.Cell{{Text: b.v.pack.ShortUnit(u)}, {Text: b.num(n)}, {Text: b.f.Number(float64(n*saved)/60, 1)}})
		}
	}
	p := view.Panel{Title: b.t("dashboard.benefit_found", "hours", b.f.Number(float64(sum*saved)/60, 1)), Sub: sub,
		Note: b.t("dashboard.benefit_note", "minutes", strconv.Itoa(saved)), Tables: []view.Table{t}, Open: true}
	if len(hours.Rows) > 0 {
		p.Tables = append(p.Tables, hours)
	}
	return p, nil
}
