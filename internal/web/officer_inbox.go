package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const (
	rowsPerPage = 50
	maxPages    = 200
	maxCount    = view.CountsTo
)

// openStates are those in which somebody in the government owes work.
var openStates = slices.DeleteFunc(slices.Clone(tanggap.States), func(x tanggap.State) bool { return !x.Open() })

// query is the filter form of the inbox as the address holds it.
type query struct {
	url.Values
}

func (q query) with(name, value string) string {
	next := url.Values{}
	for k, v := range q.Values {
		next[k] = v
	}
	next.Del("hal")
	next.Del(name)
	if value != "" {
		next.Set(name, value)
	}
	if len(next) == 0 {
		return inboxPath
	}
	return inboxPath + "?" + next.Encode()
}

func (q query) page() int64 {
	n, err := strconv.ParseInt(q.Get("hal"), 10, 64)
	if err != nil || n < 1 || n > maxPages {
		return 1
	}
	return n
}

// filterFields are what an address of the inbox may say beside its page.
var filterFields = []string{"cari", "tampil", "unit", "status", "layanan", "urgensi", "wilayah", "urut",
	"hitung", "dari", "sampai", "kanal", "bahasa", "dari_unit", "ke_unit", "jenis", "rahasia", "tanpa"}

// countedFields are those of them that a figure of the dashboard sets; the filter form
// keeps them.
var countedFields = filterFields[8:]

// filtered reports whether anything but the page and the order was chosen.
func (q query) filtered() bool {
	for _, name := range filterFields {
		if name != "urut" && q.Get(name) != "" {
			return true
		}
	}
	return false
}

// Saved views of the inbox.
const (
	viewOpen = ""
	viewMine = "saya"
	viewLate = "lewat"
	viewAll  = "semua"
	viewName = "disebut" // colleagues named him there
	viewMark = "diikuti"
	viewRest = "ditunda"
)

// caseFilter is the query as the store asks it; what the officer may see comes from
// access, and what he chose can only narrow it.
func (s *Server) caseFilter(v *visit, q query) store.CaseFilter {
	var units []string
	if u := q.Get("unit"); u != "" {
		units = []string{u}
	}
	f := access.ListFilter(v.actor, v.pack, units...)
	switch q.Get("tampil") {
	case viewMine:
		f = access.AssignedFilter(v.actor, v.pack)
		f.States = openStates
	case viewLate:
		f.States, f.DueTo = openStates, s.Clock.Now()
	case viewName:
		f.Named = v.actor.ID
	case viewMark:
		f.Follows = v.actor.ID
	case viewRest:
		f.States, f.Asleep = openStates, s.Clock.Now()
	case viewPending:
		f.States = openStates
	case viewAll:
	default:
		if q.Get("hitung") != "" {
			break // a figure counts what has ended too
		}
		f.States, f.Awake = openStates, s.Clock.Now()
	}
	if st := tanggap.State(q.Get("status")); st.Valid() {
		f.States = []tanggap.State{st}
	}
	f.Service, f.Area, f.Channel = q.Get("layanan"), q.Get("wilayah"), q.Get("kanal")
	f.Counted = s.countedOf(v, q)
	f.Without = map[string]string{"wilayah": "area", "layanan": "service"}[q.Get("tanpa")]
	if q.Get("rahasia") == "tanpa" {
		f.Secret, f.Secrets = false, nil
	}
	if n, err := strconv.Atoi(q.Get("urgensi")); err == nil && n >= 1 && n <= 3 {
		f.Urgency = tanggap.Urgency(n)
	}
	switch q.Get("urut") {
	case "baru":
		f.Sort = "new"
	case "urgensi":
		f.Sort = "urgent"
	}
	f.Text = text.Clean(q.Get("cari"), 400)
	f.Limit, f.Offset, f.Plain = rowsPerPage, (q.page()-1)*rowsPerPage, true
	return f
}

