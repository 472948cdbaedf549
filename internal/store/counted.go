package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/tanggap"
)

// Counted selects the cases behind a figure. The zero value selects all.
type Counted struct {
	What     string // one of the constants below
	From, To string // first and last local day
	Language string
	FromUnit string    // with CountedMoved
	ToUnit   string    // with CountedMoved
	Kind     string    // of a suggestion, with CountedChanged
	Since    time.Time // with CountedChanged
	Until    time.Time // the end of To; with CountedStale, since when nothing has happened
}

// What is counted about cases on the days of a Counted, and what is to be mended about
// those that are open.
const (
	CountedOpened    = "opened"
	CountedResponded = "responded"
	CountedResolved  = "resolved"
	CountedOnTime    = "on_time"
	CountedLate      = "late"
	CountedReopened  = "reopened"
	CountedConfirmed = "confirmed"
	CountedMisrouted = "misrouted"
	CountedMoved     = "moved"
	CountedChanged   = "changed"
	CountedNoPlace   = "no_place"
	CountedStale     = "stale"
	CountedTwins     = "twins"
)

// countedDays are the columns of case_rounds whose days count.
var countedDays = map[string]struct{ day, only string }{
	CountedResponded: {"responded_day", "1 = 1"},
	CountedResolved:  {"ended_day", "outcome <> 'merged'"},
	CountedOnTime:    {"ended_day", "on_time"},
	CountedLate:      {"late_day", "1 = 1"},
	CountedReopened:  {"started_day", "round > 0"},
	CountedConfirmed: {"confirmed_day", "1 = 1"},
	CountedMisrouted: {"moved_day", "1 = 1"},
}

// Known reports whether there is such a figure.
func (c Counted) Known() bool {
	_, days := countedDays[c.What]
	switch c.What {
	case CountedOpened, CountedMoved, CountedChanged, CountedNoPlace, CountedStale, CountedTwins:
		return true
	}
	return days
}

// crowd is from how many cases of a figure a list walks the cases of the time, newest
// first, until it is full. Fewer are looked up one by one. Tests lower it.
var crowd int64 = 5000

// wide reports whether a figure has so many cases that they must not all be looked up.
func (s *Store) wide(ctx context.Context, f CaseFilter) (bool, error) {
	x, ok := countedDays[f.Counted.What]
	if !ok || f.Text != "" {
		return false, nil
	}
	var n int64
	some := s.r().NewSelect().TableExpr("case_rounds").ColumnExpr("1 AS one").
		Where("region = ? AND ? BETWEEN ? AND ? AND ?", f.Region, bun.Ident(x.day), f.Counted.From, f.Counted.To, bun.Safe(x.only)).Limit(crowd)
	err := s.r().NewSelect().ColumnExpr("count(*)").TableExpr("(?) AS capped", some).Scan(ctx, &n)
	return n == crowd, err
}

func (s *Store) whereCounted(q *bun.SelectQuery, f CaseFilter) *bun.SelectQuery {
	region, c := f.Region, f.Counted
	if c.Language != "" {
		q = q.Where("id IN (SELECT case_id FROM case_rounds WHERE region = ? AND language = ? AND opened_day BETWEEN ? AND ?)", region, c.Language, c.From, c.To)
	}
	if x, ok := countedDays[c.What]; ok && f.wide {
		if !c.Until.IsZero() {
			q = q.Where("opened_at < ?", c.Until.UTC()) // nothing happens to a case before it is opened
		}
		// Left to itself, either engine walks all of the figure's days: a plus hides the day from
		// SQLite's indexes, and an offset keeps PostgreSQL from making a join of the question.
		day, alone := "+r.?", ""
		if s.Postgres() {
			day, alone = "r.?", "OFFSET 0"
		}
		return q.Where("EXISTS (SELECT 1 FROM case_rounds AS r WHERE r.region = ?TableAlias.region AND r.case_id = ?TableAlias.id AND "+day+" BETWEEN ? AND ? AND ? ?)",
			bun.Ident(x.day), c.From, c.To, bun.Safe(x.only), bun.Safe(alone))
	} else if ok {
		return q.Where("id IN (SELECT case_id FROM case_rounds WHERE region = ? AND ? BETWEEN ? AND ? AND ?)", region, bun.Ident(x.day), c.From, c.To, bun.Safe(x.only))
	}
	switch c.What {
	case CountedOpened:
		return q.Where("opened_day BETWEEN ? AND ?", c.From, c.To)
	case CountedMoved:
		return q.Where("id IN (SELECT case_id FROM case_moves WHERE region = ? AND day BETWEEN ? AND ? AND from_unit = ? AND to_unit = ?)", region, c.From, c.To, c.FromUnit, c.ToUnit)
	case CountedChanged:
		return q.Where("id IN (SELECT case_id FROM decisions WHERE region = ? AND officer_id <> '' AND decided_at >= ? AND decided_at < ? AND kind = ? AND state = ?)",
			region, c.Since.UTC(), c.Until.UTC(), c.Kind, DecisionChanged)
	case CountedNoPlace:
		return q.Where("area = ''")
	case CountedStale:
		return q.Where("updated_at < ? AND state <> ?", c.Until.UTC(), tanggap.WaitingCitizen)
	case CountedTwins:
		return q.Where("incident IS NULL AND id IN (SELECT case_id FROM decisions WHERE region = ? AND kind = 'same' AND state = ?)", region, DecisionOpen)
	}
	return q
}
