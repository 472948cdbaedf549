package web

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/deadline"
	"tanggap/internal/stat"
	"tanggap/internal/store"
	"tanggap/internal/web/view"
)

const (
	boardPath = "/dasbor"
	longest   = 366 * 3 // days of a period
	few       = 5       // cases below which a group says nothing, and could name somebody
)

// board is what the panels of one dashboard share.
type board struct {
	s        *Server
	v        *visit
	r        *stat.Reader
	f        view.Format
	scope    stat.Scope
	unit     string   // the chosen one, "" for all of the scope
	units    []string // that the scope counts
	period   stat.Period
	today    deadline.Date
	preset   string
	over     stat.Overview
	groups   []stat.Group            // by unit
	dims     map[string][]stat.Group // see by
	before   map[string]store.Counts // see servicesBefore
	backlogs []stat.Backlog          // see waiting
	young    bool                    // the period before began before the first case: nothing can be compared
}

// by is the figures of the scope and period by a dimension. Several panels ask for the
// same, so it is read once a page.
func (b *board) by(ctx context.Context, dim string) (list []stat.Group, err error) {
	list, known := b.dims[dim]
	if !known {
		if list, err = b.r.By(ctx, b.scope, b.period, dim); err != nil {
			return nil, err
		}
		b.dims[dim] = list
	}
	return slices.Clone(list), nil
}

// servicesBefore is how many cases each service had in the period before.
func (b *board) servicesBefore(ctx context.Context) (_ map[string]store.Counts, err error) {
	if b.before == nil {
		b.before, err = b.r.CountsBy(ctx, b.scope, b.period.Before(), stat.Service)
	}
	return b.before, err
}

// waiting is the open cases by unit and age.
func (b *board) waiting(ctx context.Context) (_ []stat.Backlog, err error) {
	if b.backlogs == nil {
		b.backlogs, err = b.r.BacklogByAge(ctx, b.scope, b.today, b.today)
	}
	return slices.Clone(b.backlogs), err
}

// t is the words of a key.
func (b *board) t(key string, pairs ...any) string { return b.s.View.T(b.v.lang, key, pairs...) }

// dashboard shows the figures of the service to those who answer for it.
func (s *Server) dashboard(w http.ResponseWriter, r *http.Request) error {
	base, err := s.staffBase(r)
	if err != nil {
		return err
	}
	b, page, err := s.board(r, base)
	if err != nil {
		return err
	}
	if !page.Empty {
		page.Panels = b.panels(r.Context(), []panel{
			{"prakiraan", b.forecast}, {"peta", b.areas}, {"janji", b.promises}, {"kalender", b.calendar}, {"umur", b.backlog}, {"layanan", b.services}, {"pindah", b.transfers},
		})
		page.Honest = b.panels(r.Context(), []panel{{"mutu", b.performance}, {"setara", b.equity}, {"data", b.quality}, {"manfaat", b.benefit}})
		if page.Matters, err = b.matters(r.Context()); err != nil {
			return err
		}
		b.askable(page)
		if access.CanIn(b.v.actor, access.OutsideEdit, b.v.pack.Identity.Code) {
			page.Baseline = baselinePath
		}
	}
	return s.render(w, r, http.StatusOK, "dashboard", page)
}

// dashboardTiles is the part of the dashboard that is read again by itself.
func (s *Server) dashboardTiles(w http.ResponseWriter, r *http.Request) error {
	_, page, err := s.board(r, s.base(r))
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "dashboard_tiles", page)
}