func (s *Server) inbox(w http.ResponseWriter, r *http.Request) error {
	page, err := s.inboxPage(r, query{r.URL.Query()})
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "inbox", page)
}

func (s *Server) inboxPage(r *http.Request, q query) (*view.Inbox, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	f := s.caseFilter(v, q)
	list, err := s.Store.Cases(ctx, f)
	if err != nil {
		return nil, err
	}
	page := &view.Inbox{Base: base, Query: q.Get("cari"), Filtered: q.filtered(), Address: q.Encode()}
	if page.Rows, err = s.caseRows(ctx, v, list, ""); err != nil {
		return nil, err
	}
	if q.filtered() {
		if page.Total, err = s.Store.CountCases(ctx, f, maxCount); err != nil {
			return nil, err
		}
	} else {
		page.Total = base.Officer.Inbox // the same question
	}
	if f.Text != "" {
		if page.Crowded, err = s.Store.Crowded(ctx, f.Region, f.Text); err != nil {
			return nil, err
		}
	}
	if page.Views, err = s.savedViews(ctx, v, q, base.Officer.Inbox); err != nil {
		return nil, err
	}
	page.Filters = s.filters(v, q)
	if page.Counted = s.countedWords(v, f.Counted); page.Counted != "" {
		for _, name := range countedFields {
			if q.Get(name) != "" {
				page.Kept = append(page.Kept, view.Option{Value: name, Label: q.Get(name)})
			}
		}
	}
	if page.Since, err = s.newest(ctx, v); err != nil {
		return nil, err
	}
	if access.CanIn(v.actor, access.CaseTake, v.pack.Identity.Code) {
		page.Bulk, page.Units = true, unitOptions(v.pack, nil, "-")
	}
	at := q.page()
	if at > 1 {
		page.Prev = localPath(r, q.at(at-1))
	}
	if len(list) == rowsPerPage && at < maxPages {
		page.Next = localPath(r, q.at(at+1))
	}
	return page, nil
}

// at is the address of another page of the same list.
func (q query) at(n int64) string {
	path := q.with("", "")
	if n == 1 {
		return path
	}
	if strings.Contains(path, "?") {
		return path + "&hal=" + strconv.FormatInt(n, 10)
	}
	return path + "?hal=" + strconv.FormatInt(n, 10)
}

// savedViews are the views of the inbox with how many cases each holds; open is that of
// the first. How many cases there are at all is no news, and is not counted.
func (s *Server) savedViews(ctx context.Context, v *visit, q query, open int) ([]view.SavedView, error) {
	own, err := s.Store.InboxViews(ctx, v.pack.Identity.Code, v.actor.ID)
	if err != nil {
		return nil, err
	}
	var out []view.SavedView
	var counted []store.CaseFilter
	var at []int // in out, of those that are counted
	count := func(x view.SavedView, q query) {
		counted, at, out = append(counted, s.caseFilter(v, q)), append(at, len(out)), append(out, x)
	}
	rare := map[int]bool{} // those that are left out while nothing is there
	for _, x := range []struct{ name, key string }{
		{viewOpen, "filter.view_open"}, {viewMine, "filter.view_mine"}, {viewLate, "filter.view_late"}, {viewName, "filter.view_named"},
		{viewMark, "filter.view_followed"}, {viewRest, "filter.view_asleep"}, {viewAll, "filter.view_all"},
	} {
		only := query{url.Values{}}
		if x.name != "" {
			only.Set("tampil", x.name)
		}
		saved := view.SavedView{Label: s.View.T(v.lang, x.key), URL: only.with("", ""), Current: q.Get("tampil") == x.name}
		switch x.name {
		case viewOpen:
			saved.Count = open
			out = append(out, saved)
		case viewAll:
			out = append(out, saved)
		case viewName, viewMark, viewRest:
			rare[len(out)] = !saved.Current
			count(saved, only)
		default:
			count(saved, only)
		}
	}
	for _, x := range own {
		kept, err := url.ParseQuery(x.Query)
		if err != nil {
			return nil, err
		}
		is := len(q.Values) > 0 && q.Encode() == x.Query
		for i := range out {
			out[i].Current = out[i].Current && !is
		}
		count(view.SavedView{ID: x.ID, Label: x.Name, URL: query{kept}.with("", ""), Current: is}, query{kept})
	}
	n, err := s.Store.CountEach(ctx, counted, maxCount)
	if err != nil {
		return nil, err
	}
	for i, at := range at {
		out[at].Count = n[i]
	}
	var shown []view.SavedView
	for i, x := range out {
		if !rare[i] || x.Count > 0 {
			shown = append(shown, x)
		}
	}
	return shown, nil
}

