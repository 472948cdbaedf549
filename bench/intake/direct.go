package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"tanggap/bench/rig"
	"tanggap/internal/channel"
	"tanggap/internal/channel/whatsapp"
	"tanggap/internal/intake"
	"tanggap/internal/job"
)

// direct is how many items a second the intake takes from conns writers without the
// web server before it: what the bare group commit is to be compared with. Each
// delivery is cut, hashed, sealed and stored with its items and their jobs.
func direct(ctx context.Context, site rig.Site, conns, items int, during time.Duration) (rate float64, err error) {
	db, err := site.Open(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	queue, err := job.New(db, job.NewHandlers(), job.Config{}, slog.New(slog.DiscardHandler))
	if err != nil {
		return 0, err
	}
	in := &intake.Intake{Store: db, Queue: queue,
		Readers: map[channel.Way]channel.Reader{{Region: rig.Region, Channel: channel.WhatsApp}: whatsapp.Reader{}}}
	defer in.Stop()
	s := newStream(items)
	var wg sync.WaitGroup
	counts, failed := make([]int, conns), make([]error, conns)
	start := clock.Now()
	for c := range conns {
		wg.Go(func() {
			for n := c; failed[c] == nil && clock.Now().Sub(start) < during; n += conns {
				var seqs []int64
				seqs, failed[c] = in.Receive(ctx, rig.Region, channel.WhatsApp, s.body(n))
				if failed[c] == nil && len(seqs) != items {
					failed[c] = fmt.Errorf("%d items of %d are new", len(seqs), items)
				}
				counts[c] += len(seqs)
			}
		})
	}
	wg.Wait()
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return float64(sum) / clock.Now().Sub(start).Seconds(), errors.Join(failed...)
}
