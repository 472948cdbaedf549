package notify

import (
	"context"
	"slices"
	"time"

	"tanggap/internal/region"
	"tanggap/internal/store"
)

// Officers with these roles hear of what is to come, beside the heads of units.
const (
	roleHead        = "unit-head"
	roleCoordinator = "coordinator"
	roleLeader      = "leader"
)

// Warning owes a warning about a series of counts to the heads of the units that answer
// for it, and to the coordinators. It holds figures only and nothing of a citizen. Officers
// hear of it in office hours.
func (o *Outbox) Warning(ctx context.Context, tx *store.Store, p *region.Pack, id, key string, units []string, args map[string]string, path string) error {
	who, err := withRole(ctx, tx, p, func(r store.Role) bool {
		return r.Role == roleCoordinator || r.Role == roleHead && slices.Contains(units, r.Unit)
	})
	if err != nil {
		return err
	}
	opening, err := p.CalendarFor(p.Identity.Triage).NextOpening(tx.Clock().Now())
	if err != nil {
		return err
	}
	args["link"] = o.baseURL(p) + path
	return o.oweAll(ctx, tx, p, who, "surge:"+id, key, region.SubjectWarning, args, opening)
}

func withRole(ctx context.Context, tx *store.Store, p *region.Pack, fit func(store.Role) bool) ([]*store.Officer, error) {
	all, err := tx.Officers(ctx, p.Identity.Code)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(x *store.Officer) bool {
		return !x.DisabledAt.IsZero() || !slices.ContainsFunc(x.Roles, func(r store.Role) bool { return r.Region == p.Identity.Code && fit(r) })
	}), nil
}

func (o *Outbox) oweAll(ctx context.Context, tx *store.Store, p *region.Pack, who []*store.Officer, event, key, subject string, args map[string]string, at time.Time) error {
	content := Content{Key: key, Args: args, Lang: officerLang, Text: p.Text(officerLang, key, args), Subject: p.Text(officerLang, subject, args)}
	body, err := content.encode()
	if err != nil {
		return err
	}
	for _, x := range who {
		n := &store.Notification{Region: p.Identity.Code, EventID: event, Recipient: officerPrefix + x.ID, Channel: ChannelOfficer,
			Template: key, Pack: p.Version, NotBeforeAt: at.UTC(), Body: body}
		if err := tx.AddNotification(ctx, n); err != nil {
			return err
		}
	}
	return nil
}
