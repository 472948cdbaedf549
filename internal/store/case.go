package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
)

// Case is one matter with a number, a state and a due date. What the citizen said
// is not part of it but of its Messages.
type Case struct {
	bun.BaseModel `bun:"cases"`
	Region        string
	ID            string
	Number        string // a name, e.g. BAU-26-000123; opens nothing
	CodeHash      string
	CodeCT        []byte `bun:"code_ct"`
	Code          string `bun:"-"` // tracking code: opens the public status
	LinkHash      string
	LinkCT        []byte `bun:"link_ct"`
	Link          string `bun:"-"` // token: opens the private view
	State         tanggap.State
	Service       string // taxonomy code, "" while unknown
	Unit          string // unit code
	OfficerID     string // "" while nobody took it
	Area          string // area code, "" while unknown
	PlaceCT       []byte `bun:"place_ct"`
	Place         string `bun:"-"` // what the citizen said about the place, and coordinates
	Urgency       tanggap.Urgency
	Vulnerable    string    `bun:",nullzero"` // "yes" where the words touch somebody who can help himself less; who, stands sealed in the decision
	Incident      string    `bun:",nullzero"` // id of the first case of the event that this one reports too; "" while it stands alone
	Lead          int64     `bun:",nullzero"` // hours by which the case comes before its due time in the order of work
	RankAt        time.Time `bun:",nullzero"` // place in the order of work while the case is open; the store keeps it
	Secret        bool      // content only for those access.Can names
	Anonymous     bool      // reporter hidden from the unit and the public
	Channel       string
	CitizenID     string
	IdentityID    string // where notices go
	Summary       string // masked first words, for lists; "" for secret cases
	OpenedAt      time.Time
	OpenedDay     string    // local date of OpenedAt, 2006-01-02
	Rule          string    // deadline rule of DueAt
	DueAt         time.Time `bun:",nullzero"` // the promise to the citizen
	PausedAt      time.Time `bun:",nullzero"`
	AnsweredAt    time.Time `bun:",nullzero"`
	ClosedAt      time.Time `bun:",nullzero"`
	Reopens       int64
	ExternalTo    string    // names who, in state external
	MergedInto    string    // case id, in state merged
	Follows       string    // case id that this one continues after its reopening time
	ReasonCT      []byte    `bun:"reason_ct"`
	Reason        string    `bun:"-"` // what the officer said with the state: the question asked, the reason of a rejection
	LateCT        []byte    `bun:"late_ct"`
	Late          string    `bun:"-"`         // why the case runs late: "@" and a code of casework.LateReasons, or an officer's words
	ExpectedAt    time.Time `bun:",nullzero"` // when it is expected instead, as the citizen was told
	Pack          int64     // region-pack version that made the promises
	Version       int64
	NextStep      tanggap.Step
	NextStepAt    time.Time `bun:",nullzero"`
	LastInAt      time.Time `bun:",nullzero"` // last words of the citizen
	HumanAt       time.Time `bun:",nullzero"` // first act of an officer since the last alarm; the bot is silent after it
	Asked         string    `bun:",nullzero"` // what the program asked the citizen so far, words of casework joined by spaces
	Asking        string    `bun:",nullzero"` // the one of them that waits for an answer
	AskedAt       time.Time `bun:",nullzero"`
	WakesAt       time.Time `bun:",nullzero"` // until when an officer has put the case off
	CheckingAt    time.Time `bun:",nullzero"` // since when its result waits for a second person
	UpdatedAt     time.Time

	plain bool // read without what is sealed; never written back
}

func (c *Case) where(column string) seal.Where {
	return seal.Where{Region: c.Region, Table: "cases", Column: column, ID: c.ID}
}

// AddCase inserts a case: it gives it an id, a number of its local year, a tracking
// code and a private link. Its version is 0 until SetCase writes it with its first
// event, so that versions and events count alike.
func (s *Store) AddCase(ctx context.Context, c *Case, prefix string, zone *time.Location) error {
	c.ID = tanggap.NewID()
	local := c.OpenedAt.In(zone)
	c.OpenedDay = local.Format(time.DateOnly)
	n, err := s.Take(ctx, c.Region, "case:"+local.Format("2006"), 1)
	if err != nil {
		return err
	}
	c.Number = tanggap.CaseNumber(prefix, local.Year(), int(n))
	c.Code, c.Link = tanggap.NewTrackingCode(), tanggap.NewToken()
	c.CodeHash, c.LinkHash = tanggap.HashToken(c.Code), tanggap.HashToken(c.Link)
	c.Version, c.UpdatedAt, c.RankAt = 0, s.now(), rank(c)
	if err := s.sealCase(ctx, c); err != nil {
		return err
	}
	_, err = s.w().NewInsert().Model(c).Exec(ctx)
	return err
}

