package app

import (
	"context"
	"sync"
	"time"

	"tanggap/internal/stat"
	"tanggap/internal/store"
)

const (
	figuresEvery = 10 * time.Second
	figuresTold  = time.Minute // browsers hear of new figures no more often
)

// keepFigures keeps the figures of the regions true while this node leads.
func (a *App) keepFigures(ctx context.Context) (wait func()) {
	var g sync.WaitGroup
	g.Go(func() {
		keeper := &stat.Keeper{Store: a.store}
		news, told := map[string]bool{}, map[string]time.Time{}
		tick := time.NewTicker(figuresEvery)
		defer tick.Stop()
		for {
			for _, p := range a.packs.All() {
				code := p.Identity.Code
				changed, err := keeper.Update(ctx, p)
				if ctx.Err() != nil {
					return
				}
				if err != nil {
					a.log.Error("figures are not up to date; tried again soon", "region", code, "error", err)
				}
				news[code] = news[code] || changed
				if now := a.deps.Clock.Now(); news[code] && now.Sub(told[code]) >= figuresTold {
					news[code], told[code] = false, now
					a.hub.Publish([]store.Change{{Region: code, Type: stat.Changed}})
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