// board reads what the address asks for and fills the tiles.
func (s *Server) board(r *http.Request, base view.Base) (*board, *view.Dashboard, error) {
	v, ctx, q := at(r), r.Context(), r.URL.Query()
	today := deadline.DateOf(s.Clock.Now(), v.pack.Location())
	b := &board{s: s, v: v, r: &stat.Reader{Store: s.Store}, f: view.Format{Lang: v.lang, Zone: v.pack.Location()}, today: today, dims: map[string][]stat.Group{}}
	var chosen []string
	whole := access.FigureFilter(v.actor, v.pack)
	if u, ok := v.pack.Unit(q.Get("unit")); ok {
		b.unit, chosen = u.Code, []string{u.Code}
	}
	b.scope = stat.ScopeOf(access.FigureFilter(v.actor, v.pack, chosen...))
	if b.units = b.scope.Units; b.units == nil {
		for _, u := range v.pack.Units {
			b.units = append(b.units, u.Code)
		}
	}
	problem := b.choose(q)
	page := &view.Dashboard{Base: base, From: b.period.From.String(), To: b.period.To.String(), Screen: q.Get("layar") == "1"}
	if problem {
		page.Errors = []view.FieldError{{Field: "dari", Message: b.t("dashboard.bad_period")}}
	}
	before := b.period.Before()
	page.Period = b.t("dashboard.compared", "days", b.days(b.period), "before", b.days(before))
	for _, x := range []string{"hari", "7", "30", "90", "tahun"} {
		page.Presets = append(page.Presets, view.Preset{Label: b.t("dashboard.preset_" + x), URL: b.address("jangka", x), Current: b.preset == x})
	}
	if options := unitOptions(v.pack, whole.Units, b.unit); len(options) > 1 {
		page.Units = append([]view.Option{{Label: b.t("filter.any_unit")}}, options...)
	}
	page.Self, page.Wall, page.Reload = b.address("", ""), b.address("layar", "1"), boardPath+"/angka?"+b.query().Encode()
	if page.Screen {
		page.Reload = boardPath + "/layar?" + b.query().Encode()
	}
	state, err := b.r.State(ctx, v.pack.Identity.Code)
	if err != nil {
		return nil, nil, err
	}
	page.AsOf, page.Building, page.Built = moment(state.AsOf), state.Building, int(state.Built)
	first, err := b.r.FirstDay(ctx, v.pack.Identity.Code)
	if err != nil {
		return nil, nil, err
	}
	if page.Empty = first == ""; page.Empty {
		return b, page, nil
	}
	b.young = first > before.From.String()
	if b.over, err = b.r.Overview(ctx, b.scope, b.period); err != nil {
		return nil, nil, err
	}
	if b.groups, err = b.r.ByUnit(ctx, b.scope, b.period, b.units); err != nil {
		return nil, nil, err
	}
	page.Finding = b.finding()
	page.Tiles, err = b.tiles(ctx)
	return b, page, err
}

// choose reads the period; it reports whether the one asked for makes no sense.
func (b *board) choose(q url.Values) (bad bool) {
	b.preset = q.Get("jangka")
	from, err := deadline.ParseDate(q.Get("dari"))
	to, err2 := deadline.ParseDate(q.Get("sampai"))
	own := stat.Period{From: from, To: to}
	if err == nil && err2 == nil && b.preset == "" {
		if to.Compare(b.today) > 0 {
			own.To = b.today
		}
		if own.From.Compare(own.To) <= 0 && own.From.AddDays(longest).Compare(own.To) >= 0 {
			b.period, b.preset = own, "khusus"
			return false
		}
		bad = true
	} else if b.preset == "" && q.Get("dari")+q.Get("sampai") != "" {
		bad = true
	}
	back := map[string]int{"hari": 0, "7": 6, "30": 29, "90": 89}
	n, ok := back[b.preset]
	switch {
	case b.preset == "tahun":
		b.period = stat.Period{From: deadline.Date{Year: b.today.Year, Month: time.January, Day: 1}, To: b.today}
		return bad
	case !ok:
		b.preset, n = "30", 29
	}
	b.period = stat.Period{From: b.today.AddDays(-n), To: b.today}
	return bad
}

// query is the address of the page without its path.
func (b *board) query() url.Values {
	q := url.Values{}
	if b.preset == "khusus" {
		q.Set("dari", b.period.From.String())
		q.Set("sampai", b.period.To.String())
	} else {
		q.Set("jangka", b.preset)
	}
	if b.unit != "" {
		q.Set("unit", b.unit)
	}
	return q
}

// address is this page with one thing changed.
func (b *board) address(name, value string) string {
	q := b.query()
	if name == "jangka" {
		q.Del("dari")
		q.Del("sampai")
	}
	if name != "" {
		q.Set(name, value)
	}
	return boardPath + "?" + q.Encode()
}

// cases is the list of the inbox behind a figure of the period; more are pairs of a
// filter's name and value.
func (b *board) cases(what string, more ...string) string {
	q := url.Values{"hitung": {what}, "dari": {b.period.From.String()}, "sampai": {b.period.To.String()}}
	if b.unit != "" {
		q.Set("unit", b.unit)
	}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return inboxPath + "?" + q.Encode()
}

// open is the list of open cases behind a figure.
func (b *board) open(more ...string) string {
	q := url.Values{"tampil": {viewPending}}
	if b.unit != "" {
		q.Set("unit", b.unit)
	}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return inboxPath + "?" + q.Encode()
}

func (b *board) days(p stat.Period) string {
	from, to := p.Bounds(b.v.pack.Location())
	return b.f.Days(from, to.Add(-time.Hour))
}

func (b *board) num(n int64) string { return b.f.Number(float64(n), 0) }

// length prints working minutes in the largest sensible unit.
func (b *board) length(minutes float64) (value, unit string) {
	if minutes < 120 {
		return b.f.Number(math.Round(minutes), 0), b.t("dashboard.minutes")
	}
	decimals := 1
	if minutes >= 600 {
		decimals = 0
	}
	return b.f.Number(minutes/60, decimals), b.t("dashboard.hours")
}

