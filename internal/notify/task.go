package notify

import (
	"context"
	"slices"

	"tanggap/internal/region"
	"tanggap/internal/store"
)

// PathTasks is where officers answer what they were asked.
const PathTasks = "/tugas"

// Asked owes the heads of a unit the news that they were asked about a figure.
func (o *Outbox) Asked(ctx context.Context, tx *store.Store, p *region.Pack, t *store.Task, from string) error {
	who, err := headsOf(ctx, tx, p, t.Unit)
	if err != nil {
		return err
	}
	at, err := p.CalendarFor(t.Unit).NextOpening(tx.Clock().Now())
	if err != nil {
		return err
	}
	return o.oweAll(ctx, tx, p, who, "task:"+t.ID, region.OfficerAsked, region.SubjectAsked, o.TaskArgs(p, t, from), at)
}

// Explained owes who asked the unit's answer.
func (o *Outbox) Explained(ctx context.Context, tx *store.Store, p *region.Pack, t *store.Task, from string) error {
	maker, err := tx.Officer(ctx, t.MadeBy)
	if err != nil {
		return err
	}
	args := o.TaskArgs(p, t, from)
	args["answer"] = t.Answer
	return o.oweAll(ctx, tx, p, []*store.Officer{maker}, "task:"+t.ID, region.OfficerExplained, region.SubjectExplained, args, tx.Clock().Now())
}

// TaskArgs are what texts can say about a task of a unit: from, unit, about, words, due and
// link.
func (o *Outbox) TaskArgs(p *region.Pack, t *store.Task, from string) map[string]string {
	about := t.About
	if about == "" {
		about = "–"
	}
	return map[string]string{"from": from, "unit": p.ShortUnit(t.Unit), "about": about, "words": t.Words, "due": When(p, officerLang, t.DueAt), "link": o.baseURL(p) + PathTasks}
}

// headsOf lists the heads of a unit, or all of it where it has none. No unit has nobody: a
// role without a unit is one in the whole region.
func headsOf(ctx context.Context, tx *store.Store, p *region.Pack, unit string) ([]*store.Officer, error) {
	if unit == "" {
		return nil, nil
	}
	who, err := withRole(ctx, tx, p, func(r store.Role) bool { return r.Role == roleHead && r.Unit == unit })
	if err == nil && len(who) == 0 {
		who, err = ofUnit(ctx, tx, p.Identity.Code, unit)
	}
	return who, err
}

// Task owes the officer who has a case and the heads of its unit the news of a task about
// it, in office hours. What the task says stays on the page: it may name people.
func (o *Outbox) Task(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, eventID string, t *store.Task) error {
	who, err := headsOf(ctx, tx, p, c.Unit)
	if err != nil {
		return err
	}
	var ids []string
	for _, x := range who {
		ids = append(ids, x.ID)
	}
	if c.OfficerID != "" && !slices.Contains(ids, c.OfficerID) {
		ids = append(ids, c.OfficerID)
	}
	args := o.OfficerArgs(p, c)
	args["due"] = When(p, officerLang, t.DueAt)
	for _, id := range ids {
		if id == t.MadeBy {
			continue
		}
		if err := o.tell(ctx, tx, p, c, id, eventID, region.OfficerTask, region.SubjectOfficer, args, false); err != nil {
			return err
		}
	}
	return nil
}

// TaskDone owes who gave a task about a case the news that it is answered, in office hours.
func (o *Outbox) TaskDone(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, eventID string, t *store.Task) error {
	return o.tell(ctx, tx, p, c, t.MadeBy, eventID, region.OfficerTaskDone, region.SubjectOfficer, o.OfficerArgs(p, c), false)
}