// filters are the selects of the filter form. Its choices name units, services and
// areas of the region pack, not of cases, so they tell nothing.
func (s *Server) filters(v *visit, q query) []view.Filter {
	p, t := v.pack, func(key string) string { return s.View.T(v.lang, key) }
	all := func(key string, options []view.Option) []view.Option {
		return append([]view.Option{{Label: t(key)}}, options...)
	}
	chosen := func(name string, options []view.Option) []view.Option {
		for i := range options {
			options[i].Selected = options[i].Value == q.Get(name)
		}
		return options
	}
	var status, urgency []view.Option
	for _, x := range tanggap.States {
		status = append(status, view.Option{Value: string(x), Label: t("status." + string(x))})
	}
	for _, x := range urgencies {
		urgency = append(urgency, view.Option{Value: strconv.Itoa(int(x.urgency)), Label: t(x.key)})
	}
	var out []view.Filter
	f := access.ListFilter(v.actor, p)
	if units := unitOptions(p, f.Units, ""); len(units) > 1 {
		out = append(out, view.Filter{Name: "unit", Label: t("filter.unit"), Options: all("filter.any_unit", chosen("unit", units))})
	}
	var services []view.Option
	for _, g := range serviceGroups(p, v.lang, "") {
		services = append(services, g.Options...)
	}
	return append(out,
		view.Filter{Name: "status", Label: t("filter.status"), Options: all("filter.any_status", chosen("status", status))},
		view.Filter{Name: "layanan", Label: t("filter.service"), Options: all("filter.any_service", chosen("layanan", services))},
		view.Filter{Name: "urgensi", Label: t("filter.urgency"), Options: all("filter.any_urgency", chosen("urgensi", urgency))},
		view.Filter{Name: "urut", Label: t("filter.sort"), Options: chosen("urut", []view.Option{
			{Label: t("filter.sort_due")}, {Value: "baru", Label: t("filter.sort_new")}, {Value: "urgensi", Label: t("filter.sort_urgency")}})},
		view.Filter{Name: "tampil", Label: t("filter.view"), Options: chosen("tampil", []view.Option{{Label: t("filter.view_open")},
			{Value: viewMine, Label: t("filter.view_mine")}, {Value: viewLate, Label: t("filter.view_late")}, {Value: viewName, Label: t("filter.view_named")},
			{Value: viewMark, Label: t("filter.view_followed")}, {Value: viewRest, Label: t("filter.view_asleep")}, {Value: viewAll, Label: t("filter.view_all")}})})
}

var urgencies = []struct {
	urgency tanggap.Urgency
	key     string
}{{tanggap.Normal, "urgency.normal"}, {tanggap.High, "urgency.high"}, {tanggap.Emergency, "urgency.emergency"}}

// newest is the mark of the newest case that the officer may see.
func (s *Server) newest(ctx context.Context, v *visit) (string, error) {
	at, err := s.Store.NewestOpened(ctx, access.ListFilter(v.actor, v.pack))
	if err != nil || at.IsZero() {
		return "0", err
	}
	return strconv.FormatInt(at.UnixMicro(), 10), nil
}

