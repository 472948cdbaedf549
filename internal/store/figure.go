package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"
)

// Figure is the sums of one local day: of a region (Unit "") or of one of its units, whole
// (Dim "") or for one value Name of a dimension. Package stat keeps it.
type Figure struct {
	bun.BaseModel `bun:"figures"`
	Region        string
	Unit          string
	Dim           string
	Day           string
	Name          string
	Secret        bool // the sums of secret cases stand apart, and only whole
	Counts
	ResponseHist   []byte
	ResolutionHist []byte
}

// Counts are the sums that stand in a row of figures.
type Counts struct {
	Opened        int64
	Responded     int64
	Resolved      int64
	OnTime        int64
	Late          int64
	Reopened      int64
	Confirmed     int64
	Misrouted     int64
	External      int64
	Rejected      int64
	Merged        int64
	Accepted      int64
	Changed       int64
	ResponseSum   int64 // working minutes
	ResolutionSum int64
}

// Fields are pointers to all counts, in the order of CountNames.
func (c *Counts) Fields() []*int64 {
	return []*int64{&c.Opened, &c.Responded, &c.Resolved, &c.OnTime, &c.Late, &c.Reopened, &c.Confirmed, &c.Misrouted, &c.External, &c.Rejected,
		&c.Merged, &c.Accepted, &c.Changed, &c.ResponseSum, &c.ResolutionSum}
}

// countNames are the columns of Counts.Fields.
var countNames = []string{"opened", "responded", "resolved", "on_time", "late", "reopened", "confirmed", "misrouted", "external", "rejected", "merged",
	"accepted", "changed", "response_sum", "resolution_sum"}

// Add adds times d to c.
func (c *Counts) Add(d Counts, times int64) {
	from := d.Fields()
	for i, f := range c.Fields() {
		*f += *from[i] * times
	}
}

// FigureHead says up to where the figures of a region are computed.
type FigureHead struct {
	bun.BaseModel `bun:"figure_heads"`
	Region        string
	Layout        int64     // version of the computation
	Seq           int64     // place in the log of the last event taken in
	AsOfAt        time.Time // moment for which it was asked what is late
	Built         int64     // cases taken in so far by the first computation
	BuiltTo       string    `bun:",nullzero"` // the last of them while it is under way
}

// FigureHead returns the head of a region's figures, nil before there are any.
func (s *Store) FigureHead(ctx context.Context, region string) (*FigureHead, error) {
	h := &FigureHead{}
	err := s.r().NewSelect().Model(h).Where("region = ?", region).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return h, err
}

// PutFigureHead writes the head.
func (s *Store) PutFigureHead(ctx context.Context, h *FigureHead) error {
	_, err := s.w().NewInsert().Model(h).On("CONFLICT (region) DO UPDATE").Set("layout = excluded.layout").Set("seq = excluded.seq").
		Set("as_of_at = excluded.as_of_at").Set("built = excluded.built").Set("built_to = excluded.built_to").Exec(ctx)
	return err
}

// DropFigures deletes up to limit rows of each table of figures and reports whether there
// is more, so that no deletion holds up others for long.
func (s *Store) DropFigures(ctx context.Context, region string, limit int64) (more bool, err error) {
	for _, x := range []struct{ table, key string }{{"figures", "unit, dim, day, name, secret"}, {"case_rounds", "case_id, round"}, {"case_moves", "case_id, n"}} {
		res, err := s.w().NewRaw("DELETE FROM ? WHERE region = ? AND (?) IN (SELECT ? FROM ? WHERE region = ? LIMIT ?)",
			bun.Ident(x.table), region, bun.Safe(x.key), bun.Safe(x.key), bun.Ident(x.table), region, limit).Exec(ctx)
		if err != nil {
			return false, err
		}
		if n, _ := res.RowsAffected(); n == limit {
			more = true
		}
	}
	return more, nil
}

// figuresAtOnce keeps the statements of AddFigures below what the engines take.
const figuresAtOnce = 400

// FiguresLike reads the rows that have the keys of others, in any order.
func (s *Store) FiguresLike(ctx context.Context, list []*Figure) (out []*Figure, err error) {
	for len(list) > 0 {
		n := min(len(list), figuresAtOnce)
		keys := make([]bun.TupleValues, n)
		for i, f := range list[:n] {
			keys[i] = bun.Tuple([]any{f.Unit, f.Dim, f.Day, f.Name, f.Secret})
		}
		var rows []*Figure
		err := s.r().NewSelect().Model(&rows).Where("region = ? AND (unit, dim, day, name, secret) IN (VALUES ?)", list[0].Region, bun.List(keys)).Scan(ctx)
		if err != nil {
			return nil, err
		}
		out, list = append(out, rows...), list[n:]
	}
	return out, nil
}

