package sim

import (
	"context"
	"slices"
	"time"

	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/intake"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// life is one case on its way through the city.
type life struct {
	*birth
	c       *store.Case // nil before it is opened
	visit   time.Time   // when the sweep was last told to come
	officer string
	reopens bool // the citizen will not be content with the first answer
}

// open lets the citizen's message open its case.
func (f *fill) open(ctx context.Context, tx *store.Store, l *life) error {
	if err := f.meet(ctx, tx, l.birth); err != nil {
		return err
	}
	n := casework.New{CitizenID: l.person.id, IdentityID: l.person.who, Channel: l.channel, OpenedAt: tx.Clock().Now(),
		Message: f.said(l, l.words), Decisions: intake.Decisions(l.decision)}
	n.Anonymous = l.channel == channel.Web && f.chance(0.2)
	if a, ok := f.Pack.Area(l.area); ok && l.channel != channel.WhatsApp {
		n.Place = a.Name
	}
	c, err := f.Desk.Open(ctx, tx, f.Pack, n)
	if err != nil {
		return err
	}
	l.c = c
	f.opened++
	l.person.cases = append(l.person.cases, l)
	l.reopens = f.chance(0.07)
	f.begin(l)
	return nil
}

// begin decides what happens first after a case was opened.
func (f *fill) begin(l *life) {
	now := l.c.OpenedAt
	if l.c.Urgency == tanggap.Emergency {
		f.at(now.Add(f.between(2*time.Minute, 25*time.Minute)), l, (*fill).acknowledge)
		return
	}
	switch {
	case l.rests == tanggap.Reopened && f.Until.Sub(now) < 6*24*time.Hour:
		l.rests = tanggap.InProgress // too young to have been answered
	case l.rests == tanggap.Received, l.rests != "" && l.c.State == tanggap.Triage && f.chance(0.4):
		return
	}
	if l.rests == "" && l.earlier() != nil && f.chance(0.5) {
		f.at(f.office(l, now.Add(f.between(time.Hour, 5*time.Hour))), l, (*fill).merge)
		return
	}
	if l.c.State == tanggap.Triage {
		f.at(f.office(l, now.Add(f.between(10*time.Minute, 6*time.Hour))), l, (*fill).decide)
		return
	}
	f.wait(l, (*fill).take)
}

// acknowledge is the officer on duty taking an emergency.
func (f *fill) acknowledge(ctx context.Context, tx *store.Store, l *life) error {
	if err := f.Desk.Acknowledge(ctx, tx, f.Pack, l.c, casework.Officer(f.worker(l))); err != nil {
		return err
	}
	next := (*fill).take
	if l.c.State == tanggap.Triage {
		next = (*fill).decide
	}
	f.at(tx.Clock().Now().Add(f.between(2*time.Minute, 15*time.Minute)), l, next)
	return nil
}

// decide is an officer of the desk saying what a message is about.
func (f *fill) decide(ctx context.Context, tx *store.Store, l *life) error {
	if l.service == region.Spam {
		return f.Desk.Reject(ctx, tx, f.Pack, l.c, f.worker(l), f.habits.Officer.Spam)
	}
	choice := casework.Choice{Service: l.service, Area: l.area, Why: f.habits.Officer.Why}
	if err := f.Desk.Decide(ctx, tx, f.Pack, l.c, f.worker(l), choice); err != nil {
		return err
	}
	l.officer = "" // now it is another unit's
	f.wait(l, (*fill).take)
	return nil
}

// take is an officer of the unit beginning to work.
func (f *fill) take(ctx context.Context, tx *store.Store, l *life) error {
	now := tx.Clock().Now()
	if l.rests == tanggap.Assigned {
		return nil
	}
	s, _ := f.Pack.Service(l.c.Service)
	if (s.Code == region.Spam || f.chance(0.03)) && l.rests == "" {
		return f.Desk.Reject(ctx, tx, f.Pack, l.c, f.worker(l), one(f.rng, f.habits.Officer.Reject))
	}
	if s.External && l.rests == "" {
		return f.external(ctx, tx, l)
	}
	if err := f.Desk.Take(ctx, tx, f.Pack, l.c, f.worker(l)); err != nil {
		return err
	}
	if f.chance(0.06) {
		if err := f.Desk.Note(ctx, tx, l.c, l.officer, one(f.rng, f.habits.Officer.Note)); err != nil {
			return err
		}
	}
	switch {
	case l.rests == tanggap.InProgress:
	case l.rests == tanggap.WaitingCitizen || l.c.Urgency != tanggap.Emergency && f.chance(0.15):
		f.at(f.office(l, now.Add(f.between(20*time.Minute, 4*time.Hour))), l, (*fill).ask)
	case l.c.Urgency == tanggap.Emergency:
		f.at(now.Add(f.between(40*time.Minute, 8*time.Hour)), l, (*fill).finish)
	default:
		f.wait(l, (*fill).finish)
	}
	return nil
}

func (f *fill) external(ctx context.Context, tx *store.Store, l *life) error {
	to := f.habits.Officer.External
	if u, ok := f.Pack.Unit(l.c.Unit); ok && u.Kind == "external" {
		to = u.Name
	}
	return f.Desk.External(ctx, tx, f.Pack, l.c, f.worker(l), to)
}

// ask puts a question to the citizen, which stops the clock.
func (f *fill) ask(ctx context.Context, tx *store.Store, l *life) error {
	if err := f.Desk.Reply(ctx, tx, f.Pack, l.c, f.worker(l), one(f.rng, f.habits.Officer.Question), tanggap.WaitingCitizen); err != nil {
		return err
	}
	now := tx.Clock().Now()
	switch {
	case l.rests == tanggap.WaitingCitizen:
	case f.chance(0.8):
		f.at(f.awake(now.Add(f.between(20*time.Minute, 3*24*time.Hour))), l, (*fill).more)
	default:
		f.at(f.office(l, now.Add(15*24*time.Hour)), l, (*fill).finish)
	}
	return nil
}

// more is the citizen answering a question.
func (f *fill) more(ctx context.Context, tx *store.Store, l *life) error {
	m := f.said(l, one(f.rng, f.habits.Words.More))
	if err := f.Desk.Hear(ctx, tx, f.Pack, l.c, m, nil); err != nil {
		return err
	}
	f.wait(l, (*fill).finish)
	return nil
}

// finish is the officer's answer, to which the citizen agrees, says nothing or
// objects.
func (f *fill) finish(ctx context.Context, tx *store.Store, l *life) error {
	if l.c.State == tanggap.Assigned || l.c.State == tanggap.Reopened {
		if err := f.Desk.Take(ctx, tx, f.Pack, l.c, f.worker(l)); err != nil {
			return err
		}
	}
	if err := f.tell(ctx, tx, l); err != nil {
		return err
	}
	now := tx.Clock().Now()
	switch {
	case l.rests == tanggap.Reopened:
		f.at(now.Add(f.Until.Sub(now)*3/4), l, (*fill).reopen)
	case l.reopens && l.c.Reopens == 0:
		f.at(f.awake(now.Add(f.between(time.Hour, 5*24*time.Hour))), l, (*fill).reopen)
	case f.chance(0.5):
		f.at(f.awake(now.Add(f.between(5*time.Minute, 3*24*time.Hour))), l, (*fill).confirm)
	}
	return nil
}

// tell is the answer itself. The simulated past keeps no photos, says so where one is
// asked for, and has somebody look at it.
func (f *fill) tell(ctx context.Context, tx *store.Store, l *life) error {
	who, second := f.worker(l), f.second(l)
	_, missing, err := casework.NeedsProof(ctx, tx, f.Pack, l.c)
	if err != nil {
		return err
	}
	if missing {
		if err := f.Desk.Prove(ctx, tx, f.Pack, l.c, who, casework.Proof{Moment: store.EvidenceNone, Reason: f.habits.Officer.NoPhoto}, nil); err != nil {
			return err
		}
		if err := f.Desk.Looked(ctx, tx, l.c, second); err != nil {
			return err
		}
	}
	if err := f.Desk.Reply(ctx, tx, f.Pack, l.c, who, f.answer(l), tanggap.Answered); err != nil || l.c.CheckingAt.IsZero() {
		return err
	}
	return f.Desk.Pass(ctx, tx, f.Pack, l.c, second, true, func(*store.Case) bool { return false })
}

// second is an officer other than the one who works on a case.
func (f *fill) second(l *life) string {
	for _, list := range [][]string{f.officers[l.c.Unit], f.officers[""]} {
		for _, id := range list {
			if id != f.worker(l) {
				return id
			}
		}
	}
	return casework.System
}

// confirm is the citizen saying that it is solved.
func (f *fill) confirm(ctx context.Context, tx *store.Store, l *life) error {
	if l.c.State != tanggap.Answered {
		return nil
	}
	return f.Desk.Confirm(ctx, tx, f.Pack, l.c)
}

// reopen is the citizen saying that it is not.
func (f *fill) reopen(ctx context.Context, tx *store.Store, l *life) error {
	if !casework.CanReopen(f.Pack, l.c, tx.Clock()) {
		return nil
	}
	if err := f.Desk.Reopen(ctx, tx, f.Pack, l.c, f.said(l, one(f.rng, f.habits.Words.Again))); err != nil {
		return err
	}
	if l.rests == "" {
		f.wait(l, (*fill).finish)
	}
	return nil
}

// merge joins a case to the one about which the same citizen wrote before.
func (f *fill) merge(ctx context.Context, tx *store.Store, l *life) error {
	into := l.earlier()
	switch {
	case into != nil:
	case l.c.State == tanggap.Triage:
		return f.decide(ctx, tx, l)
	default:
		f.wait(l, (*fill).take)
		return nil
	}
	return f.Desk.Merge(ctx, tx, f.Pack, l.c, into.c, f.worker(l))
}

// earlier is another open case of the same citizen, nil if there is none.
func (l *life) earlier() *life {
	for _, x := range l.person.cases {
		if x != l && x.c.State.Open() && x.rests == "" {
			return x
		}
	}
	return nil
}

// sweep does what the calendar asks for.
func (f *fill) sweep(ctx context.Context, tx *store.Store, l *life) error {
	return f.Desk.Step(ctx, tx, f.Pack, l.c)
}

// wait puts the next act of the case's unit at a part of the time that is left
// until its promise; one in nine is late.
func (f *fill) wait(l *life, do step) {
	now := f.Clock.Now()
	left := l.c.DueAt.Sub(now)
	if left < 24*time.Hour {
		left = 24 * time.Hour
	}
	part := 0.05 + 0.6*f.rng.Float64()*f.rng.Float64()
	if f.chance(0.11) {
		part = 0.9 + 0.5*f.rng.Float64()
	}
	if l.c.Urgency == tanggap.Emergency {
		left, part = 4*time.Hour, f.rng.Float64()
	}
	if l.rests != "" {
		// It came where it rests in the first part of its life.
		left, part = f.Until.Sub(now), 0.1+0.2*f.rng.Float64()
	}
	f.at(f.office(l, now.Add(time.Duration(part*float64(left)))), l, do)
}

// office is t when the case's unit works at t, else some time after it opens.
func (f *fill) office(l *life, t time.Time) time.Time {
	opens, err := f.Pack.CalendarFor(l.c.Unit).NextOpening(t)
	if err != nil || opens.Equal(t) {
		return t
	}
	return opens.Add(f.between(0, 3*time.Hour))
}

// awake moves t out of the night.
func (f *fill) awake(t time.Time) time.Time {
	q := f.Pack.QuietHours()
	if q.Contain(t, f.Pack.Location()) {
		return q.After(t, f.Pack.Location()).Add(f.between(0, 4*time.Hour))
	}
	return t
}

func (f *fill) chance(p float64) bool { return f.rng.Float64() < p }

func (f *fill) between(a, b time.Duration) time.Duration {
	return a + time.Duration(f.rng.Int64N(int64(b-a)))
}

// worker is the officer who works on a case in its present unit.
func (f *fill) worker(l *life) string {
	list := f.officers[l.c.Unit]
	if len(list) == 0 {
		list = f.officers[""]
	}
	if !slices.Contains(list, l.officer) {
		l.officer = one(f.rng, list)
	}
	return l.officer
}