// SetCase writes a changed case if nobody changed it since it was read, and moves
// its version on; otherwise it returns Conflict.
func (s *Store) SetCase(ctx context.Context, c *Case) error {
	if c.plain {
		return fmt.Errorf("case %s was read without what is sealed, and would lose it", c.ID)
	}
	if err := s.sealCase(ctx, c); err != nil {
		return err
	}
	old := c.Version
	c.Version, c.UpdatedAt, c.RankAt = old+1, s.now(), rank(c)
	res, err := s.w().NewUpdate().Model(c).
		ExcludeColumn("region", "id", "number", "code_hash", "link_hash", "citizen_id", "opened_at", "opened_day", "channel").
		Where("region = ? AND id = ? AND version = ?", c.Region, c.ID, old).Exec(ctx)
	if err != nil {
		return err
	}
	if n, _ := res.RowsAffected(); n == 0 {
		c.Version = old
		return tanggap.Errorf(tanggap.Conflict, "laporan ini baru saja diubah orang lain; muat ulang halaman lalu ulangi")
	}
	return nil
}

func (s *Store) sealCase(ctx context.Context, c *Case) (err error) {
	for _, f := range []struct {
		col, plain string
		ct         *[]byte
	}{{"code", c.Code, &c.CodeCT}, {"link", c.Link, &c.LinkCT}, {"place", c.Place, &c.PlaceCT}, {"reason", c.Reason, &c.ReasonCT}, {"late", c.Late, &c.LateCT}} {
		if *f.ct, err = s.sealFor(ctx, c.CitizenID, f.plain, c.where(f.col)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) openCase(ctx context.Context, c *Case) (err error) {
	for _, f := range []struct {
		col   string
		plain *string
		ct    []byte
	}{{"code", &c.Code, c.CodeCT}, {"link", &c.Link, c.LinkCT}, {"place", &c.Place, c.PlaceCT}, {"reason", &c.Reason, c.ReasonCT}, {"late", &c.Late, c.LateCT}} {
		if *f.plain, err = s.openFor(ctx, c.CitizenID, f.ct, c.where(f.col)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) caseWhere(ctx context.Context, where string, args ...any) (*Case, error) {
	c := &Case{}
	q := s.r().NewSelect().Model(c).Where(where, args...)
	if s.locks() {
		q = q.For("UPDATE")
	}
	if err := q.Scan(ctx); err != nil {
		return nil, one(err, "laporan")
	}
	return c, s.openCase(ctx, c)
}

// Case returns a case, locked until the end of the transaction where there is one.
func (s *Store) Case(ctx context.Context, region, id string) (*Case, error) {
	return s.caseWhere(ctx, "region = ? AND id = ?", region, id)
}

// CaseByCode finds a case by its tracking code, CaseByLink by its private link,
// CaseByNumber by its number.
func (s *Store) CaseByCode(ctx context.Context, region, code string) (*Case, error) {
	return s.caseWhere(ctx, "region = ? AND code_hash = ?", region, tanggap.HashToken(code))
}

func (s *Store) CaseByLink(ctx context.Context, region, token string) (*Case, error) {
	return s.caseWhere(ctx, "region = ? AND link_hash = ?", region, tanggap.HashToken(token))
}

func (s *Store) CaseByNumber(ctx context.Context, region, number string) (*Case, error) {
	return s.caseWhere(ctx, "region = ? AND number = ?", region, number)
}

// FollowMerge returns the case that c was merged into, however often.
func (s *Store) FollowMerge(ctx context.Context, c *Case) (*Case, error) {
	for hops := 0; c.MergedInto != "" && hops < 32; hops++ {
		next, err := s.Case(ctx, c.Region, c.MergedInto)
		if err != nil {
			return nil, err
		}
		c = next
	}
	return c, nil
}

// CitizenCases lists a citizen's cases, newest first.
func (s *Store) CitizenCases(ctx context.Context, region, citizen string, limit int64) ([]*Case, error) {
	return s.caseList(ctx, s.r().NewSelect().Where("region = ? AND citizen_id = ?", region, citizen).Order("opened_at DESC", "id DESC").Limit(limit))
}

// DueSteps lists cases whose next step has come, earliest first.
func (s *Store) DueSteps(ctx context.Context, region string, now time.Time, limit int64) ([]*Case, error) {
	return s.caseList(ctx, s.r().NewSelect().Where("region = ? AND next_step_at <= ?", region, now).Order("next_step_at").Limit(limit))
}

func (s *Store) caseList(ctx context.Context, q *bun.SelectQuery) ([]*Case, error) {
	var out []*Case
	if err := q.Model(&out).Scan(ctx); err != nil {
		return nil, err
	}
	for _, c := range out {
		if err := s.openCase(ctx, c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// openStates is how many states there are in which somebody owes work.
var openStates = len(slices.DeleteFunc(slices.Clone(tanggap.States), func(x tanggap.State) bool { return !x.Open() }))

// CaseFilter selects cases for lists. Zero fields do not filter.
type CaseFilter struct {
	Region   string
	Units    []string // any of these; nil means all units, an empty slice means none
	States   []tanggap.State
	Service  string
	Services []string // any of these; nil means all
	Area     string
	Channel  string
	Officer  string
	Urgency  tanggap.Urgency
	Secret   bool          // include every secret case
	Secrets  []SecretScope // else include those that one of these admits
	Text     string        // full text over masked words
	DueTo    time.Time
	Follows  string    // officer who follows the case
	Named    string    // officer whom a colleague named there, and who has not looked since
	Awake    time.Time // leave out what is put off beyond this time
	Asleep   time.Time // only what is put off beyond this time
	Checking bool      // only whose result waits for a second person
	Counted  Counted
	Without  string // "area" or "service": only cases of which it is not known
	Sort     string // "due" (default: the order of work), "new", "urgent"
	Limit    int64
	Offset   int64
	Plain    bool // without what is sealed: lists show none of it

	wide bool // see Store.wide
}

// openOnly reports whether only open cases are asked for. Those are found by their rank.
func (f CaseFilter) openOnly() bool {
	return len(f.States) > 0 && !slices.ContainsFunc(f.States, func(x tanggap.State) bool { return !x.Open() })
}

// listed reports whether the cases are those of a list that is kept elsewhere.
func (f CaseFilter) listed() bool {
	_, days := countedDays[f.Counted.What]
	return days && !f.wide || f.Text != "" || f.Follows != "" || f.Named != "" || f.Checking ||
		f.Counted.What == CountedMoved || f.Counted.What == CountedChanged || f.Counted.What == CountedTwins
}

// SecretScope admits the secret cases of a unit, of an officer, or with both set of
// that officer in that unit. Its zero value admits all.
type SecretScope struct {
	Unit    string
	Officer string
}

// Cases lists cases under a filter. The caller puts what the asker may see into
// the filter, so that no row outside it is ever read.
func (s *Store) Cases(ctx context.Context, f CaseFilter) ([]*Case, error) {
	var err error
	if f.wide, err = s.wide(ctx, f); err != nil {
		return nil, err
	}
	q := s.filter(s.r().NewSelect().Model((*Case)(nil)), f)
	if f.Plain {
		q = q.ExcludeColumn("code_ct", "link_ct", "place_ct", "reason_ct", "late_ct")
	}
	order := []string{"opened_at DESC", "id DESC"}
	switch {
	case f.Sort == "new":
	case f.Sort == "urgent":
		order = []string{"urgency DESC", "due_at", "id"}
	case f.openOnly():
		order = []string{"rank_at", "id"}
	}
	if f.listed() && !s.Postgres() {
		// Else SQLite, which knows no sizes, walks all cases in this order and looks for
		// each whether it is on the list. A plus takes a column's index out of the choice.
		for i := range order {
			order[i] = "+" + order[i]
		}
	}
	q = q.OrderExpr(strings.Join(order, ", "))
	if f.Limit == 0 {
		f.Limit = 50
	}
	out, err := s.caseList(ctx, q.Limit(f.Limit).Offset(f.Offset))
	for _, c := range out {
		c.plain = f.Plain
	}
	return out, err
}

// NewestOpened is when the newest of what Cases would list was opened; zero if there is none.
func (s *Store) NewestOpened(ctx context.Context, f CaseFilter) (time.Time, error) {
	var out []time.Time
	err := s.filter(s.r().NewSelect().Model((*Case)(nil)).Column("opened_at"), f).Order("opened_at DESC", "id DESC").Limit(1).Scan(ctx, &out)
	if err != nil || len(out) == 0 {
		return time.Time{}, err
	}
	return out[0], nil
}

// CountCases counts what Cases would list, up to max.
func (s *Store) CountCases(ctx context.Context, f CaseFilter, max int64) (int, error) {
	n, err := s.CountEach(ctx, []CaseFilter{f}, max)
	if err != nil {
		return 0, err
	}
	return n[0], nil
}

// countsAtOnce is how many counts one statement asks for: with more, its text would be of
// too many shapes to keep prepared.
const countsAtOnce = 5

// CountEach is CountCases of several filters, with fewer questions to the database.
func (s *Store) CountEach(ctx context.Context, filters []CaseFilter, max int64) ([]int, error) {
	out := make([]int, len(filters))
	for at := range slices.Chunk(out, countsAtOnce) {
		q, into := s.r().NewSelect(), make([]any, len(at))
		for i := range at {
			f := filters[0]
			filters = filters[1:]
			var err error
			if f.wide, err = s.wide(ctx, f); err != nil {
				return nil, err
			}
			counted := s.filter(s.r().NewSelect().Model((*Case)(nil)).ColumnExpr("1 AS one"), f).Limit(max)
			if !f.openOnly() && !f.listed() && (f.Counted.What == "" || f.wide) {
				counted = counted.Order("opened_at DESC", "id DESC") // the way that the list has just gone
			}
			q, into[i] = q.ColumnExpr("(SELECT count(*) FROM (?) AS capped)", counted), &at[i]
		}
		if err := q.Scan(ctx, into...); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Store) filter(q *bun.SelectQuery, f CaseFilter) *bun.SelectQuery {
	q = q.Where("region = ?", f.Region)
	if f.Units != nil {
		if len(f.Units) == 0 {
			return q.Where("1 = 0")
		}
		q = q.Where("unit IN (?)", bun.List(f.Units))
	}
	if f.openOnly() {
		q = q.Where("rank_at IS NOT NULL")
	}
	if len(f.States) > 0 && !(f.openOnly() && len(f.States) == openStates) {
		q = q.Where("state IN (?)", bun.List(f.States))
	}
	for _, c := range []struct{ col, v string }{{"service", f.Service}, {"area", f.Area}, {"channel", f.Channel}, {"officer_id", f.Officer}} {
		if c.v != "" {
			q = q.Where("? = ?", bun.Ident(c.col), c.v)
		}
	}
	if len(f.Services) > 0 {
		q = q.Where("service IN (?)", bun.List(f.Services))
	}
	if f.Checking {
		q = q.Where("checking_at IS NOT NULL")
	}
	if f.Urgency != 0 {
		q = q.Where("urgency = ?", f.Urgency)
	}
	if !f.Secret {
		q = q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			q = q.Where("secret = ?", false)
			for _, x := range f.Secrets {
				q = q.WhereOr("(? = '' OR unit = ?) AND (? = '' OR officer_id = ?)", x.Unit, x.Unit, x.Officer, x.Officer)
			}
			return q
		})
	}
	if !f.DueTo.IsZero() {
		q = q.Where("due_at <= ?", f.DueTo)
	}
	if !f.Awake.IsZero() {
		q = q.Where("(wakes_at IS NULL OR wakes_at <= ?)", f.Awake.UTC())
	}
	if !f.Asleep.IsZero() {
		q = q.Where("wakes_at > ?", f.Asleep.UTC())
	}
	if f.Follows != "" {
		q = q.Where("id IN (SELECT case_id FROM case_officers WHERE region = ? AND officer_id = ? AND follows)", f.Region, f.Follows)
	}
	if f.Named != "" {
		q = q.Where("id IN (SELECT case_id FROM case_officers WHERE region = ? AND officer_id = ? AND named_at IS NOT NULL)", f.Region, f.Named)
	}
	switch f.Without {
	case "area":
		q = q.Where("area = ''")
	case "service":
		q = q.Where("service = ''")
	}
	q = s.whereCounted(q, f)
	if f.Text != "" {
		q = s.whereText(q, f.Region, f.Text)
	}
	return q
}
