package stat

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Layout is the version of what rounds and sums say. Whoever changes their meaning adds
// one, and every database computes its figures anew.
const Layout = 1

// idle is how often a system in which nothing happens says that its figures are right.
const idle = time.Minute

// Keeper keeps the figures true to the events. One process per database uses it at a time;
// two of them would wait for each other and do no harm.
type Keeper struct {
	Store *store.Store
	Batch int64 // cases in one transaction; 0 = 200
}

func (k *Keeper) batch() int64 {
	if k.Batch == 0 {
		return 200
	}
	return k.Batch
}

// Update takes in what has happened since the last call. It computes everything where
// there is nothing, or where Layout has grown; it may be stopped at any point and goes on
// there. It reports whether any figure may have changed.
func (k *Keeper) Update(ctx context.Context, p *region.Pack) (changed bool, err error) {
	code, now := p.Identity.Code, k.Store.Clock().Now()
	head, err := k.Store.FigureHead(ctx, code)
	if err != nil {
		return false, err
	}
	if head == nil || head.Layout != Layout {
		if _, err = k.begin(ctx, code, now); err != nil {
			return false, err
		}
	}
	for _, step := range []func(context.Context, *store.Store, *region.Pack, *store.FigureHead, time.Time) (int, error){k.build, k.follow, k.pass} {
		for {
			n := 0
			err := k.Store.InTx(ctx, func(tx *store.Store) error {
				if err := tx.Lock(ctx, "figures:"+code); err != nil {
					return err
				}
				fresh, err := tx.FigureHead(ctx, code)
				if err != nil {
					return err
				}
				if fresh == nil || fresh.Layout != Layout {
					return tanggap.Errorf(tanggap.Conflict, "angka sedang dihitung ulang")
				}
				n, err = step(ctx, tx, p, fresh, now)
				return err
			})
			if err != nil {
				return changed, fmt.Errorf("figures of %s: %w", code, err)
			}
			if n == 0 {
				break
			}
			changed = true
		}
	}
	head, err = k.Store.FigureHead(ctx, code)
	if err != nil || head == nil || !changed && now.Sub(head.AsOfAt) < idle {
		return changed, err
	}
	head.AsOfAt = now
	return changed, k.Store.PutFigureHead(ctx, head)
}

// Rebuild forgets all figures of a region; the next Update computes them anew.
func (k *Keeper) Rebuild(ctx context.Context, code string) error {
	_, err := k.begin(ctx, code, k.Store.Clock().Now())
	return err
}

