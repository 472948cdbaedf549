package notify

import (
	"context"
	"slices"
	"strings"
	"time"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// officerLang is the language of the workspace.
const officerLang = "id"

// OnDuty owes the next officer of the duty ladder of the case's unit an alarm with
// an acknowledge link. After the unit's own ladder comes that of the triage unit,
// except for secret cases. It reports false when everybody was told; officers who
// do not exist or are disabled are passed over. An alarm that was acknowledged
// needs nobody more, and the same event raises one alarm.
func (o *Outbox) OnDuty(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, eventID string) (bool, error) {
	alarms, err := tx.Alarms(ctx, c.Region, c.ID)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(alarms, func(a *store.Alarm) bool { return !a.AckedAt.IsZero() }) {
		return true, nil
	}
	owed, err := tx.Notifications(ctx, c.Region, c.ID)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(owed, func(n *store.Notification) bool { return n.EventID == eventID && isAlarm(n.Template) }) {
		return true, nil
	}
	officer, err := nextOnDuty(ctx, tx, p, c, alarms)
	if err != nil || officer == nil {
		return false, err
	}
	args := o.OfficerArgs(p, c)
	key := region.OfficerAlarm
	if len(alarms) > 0 {
		key = region.OfficerAlarmNext
		last, err := tx.Officer(ctx, alarms[len(alarms)-1].OfficerID)
		if err != nil {
			return false, err
		}
		args["previous"] = last.Name
	}
	token := tanggap.NewToken()
	if err := tx.AddAlarm(ctx, &store.Alarm{Region: c.Region, CaseID: c.ID, OfficerID: officer.ID,
		Step: len(alarms) + 1, TokenHash: tanggap.HashToken(token)}); err != nil {
		return false, err
	}
	args["link"] = o.baseURL(p) + PathAck + token
	return true, o.tell(ctx, tx, p, c, officer.ID, eventID, key, region.SubjectAlarm, args, true)
}

func isAlarm(key string) bool { return key == region.OfficerAlarm || key == region.OfficerAlarmNext }

// nextOnDuty returns the first officer of the ladder who was not told yet.
func nextOnDuty(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, alarms []*store.Alarm) (*store.Officer, error) {
	now := tx.Clock().Now()
	ladder := p.OnDuty(c.Unit, now)
	if !c.Secret {
		ladder = append(ladder, p.OnDuty(p.Identity.Triage, now)...)
	}
	known, err := tx.Officers(ctx, c.Region)
	if err != nil {
		return nil, err
	}
	for _, email := range ladder {
		for _, officer := range known {
			told := slices.ContainsFunc(alarms, func(a *store.Alarm) bool { return a.OfficerID == officer.ID })
			if strings.EqualFold(officer.Email, email) && officer.DisabledAt.IsZero() && !told {
				return officer, nil
			}
		}
	}
	return nil, nil
}

// Unit owes the unit's officers a line in their next digest: the case came or
// changed. The digest itself is put together when it is sent, so that it is owed
// once an hour however many cases come.
func (o *Outbox) Unit(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, eventID string) error {
	if c.Unit == "" {
		return nil
	}
	at, err := nextDigest(p, c.Unit, tx.Clock().Now())
	if err != nil {
		return err
	}
	officers, err := ofUnit(ctx, tx, c.Region, c.Unit)
	if err != nil {
		return err
	}
	for _, officer := range officers {
		// CaseID stays empty: the digest is about the unit, and has nothing to seal.
		if err := tx.AddNotification(ctx, &store.Notification{Region: c.Region, EventID: digestEvent(c.Unit, at),
			Recipient: officerPrefix + officer.ID, Channel: ChannelOfficer, Template: region.OfficerDigest,
			Pack: p.Version, NotBeforeAt: at.Add(digestGrace)}); err != nil {
			return err
		}
	}
	return nil
}

// Escalate tells that a deadline has come: the officer who took the case, or all of
// the unit; when the promise itself is broken (late) all of the unit, where its
// head is, and the citizen. Officers hear of it in office hours.
func (o *Outbox) Escalate(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, eventID string, late bool) error {
	key := region.OfficerDueSoon
	if late {
		key = region.OfficerOverdue
	}
	officers, err := ofUnit(ctx, tx, c.Region, c.Unit)
	if err != nil {
		return err
	}
	tellAll := late || !slices.ContainsFunc(officers, func(x *store.Officer) bool { return x.ID == c.OfficerID })
	for _, officer := range officers {
		if !tellAll && officer.ID != c.OfficerID {
			continue
		}
		args := o.OfficerArgs(p, c)
		if err := o.tell(ctx, tx, p, c, officer.ID, eventID, key, region.SubjectOfficer, args, false); err != nil {
			return err
		}
	}
	if !late {
		return nil
	}
	return o.Citizen(ctx, tx, p, c, eventID, region.TextOverdue, Options{})
}

// Unsealed tells officers at once that somebody opened a case that is closed to him, and
// until when. Why, they read on their page.
func (o *Outbox) Unsealed(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, eventID, who string, until time.Time, officers []string) error {
	for _, id := range officers {
		args := map[string]string{"number": c.Number, "officer": who, "until": When(p, officerLang, until), "link": o.baseURL(p) + PathOpened}
		if err := o.tell(ctx, tx, p, c, id, eventID, region.OfficerUnsealed, region.SubjectUnsealed, args, true); err != nil {
			return err
		}
	}
	return nil
}

// Acknowledge records that the officer to whom the token was sent takes the
// emergency, and returns the case. It may be done again.
func (o *Outbox) Acknowledge(ctx context.Context, tx *store.Store, p *region.Pack, token string) (*store.Case, error) {
	a, err := tx.AlarmByToken(ctx, p.Identity.Code, token)
	if err != nil {
		return nil, err
	}
	if err := tx.AckAlarms(ctx, a.Region, a.CaseID); err != nil {
		return nil, err
	}
	return tx.Case(ctx, a.Region, a.CaseID)
}

// OfficerArgs are Args for officers: their own link, and of a secret case nothing
// that a lock screen should not show.
func (o *Outbox) OfficerArgs(p *region.Pack, c *store.Case) map[string]string {
	args := o.Args(p, c, officerLang)
	args["link"] = o.baseURL(p) + PathCase + c.ID
	for _, name := range []string{"service", "place"} {
		if c.Secret || args[name] == "" {
			args[name] = "–"
		}
	}
	delete(args, "code")
	return args
}

func (o *Outbox) tell(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer, eventID, key, subject string, args map[string]string, urgent bool) error {
	content := Content{Key: key, Args: args, Lang: officerLang, Text: p.Text(officerLang, key, args), Subject: p.Text(officerLang, subject, args)}
	body, err := content.encode()
	if err != nil {
		return err
	}
	n := &store.Notification{Region: c.Region, EventID: eventID, CaseID: c.ID, CitizenID: c.CitizenID,
		Recipient: officerPrefix + officer, Channel: ChannelOfficer, Template: key, Pack: p.Version, Urgent: urgent, Body: body}
	if !urgent {
		opening, err := p.CalendarFor(c.Unit).NextOpening(tx.Clock().Now())
		if err != nil {
			return err
		}
		n.NotBeforeAt = opening.UTC()
	}
	return tx.AddNotification(ctx, n)
}

// ofUnit lists the officers who have a role in exactly this unit.
func ofUnit(ctx context.Context, tx *store.Store, region, unit string) ([]*store.Officer, error) {
	all, err := tx.UnitOfficers(ctx, region, unit)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(x *store.Officer) bool { return !worksFor(x, region, unit) }), nil
}

// worksFor reports whether an officer may be told of a unit's cases.
func worksFor(x *store.Officer, region, unit string) bool {
	return x.DisabledAt.IsZero() && slices.ContainsFunc(x.Roles, func(r store.Role) bool { return r.Region == region && r.Unit == unit })
}

// digestGrace lets transactions that began before the full hour commit.
const digestGrace = time.Minute

// nextDigest is the next full hour in the unit's office hours, or the opening of
// the office that comes before one.
func nextDigest(p *region.Pack, unit string, now time.Time) (time.Time, error) {
	local := now.In(p.Location())
	// Zones such as UTC+5:30 have full hours that are none in UTC.
	hour := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), 0, 0, 0, p.Location()).Add(time.Hour)
	at, err := p.CalendarFor(unit).NextOpening(hour)
	return at.UTC(), err
}

func digestEvent(unit string, at time.Time) string {
	return "digest:" + unit + ":" + at.Format("2006-01-02T15:04Z")
}

// digestUnit reads the unit out of what digestEvent made.
func digestUnit(event string) string {
	unit, _, _ := strings.Cut(strings.TrimPrefix(event, "digest:"), ":")
	return unit
}
