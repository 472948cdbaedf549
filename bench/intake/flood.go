package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"tanggap/bench/rig"
	"tanggap/internal/channel/whatsapp"
	"tanggap/internal/tanggap"
)

// floodConns are more than the server lets wait, so that it must refuse.
const floodConns = 1024

// flood offers many times the rate, while others drip their bodies, some bodies are
// as large as they may be, jobs are worked on and an officer looks at the inbox.
func flood(ctx context.Context, site rig.Site) error {
	server, err := site.Start(ctx)
	if err != nil {
		return err
	}
	client, err := rig.LogIn(ctx, server.URL)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	var others sync.WaitGroup
	for range *loris {
		others.Go(func() { drip(ctx, server.URL) })
	}
	huge := &rig.Result{}
	others.Go(func() { huge = large(ctx, server.URL) })
	var pages []time.Duration
	others.Go(func() { pages = look(ctx, client, server.URL) })
	s := newStream(1)
	offered := *rate * *overload
	r := rig.Load{Server: server.URL, Conns: floodConns, Rate: offered, For: *during, Request: s.request}.Run()
	_, peak, err := server.RSS()
	stop()
	others.Wait()
	if err != nil {
		return err
	}
	base := newStream(1)
	calm := rig.Load{Server: server.URL, Conns: *conns, Rate: *rate / 20, For: 5 * time.Second, Request: base.request}.Run()
	_, after, err := server.RSS()
	if err != nil {
		return err
	}
	if _, _, err := server.Stop(); err != nil {
		return err
	}
	slices.Sort(pages)
	fmt.Printf("overload: %.0f items/s offered for %s over %d connections, with %d slow clients, bodies of 3 MB and %d workers\n", offered, *during, floodConns, *loris, *workers)
	fmt.Printf("  due %d, sent %d, acknowledged %d (%.0f/s), answers %v (a status with ! lacks Retry-After), p99 of the acknowledged %.0f ms from when they were due\n",
		r.Due, r.Sent, len(r.Acked), r.PerSecond(), r.Status, ms(r.Quantile(0.99)))
	fmt.Printf("  3 MB bodies: %v\n", huge.Status)
	if len(pages) > 0 {
		fmt.Printf("  an officer's inbox meanwhile: %d pages, p50 %.0f ms, p95 %.0f ms\n", len(pages), ms(pages[len(pages)/2]), ms(pages[len(pages)*95/100]))
	}
	fmt.Printf("  peak RSS of the server %d MB; after it, at %.0f items/s: p99 %.0f ms\n", max(peak, after)>>20, *rate/20, ms(calm.Quantile(0.99)))
	return check(context.WithoutCancel(ctx), site, slices.Concat(s.ids(r.Acked), base.ids(calm.Acked)))
}

// drip sends a body one byte at a time, again and again.
func drip(ctx context.Context, server string) {
	for ctx.Err() == nil {
		conn, err := net.Dial("tcp", strings.TrimPrefix(server, "http://"))
		if err != nil {
			wait(ctx, 200*time.Millisecond)
			continue
		}
		_, err = fmt.Fprintf(conn, "POST /webhook/whatsapp HTTP/1.1\r\nHost: bench\r\nX-Hub-Signature-256: sha256=%064d\r\nContent-Length: %d\r\n\r\n", 0, whatsapp.MaxBody)
		for err == nil && wait(ctx, 500*time.Millisecond) {
			_, err = conn.Write([]byte("x"))
		}
		_ = conn.Close() // the server cut it off, or the flood is over
	}
}

// large sends bodies of the greatest size, each a message with a long unknown field.
func large(ctx context.Context, server string) *rig.Result {
	out := &rig.Result{Status: map[string]int{}}
	body := rig.Webhook(rig.Words{ID: "wamid." + tanggap.NewToken(), Text: strings.Repeat("lampu mati ", 1000)})
	body = append(body[:len(body)-1], []byte(`,"padding":"`+strings.Repeat("x", whatsapp.MaxBody-len(body)-20)+`"}`)...)
	request := rig.Request(body)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range 4 {
		wg.Go(func() {
			conn := rig.Dial(server)
			defer conn.Close()
			for wait(ctx, 50*time.Millisecond) {
				status, _, err := conn.Do(request, 15*time.Second)
				mu.Lock()
				if err != nil {
					out.Status["error"]++ // refused while it was still sending
				} else {
					out.Status[fmt.Sprint(status)]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return out
}

// look opens the inbox again and again and returns how long each took.
func look(ctx context.Context, client *http.Client, server string) (took []time.Duration) {
	for wait(ctx, 100*time.Millisecond) {
		start := clock.Now()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, server+"/kotak-masuk", nil)
		if err != nil {
			return took
		}
		resp, err := client.Do(req)
		if err != nil {
			continue // the flood is over
		}
		_, err = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close() // it was read
		if err == nil && resp.StatusCode == http.StatusOK && resp.Request.URL.Path == "/kotak-masuk" {
			took = append(took, clock.Now().Sub(start))
		}
	}
	return took
}

// wait pauses; it reports false when ctx has ended.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