// begin drops what was computed, in small steps, and starts over.
func (k *Keeper) begin(ctx context.Context, code string, now time.Time) (*store.FigureHead, error) {
	void := &store.FigureHead{Region: code, Layout: -1, Seq: -1, AsOfAt: now, BuiltTo: none}
	if err := k.Store.PutFigureHead(ctx, void); err != nil {
		return nil, err
	}
	for more := true; more; {
		err := k.Store.InTx(ctx, func(tx *store.Store) (err error) {
			more, err = tx.DropFigures(ctx, code, 2000)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	seq, err := k.Store.LastSeq(ctx, code) // what comes after it is followed when the cases are done
	if err != nil {
		return nil, err
	}
	head := &store.FigureHead{Region: code, Layout: Layout, Seq: seq, AsOfAt: now, BuiltTo: none}
	return head, k.Store.PutFigureHead(ctx, head)
}

// none stands before the id of every case.
const none = "-"

// build takes in the next cases of the first computation.
func (k *Keeper) build(ctx context.Context, tx *store.Store, p *region.Pack, head *store.FigureHead, now time.Time) (int, error) {
	if head.BuiltTo == "" {
		return 0, nil
	}
	ids, err := tx.CaseIDs(ctx, head.Region, head.BuiltTo, k.batch())
	if err != nil {
		return 0, err
	}
	if _, err := take(ctx, tx, p, ids, now); err != nil {
		return 0, err
	}
	head.Built += int64(len(ids))
	if int64(len(ids)) < k.batch() {
		head.BuiltTo = ""
	} else {
		head.BuiltTo = ids[len(ids)-1]
	}
	return 1, tx.PutFigureHead(ctx, head)
}

// follow takes in the cases of the next events.
func (k *Keeper) follow(ctx context.Context, tx *store.Store, p *region.Pack, head *store.FigureHead, now time.Time) (int, error) {
	ids, last, err := tx.ChangedCases(ctx, head.Region, head.Seq, k.batch())
	if err != nil || last == head.Seq {
		return 0, err
	}
	if _, err := take(ctx, tx, p, ids, now); err != nil {
		return 0, err
	}
	n := int(last - head.Seq)
	head.Seq = last
	return n, tx.PutFigureHead(ctx, head)
}

// pass takes in the cases whose promise has passed without an event.
func (k *Keeper) pass(ctx context.Context, tx *store.Store, p *region.Pack, head *store.FigureHead, now time.Time) (int, error) {
	ids, err := tx.PassedPromises(ctx, head.Region, now, k.batch())
	if err != nil {
		return 0, err
	}
	return take(ctx, tx, p, ids, now)
}

// take computes cases anew and moves the sums by what has changed about them. It returns
// of how many cases that is true.
func take(ctx context.Context, tx *store.Store, p *region.Pack, ids []string, now time.Time) (int, error) {
	h, err := tx.Histories(ctx, p.Identity.Code, ids)
	if err != nil {
		return 0, err
	}
	d := deltas{}
	var changed []string
	var put []*store.Round
	var moved []*store.Move
	for _, c := range h.Cases {
		fresh, moves, err := rounds(p, history{c, h.Events[c.ID], h.Promises[c.ID], h.Decisions[c.ID]}, now)
		if err != nil {
			return 0, err
		}
		old := h.Rounds[c.ID]
		if slices.EqualFunc(old, fresh, sameRound) && slices.EqualFunc(h.Moves[c.ID], moves, func(a, b *store.Move) bool { return *a == *b }) {
			continue
		}
		if err := d.count(old, -1); err != nil {
			return 0, err
		}
		if err := d.count(fresh, 1); err != nil {
			return 0, err
		}
		changed, put, moved = append(changed, c.ID), append(put, fresh...), append(moved, moves...)
	}
	if err := tx.PutRounds(ctx, p.Identity.Code, changed, put, moved); err != nil {
		return 0, err
	}
	return len(changed), d.apply(ctx, tx)
}

// sameRound compares as the database keeps it: a time is the same in every zone.
func sameRound(a, b *store.Round) bool {
	x, y := *a, *b
	x.DueAt, y.DueAt = time.Time{}, time.Time{}
	return x == y && a.DueAt.Equal(b.DueAt)
}

// key names a row of figures.
type key struct {
	Region, Unit, Dim, Day, Name string
	Secret                       bool
}

// delta is by how much a row changes.
type delta struct {
	store.Counts
	response, resolution Minutes
}

func (d *delta) empty() bool {
	return d.Counts == store.Counts{} && len(d.response.bins) == 0 && len(d.resolution.bins) == 0
}

type deltas map[key]*delta

// Dimensions of figures.
const (
	Whole      = ""
	Service    = "service"
	Area       = "area"
	Channel    = "channel"
	Language   = "language"
	Suggestion = "suggestion"
)

// count adds what counts about rounds, sign times.
func (d deltas) count(list []*store.Round, sign int64) error {
	for _, r := range list {
		d.add(r, r.LateDay, func(x *delta) { x.Late += sign })
		d.add(r, r.ConfirmedDay, func(x *delta) { x.Confirmed += sign })
		if r.OnTime {
			d.add(r, r.EndedDay, func(x *delta) { x.OnTime += sign })
		}
		d.add(r, r.EndedDay, func(x *delta) {
			switch r.Outcome {
			case tanggap.Merged:
				x.Merged += sign
				return
			case tanggap.External:
				x.External += sign
			case tanggap.Rejected:
				x.Rejected += sign
			}
			x.Resolved += sign
			x.ResolutionSum += sign * r.ResolutionMinutes
			x.resolution.Add(r.ResolutionMinutes, sign)
		})
		if r.Round > 0 {
			d.add(r, r.StartedDay, func(x *delta) { x.Reopened += sign })
			continue
		}
		d.add(r, r.OpenedDay, func(x *delta) { x.Opened += sign })
		d.add(r, r.MovedDay, func(x *delta) { x.Misrouted += sign })
		d.add(r, r.RespondedDay, func(x *delta) {
			x.Responded += sign
			x.ResponseSum += sign * r.ResponseMinutes
			x.response.Add(r.ResponseMinutes, sign)
		})
		var list []judgement
		if err := json.Unmarshal([]byte(r.Judged), &list); err != nil {
			return fmt.Errorf("judgements of case %s: %w", r.CaseID, err)
		}
		for _, j := range list {
			if r.Secret {
				break
			}
			for _, unit := range []string{"", r.Unit} {
				x := d.row(key{r.Region, unit, Suggestion, j.Day, j.Kind, false})
				if j.Taken {
					x.Accepted += sign
				} else {
					x.Changed += sign
				}
			}
		}
	}
	return nil
}

// add applies fn to every row in which a case counts on a day. A secret case counts in no
// breakdown: there its cell would be small.
func (d deltas) add(r *store.Round, day string, fn func(*delta)) {
	if day == "" {
		return
	}
	for _, unit := range []string{"", r.Unit} {
		fn(d.row(key{r.Region, unit, Whole, day, "", r.Secret}))
		if r.Secret {
			continue
		}
		for _, x := range []struct{ dim, name string }{{Service, r.Service}, {Area, r.Area}, {Channel, r.Channel}, {Language, r.Language}} {
			fn(d.row(key{r.Region, unit, x.dim, day, x.name, false}))
		}
	}
}

func (d deltas) row(k key) *delta {
	if d[k] == nil {
		d[k] = &delta{}
	}
	return d[k]
}

// apply changes the rows.
func (d deltas) apply(ctx context.Context, tx *store.Store) error {
	rows := make(map[key]*store.Figure, len(d))
	list := make([]*store.Figure, 0, len(d))
	for k, x := range d {
		if x.empty() {
			continue
		}
		f := &store.Figure{Region: k.Region, Unit: k.Unit, Dim: k.Dim, Day: k.Day, Name: k.Name, Secret: k.Secret}
		rows[k] = f
		list = append(list, f)
	}
	old, err := tx.FiguresLike(ctx, list)
	if err != nil {
		return err
	}
	for _, f := range old {
		x := rows[keyOf(f)]
		x.Counts, x.ResponseHist, x.ResolutionHist = f.Counts, f.ResponseHist, f.ResolutionHist
	}
	for _, f := range list {
		x := d[keyOf(f)]
		f.Add(x.Counts, 1)
		for _, h := range []struct {
			to   *[]byte
			more Minutes
		}{{&f.ResponseHist, x.response}, {&f.ResolutionHist, x.resolution}} {
			if len(h.more.bins) == 0 {
				continue
			}
			var m Minutes
			if err := m.merge(*h.to); err != nil {
				return err
			}
			m.Merge(h.more)
			*h.to = m.encode()
		}
	}
	return tx.PutFigures(ctx, list)
}

func keyOf(f *store.Figure) key { return key{f.Region, f.Unit, f.Dim, f.Day, f.Name, f.Secret} }