// PutFigures writes rows whole.
func (s *Store) PutFigures(ctx context.Context, list []*Figure) error {
	for len(list) > 0 {
		n := min(len(list), figuresAtOnce)
		part := list[:n]
		q := s.w().NewInsert().Model(&part).On("CONFLICT (region, unit, dim, day, name, secret) DO UPDATE")
		for _, name := range append([]string{"response_hist", "resolution_hist"}, countNames...) {
			q = q.Set("? = excluded.?", bun.Ident(name), bun.Ident(name))
		}
		if _, err := q.Exec(ctx); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// FigureFilter selects rows of figures. Zero fields do not filter, but Units and Dim do.
type FigureFilter struct {
	Region string
	Units  []string // "" for the region's own rows
	Dim    string
	Name   string
	From   string // first and last local day
	To     string
	Secret bool // the rows of secret cases, instead of all others
}

func (s *Store) figures(f FigureFilter) *bun.SelectQuery {
	q := s.r().NewSelect().Model((*Figure)(nil)).Where("region = ? AND unit IN (?) AND dim = ? AND day >= ? AND day <= ? AND secret = ?",
		f.Region, bun.List(f.Units), f.Dim, f.From, f.To, f.Secret)
	if f.Name != "" {
		q = q.Where("name = ?", f.Name)
	}
	return q
}

// SumFigures adds rows up by one of unit, name and day.
func (s *Store) SumFigures(ctx context.Context, f FigureFilter, by string) (map[string]*Counts, error) {
	var rows []struct {
		By string `bun:"label"`
		Counts
	}
	q := s.figures(f).ColumnExpr("? AS label", bun.Ident(by)).GroupExpr("?", bun.Ident(by))
	for _, name := range countNames {
		q = q.ColumnExpr("sum(?) AS ?", bun.Ident(name), bun.Ident(name))
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := make(map[string]*Counts, len(rows))
	for i := range rows {
		out[rows[i].By] = &rows[i].Counts
	}
	return out, nil
}

// Minutes are the two histograms of one row of figures.
type Minutes struct {
	By         string `bun:"label"`
	Response   []byte `bun:"response_hist"`
	Resolution []byte `bun:"resolution_hist"`
}

// FigureMinutes lists the histograms of rows with what SumFigures would add them up by.
func (s *Store) FigureMinutes(ctx context.Context, f FigureFilter, by string) (out []Minutes, err error) {
	err = s.figures(f).ColumnExpr("? AS label", bun.Ident(by)).Column("response_hist", "resolution_hist").
		Where("(response_hist IS NOT NULL OR resolution_hist IS NOT NULL)").Scan(ctx, &out)
	return out, err
}

// Waiting is how many cases of a unit that were opened on a day are still open.
type Waiting struct {
	Unit   string
	Day    string
	Secret bool
	N      int64
	Late   int64
}

// OpenRounds counts the open cases of units, nil for all, by unit and opening day.
func (s *Store) OpenRounds(ctx context.Context, region string, units []string) (out []Waiting, err error) {
	q := s.r().NewSelect().Model((*Round)(nil)).Column("unit", "secret").ColumnExpr("opened_day AS day, count(*) AS n, count(late_day) AS late").
		Where("region = ? AND ended_day IS NULL", region).Group("unit", "opened_day", "secret")
	if units != nil {
		q = q.Where("unit IN (?)", bun.List(units))
	}
	err = q.Scan(ctx, &out)
	return out, err
}

// OpenRoundsOn is OpenRounds as it was at the end of an earlier day, in the units in which
// the cases lie now.
func (s *Store) OpenRoundsOn(ctx context.Context, region string, units []string, day string) (out []Waiting, err error) {
	q := s.r().NewSelect().Model((*Round)(nil)).Column("unit", "secret").
		ColumnExpr("opened_day AS day, count(*) AS n, sum(CASE WHEN late_day <= ? THEN 1 ELSE 0 END) AS late", day).
		Where("region = ? AND started_day <= ? AND (ended_day IS NULL OR ended_day > ?)", region, day, day).Group("unit", "opened_day", "secret")
	if units != nil {
		q = q.Where("unit IN (?)", bun.List(units))
	}
	err = q.Scan(ctx, &out)
	return out, err
}

// Transfer is how often cases went from one unit to another.
type Transfer struct {
	From     string `bun:"from_unit"`
	To       string `bun:"to_unit"`
	Secret   bool
	N        int64
	Returned int64 // of them: the case had lain in that other unit before
}

// Transfers counts the moves of days between units.
func (s *Store) Transfers(ctx context.Context, region, from, to string) (out []Transfer, err error) {
	err = s.r().NewSelect().TableExpr("case_moves AS m").ColumnExpr("m.from_unit, m.to_unit, m.secret, count(*) AS n").
		ColumnExpr("sum(CASE WHEN EXISTS (SELECT 1 FROM case_moves AS b WHERE b.region = m.region AND b.case_id = m.case_id AND b.n < m.n AND b.from_unit = m.to_unit) THEN 1 ELSE 0 END) AS returned").
		Where("m.region = ? AND m.day >= ? AND m.day <= ?", region, from, to).GroupExpr("m.from_unit, m.to_unit, m.secret").Scan(ctx, &out)
	return out, err
}

// DayCount is how many cases of one unit or name were opened on a day.
type DayCount struct {
	By  string `bun:"label"`
	Day string
	N   int64
}

// OpenedByDay lists the days on which cases were opened, by unit or name. Secret cases are
// in it where whole rows are asked for.
func (s *Store) OpenedByDay(ctx context.Context, f FigureFilter, by string) (out []DayCount, err error) {
	err = s.r().NewSelect().Model((*Figure)(nil)).ColumnExpr("? AS label, day, sum(opened) AS n", bun.Ident(by)).
		Where("region = ? AND unit IN (?) AND dim = ? AND day >= ? AND day <= ? AND opened <> 0", f.Region, bun.List(f.Units), f.Dim, f.From, f.To).
		GroupExpr("?, day", bun.Ident(by)).Scan(ctx, &out)
	return out, err
}

// FirstFigureDay is the first day on which a case of a region counts, "" without one.
func (s *Store) FirstFigureDay(ctx context.Context, region string) (day string, err error) {
	err = s.r().NewSelect().Model((*Figure)(nil)).ColumnExpr("coalesce(min(day), '')").Where("region = ? AND unit = '' AND dim = ''", region).Scan(ctx, &day)
	return day, err
}