// median prints the median of lengths, a dash where there are too few.
func (b *board) median(m stat.Minutes) string {
	v, ok := m.Median()
	if !ok || m.N < few {
		return "–"
	}
	value, unit := b.length(v)
	return value + " " + unit
}

// share prints a share, a dash where there is nothing.
func (b *board) share(s stat.Share) string {
	v, ok := s.Value()
	if !ok {
		return "–"
	}
	return b.f.Percent(v)
}

// trend puts a comparison into words.
func (b *board) trend(t stat.Trend, what, before string) string {
	switch t {
	case stat.Rise:
		return b.t("dashboard.rise", "much", what, "before", before)
	case stat.Fall:
		return b.t("dashboard.fall", "much", what, "before", before)
	case stat.Same:
		return b.t("dashboard.same", "before", before)
	}
	return b.t("dashboard.no_before")
}

// counts compares two counts, where there is something to compare with.
func (b *board) counts(now, before int64) stat.Trend {
	if b.young {
		return stat.Unknown
	}
	return stat.CompareCounts(now, before)
}

// change is by how much a count changed, as a share of what it was.
func (b *board) change(now, before int64) string {
	if before == 0 {
		return b.num(now)
	}
	return b.f.Percent(math.Round(math.Abs(float64(now-before))/float64(before)*100) / 100)
}

// points is by how much a share changed.
func (b *board) points(now, before stat.Share) string {
	x, _ := now.Value()
	y, _ := before.Value()
	return b.t("dashboard.points", "n", b.f.Number(math.Abs(x-y)*100, 1))
}

// finding is the one sentence above the page: the promises, else the load, else that
// nothing stands out.
func (b *board) finding() string {
	now, before := &b.over.Now, &b.over.Before
	kept := now.Kept()
	switch kept.Compare(before.Kept()) {
	case stat.Fall:
		return b.t("dashboard.found_kept_fall", "share", b.share(kept), "before", b.share(before.Kept()))
	case stat.Rise:
		return b.t("dashboard.found_kept_rise", "share", b.share(kept), "before", b.share(before.Kept()))
	}
	switch b.counts(now.Opened, before.Opened) {
	case stat.Unknown:
		return b.t("dashboard.found_first", "n", b.num(now.Opened))
	case stat.Rise:
		return b.t("dashboard.found_more", "n", b.num(now.Opened), "much", b.change(now.Opened, before.Opened))
	case stat.Fall:
		return b.t("dashboard.found_fewer", "n", b.num(now.Opened), "much", b.change(now.Opened, before.Opened))
	}
	return b.t("dashboard.found_nothing")
}

// tiles are the four figures on top.
func (b *board) tiles(ctx context.Context) ([]view.Tile, error) {
	now, before := &b.over.Now, &b.over.Before
	spark := func(name string, value func(stat.Daily) float64) *view.Chart {
		c := &view.Chart{Kind: "spark", Label: name}
		for _, d := range b.over.Daily[len(b.over.Daily)/2:] {
			c.Values = append(c.Values, value(d))
		}
		return c
	}
	tiles := []view.Tile{
		{Name: b.t("dashboard.opened"), Value: b.num(now.Opened), URL: b.cases(store.CountedOpened),
			Compare: b.trend(b.counts(now.Opened, before.Opened), b.change(now.Opened, before.Opened), b.num(before.Opened)),
			Spark:   spark(b.t("dashboard.opened"), func(d stat.Daily) float64 { return float64(d.Opened) })},
		{Name: b.t("dashboard.kept"), Value: b.share(now.Kept()), URL: b.cases(store.CountedLate),
			Compare: b.trend(now.Kept().Compare(before.Kept()), b.points(now.Kept(), before.Kept()), b.share(before.Kept())),
			Spark:   spark(b.t("dashboard.kept"), func(d stat.Daily) float64 { v, _ := (stat.Share{K: d.OnTime, N: d.OnTime + d.Late}).Value(); return v })},
		{Name: b.t("dashboard.response"), Value: "–", URL: b.cases(store.CountedResponded),
			Spark: spark(b.t("dashboard.response"), func(d stat.Daily) float64 { return float64(d.ResponseSum) / float64(max(1, d.Responded)) })},
	}
	if m, ok := now.Response.Median(); ok {
		x := &tiles[2]
		x.Value, x.Unit = b.length(m)
		if old, ok := before.Response.Median(); ok {
			value, unit := b.length(math.Abs(m - old))
			x.Compare = b.trend(stat.CompareMedians(now.Response, before.Response), value+" "+unit, b.median(before.Response))
		} else {
			x.Compare = b.t("dashboard.no_before")
		}
	} else {
		tiles[2].Compare = b.t("dashboard.no_response")
	}
	list, err := b.r.Satisfaction(ctx, b.scope, b.period, b.v.pack.Location(), b.units)
	if err != nil {
		return nil, err
	}
	return append(tiles, b.satisfactionTile(&list[0])), nil
}

