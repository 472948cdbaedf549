package app

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tanggap/internal/notify"
	"tanggap/internal/outlook"
	"tanggap/internal/region"
	"tanggap/internal/stat"
	"tanggap/internal/store"
)

const (
	foreseeEvery = time.Minute // how often the leader looks whether a day has ended
	briefHour    = 7           // local, on working days
)

// Outlook is the keeper of what regions have to expect, for the service and for commands
// beside it; with an outbox it tells officers of new warnings.
func Outlook(s *store.Store, outbox *notify.Outbox) *outlook.Keeper {
	k := &outlook.Keeper{Store: s, Figures: &stat.Reader{Store: s}}
	if outbox != nil {
		k.Warn = func(ctx context.Context, tx *store.Store, p *region.Pack, x *store.Surge) error {
			title, err := k.Title(ctx, p, x.Series)
			if err != nil {
				return err
			}
			key := region.OfficerWarning
			if x.Kind == store.SurgeGap {
				key = region.OfficerSilence
			}
			args := map[string]string{"what": title, "from": x.FromDay, "observed": fmt.Sprintf("%.0f", x.Observed), "expected": fmt.Sprintf("%.0f", x.Expected)}
			return outbox.Warning(ctx, tx, p, x.ID, key, outlook.Units(p, x.Series), args, notify.PathWarning+x.ID)
		}
	}
	return k
}

// foresee looks ahead for the regions, and writes their leaders' morning brief, while this
// node leads.
func (a *App) foresee(ctx context.Context) (wait func()) {
	var g sync.WaitGroup
	g.Go(func() {
		tick := time.NewTicker(foreseeEvery)
		defer tick.Stop()
		for {
			for _, p := range a.packs.All() {
				if err := a.foreseeRegion(ctx, p); err != nil && ctx.Err() == nil {
					a.log.Error("looking ahead failed; the forecasts of before stay", "region", p.Identity.Code, "error", err)
				}
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	return g.Wait
}

func (a *App) foreseeRegion(ctx context.Context, p *region.Pack) error {
	due, err := a.outlook.Due(ctx, p)
	if err != nil {
		return err
	}
	if due {
		if err := a.outlook.Update(ctx, p); err != nil {
			return err
		}
	}
	return a.brief(ctx, p)
}

// brief owes the leaders of a region their brief of the day. Owing it again does nothing.
func (a *App) brief(ctx context.Context, p *region.Pack) error {
	now := a.store.Clock().Now().In(p.Location())
	day := now.Format(time.DateOnly)
	at := time.Date(now.Year(), now.Month(), now.Day(), briefHour, 0, 0, 0, p.Location())
	if now.Before(at) || now.After(at.Add(4*time.Hour)) || a.briefed[p.Identity.Code] == day {
		return nil // a brief of the morning is none in the afternoon
	}
	opening, err := p.CalendarFor(p.Identity.Triage).NextOpening(at)
	if err != nil {
		return err
	}
	if opening.In(p.Location()).Format(time.DateOnly) != day {
		return nil // no working day
	}
	args, units, err := a.outlook.Brief(ctx, p)
	if err != nil {
		return err
	}
	args["date"] = notify.Day(p, "id", now)
	err = a.store.InTx(ctx, func(tx *store.Store) error {
		return a.outbox.Brief(ctx, tx, p, day, args, units, notify.PathOutlook, at)
	})
	if err == nil {
		a.briefed[p.Identity.Code] = day
	}
	return err
}