// inboxNew says how many cases came in since the mark that the page was given.
func (s *Server) inboxNew(w http.ResponseWriter, r *http.Request) error {
	v := at(r)
	since, err := strconv.ParseInt(r.URL.Query().Get("sejak"), 10, 64)
	if err != nil {
		since = s.Clock.Now().UnixMicro()
	}
	f := access.ListFilter(v.actor, v.pack)
	f.Sort, f.Limit, f.Plain = "new", rowsPerPage, true
	list, err := s.Store.Cases(r.Context(), f)
	if err != nil {
		return err
	}
	page := &view.InboxNew{Base: s.base(r), URL: localPath(r, inboxPath+"?urut=baru")}
	for _, c := range list {
		if c.OpenedAt.After(time.UnixMicro(since)) {
			page.Count++
		}
	}
	return s.render(w, r, http.StatusOK, "inbox_new", page)
}

func (s *Server) caseRows(ctx context.Context, v *visit, list []*store.Case, current string) ([]view.CaseRow, error) {
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	unheard, err := s.Store.Unheard(ctx, v.pack.Identity.Code, ids)
	if err != nil {
		return nil, err
	}
	out := make([]view.CaseRow, len(list))
	for i, c := range list {
		out[i] = view.CaseRow{ID: c.ID, Number: c.Number, Title: s.titleOf(v, c), Unit: v.pack.ShortUnit(c.Unit), Area: areaName(v.pack, c.Area),
			Channel: channelName(c.Channel), State: shownState(c), Urgency: c.Urgency, Opened: c.OpenedAt, Due: moment(c.DueAt), Paused: c.State.Paused(),
			Unread: c.HumanAt.IsZero(), Secret: c.Secret, Unheard: unheard[c.ID], Vulnerable: c.Vulnerable != "", WakesAt: wakes(c, s.Clock.Now()), Event: c.Incident != "", Current: c.ID == current}
	}
	return out, nil
}

// shownState is what a case's state is called: its own, or that its result waits for a
// second person.
func shownState(c *store.Case) tanggap.State {
	if !c.CheckingAt.IsZero() {
		return view.Checking
	}
	return c.State
}

// wakes is until when a case is put off, nil while it is not.
func wakes(c *store.Case, now time.Time) *time.Time {
	if !c.WakesAt.After(now) {
		return nil
	}
	return moment(c.WakesAt)
}

// titleOf is what a case is called in lists: its first words, or its service.
func (s *Server) titleOf(v *visit, c *store.Case) string {
	if c.Summary != "" {
		return s.closed(v, c, c.Summary)
	}
	return serviceName(v.pack, c.Service, v.lang)
}

func areaName(p *region.Pack, code string) string {
	a, _ := p.Area(code)
	return a.Name
}

// channelName keeps to the channels that the pages have words for.
func channelName(name string) string {
	switch name {
	case channel.WhatsApp, channel.Email, channel.Desk:
		return name
	}
	return channel.Web
}

// unitOptions are the units with these codes, all of them for nil.
func unitOptions(p *region.Pack, codes []string, selected string) []view.Option {
	var out []view.Option
	for _, u := range p.Units {
		if (codes == nil || slices.Contains(codes, u.Code)) && (!u.Retired || u.Code == selected) {
			out = append(out, view.Option{Value: u.Code, Label: u.Name, Selected: u.Code == selected})
		}
	}
	return out
}

// serviceGroups are the services that a case can be about, by kind.
func serviceGroups(p *region.Pack, lang, selected string) []view.Group {
	var out []view.Group
	for _, x := range p.Services {
		if x.Technical || x.Retired && x.Code != selected {
			continue
		}
		i := slices.IndexFunc(out, func(g view.Group) bool { return g.Label == string(x.Kind) })
		if i < 0 {
			out, i = append(out, view.Group{Label: string(x.Kind)}), len(out)
		}
		out[i].Options = append(out[i].Options, view.Option{Value: x.Code, Label: serviceName(p, x.Code, lang), Selected: x.Code == selected})
	}
	return out
}