func (b *board) satisfactionTile(x *stat.Satisfaction) view.Tile {
	t := view.Tile{Name: b.t("dashboard.ikm"), Value: "–", URL: surveysPath, Compare: b.t("dashboard.ikm_few", "n", b.num(int64(x.Index.Respondents)), "enough", b.num(stat.Enough))}
	if x.Known() {
		t.Value = b.f.Number(x.Points(), 1)
		t.Compare = b.t("dashboard.ikm_range", "low", b.f.Number(max(25, x.Points()-x.Half), 1), "high", b.f.Number(min(100, x.Points()+x.Half), 1), "n", b.num(int64(x.Index.Respondents)))
		if x.Indicative() {
			t.Compare += " " + b.t("dashboard.ikm_indicative", "needed", b.num(int64(x.Needed)))
		}
	}
	return t
}

// panel is one of the page's parts.
type panel struct {
	id   string
	make func(context.Context) (view.Panel, error)
}

// panels makes one after the other; one that fails says so and leaves the others alive.
func (b *board) panels(ctx context.Context, list []panel) (out []view.Panel) {
	for _, x := range list {
		p, err := x.make(ctx)
		if err != nil {
			b.s.Log.Error("a panel of the dashboard failed", "panel", x.id, "region", b.v.pack.Identity.Code, "error", err)
			p = view.Panel{Title: b.t("dashboard.panel_" + x.id), Failed: b.t("dashboard.failed")}
		}
		p.ID = x.id
		out = append(out, p)
	}
	return out
}

// countedOf reads which figure's cases an address of the inbox asks for.
func (s *Server) countedOf(v *visit, q query) store.Counted {
	c := store.Counted{What: q.Get("hitung"), From: q.Get("dari"), To: q.Get("sampai"), Language: q.Get("bahasa"),
		FromUnit: q.Get("dari_unit"), ToUnit: q.Get("ke_unit"), Kind: q.Get("jenis")}
	from, err := deadline.ParseDate(c.From)
	to, err2 := deadline.ParseDate(c.To)
	if err != nil || err2 != nil {
		c.From, c.To = "", ""
	}
	if !c.Known() {
		return store.Counted{}
	}
	c.Since, c.Until = stat.Period{From: from, To: to}.Bounds(v.pack.Location())
	if c.What == store.CountedStale {
		c.Until = s.Clock.Now().Add(-stale)
	}
	return c
}

// stale is how long nothing has happened to an open case that is said to lie still.
const stale = 14 * 24 * time.Hour

// countedWords says what a list of cases was counted as, "" for lists that were not.
func (s *Server) countedWords(v *visit, c store.Counted) string {
	if c.What == "" {
		return ""
	}
	f := view.Format{Lang: v.lang, Zone: v.pack.Location()}
	words := s.View.T(v.lang, "dashboard.list_"+c.What, "from", v.pack.ShortUnit(c.FromUnit), "to", v.pack.ShortUnit(c.ToUnit))
	if c.From == "" || c.What == store.CountedStale || c.What == store.CountedNoPlace || c.What == store.CountedTwins {
		return words
	}
	return words + ", " + f.Days(c.Since, c.Until.Add(-time.Hour))
}

// rowLink names a row and links it to its cases.
func rowLink(name, address string) view.Cell { return view.Cell{Text: name, URL: address} }

// nameOf is what a key of a dimension is called.
func (b *board) nameOf(dim, key string) string {
	if key == "" {
		return b.t("dashboard.unknown")
	}
	switch dim {
	case stat.Service:
		return serviceName(b.v.pack, key, b.v.lang)
	case stat.Area:
		return areaName(b.v.pack, key)
	case stat.Channel:
		return b.t("channel." + channelName(key))
	case stat.Suggestion:
		return b.t("reader.of_" + key)
	}
	return languageName(b.v.lang, key)
}

// languageName names a language by its code, in words of the two languages of the pages.
func languageName(lang, code string) string {
	names := map[string][2]string{"id": {"Indonesia", "Indonesian"}, "en": {"Inggris", "English"}, "ar": {"Arab", "Arabic"}, "zh": {"Tionghoa", "Chinese"}}
	n, ok := names[code]
	if !ok {
		return code
	}
	if lang == "en" {
		return n[1]
	}
	return n[0]
}

// viewPending is the inbox with every open case, put off or not.
const viewPending = "terbuka"
