package rig

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Result is what happened to the deliveries of one load.
type Result struct {
	Due      int // deliveries that the open loop wanted to send
	Sent     int
	Acked    []int          // numbers of the deliveries answered 200
	Status   map[string]int // answers by status, "error" for none; "503!" is one without Retry-After
	Took     time.Duration
	Latency  []time.Duration // of the acknowledged, sorted; from the moment a delivery was due
	MaxQueue time.Duration   // how late the generator itself was at worst
}

// Quantile of the latencies.
func (r *Result) Quantile(q float64) time.Duration {
	if len(r.Latency) == 0 {
		return 0
	}
	return r.Latency[min(int(q*float64(len(r.Latency))), len(r.Latency)-1)]
}

// PerSecond is the rate of acknowledgements.
func (r *Result) PerSecond() float64 { return float64(len(r.Acked)) / r.Took.Seconds() }

// Load is a stream of deliveries over connections of its own.
type Load struct {
	Server  string
	Conns   int
	Rate    float64            // per second: open loop; 0 = each connection sends as soon as it may
	For     time.Duration      // how long
	Request func(n int) []byte // the n-th delivery, as it goes over the wire
}

// Run sends and waits for the last answer. In the open loop, delivery n is due at
// n/Rate whether or not earlier ones were answered, and its latency counts from then,
// so that a server that stalls cannot hide it (coordinated omission).
func (l Load) Run() *Result {
	var (
		next  atomic.Int64
		wg    sync.WaitGroup
		mu    sync.Mutex
		total = &Result{Status: map[string]int{}}
		start = clock.Now()
	)
	for range l.Conns {
		wg.Go(func() {
			conn := Dial(l.Server)
			defer conn.Close()
			mine := &Result{Status: map[string]int{}}
			for {
				n := int(next.Add(1)) - 1
				due := clock.Now()
				if l.Rate > 0 {
					due = start.Add(time.Duration(float64(n) / l.Rate * float64(time.Second)))
				}
				if due.Sub(start) >= l.For || clock.Now().Sub(start) >= l.For {
					break // what was due and not sent by now counts as missed
				}
				request := l.Request(n)
				if early := due.Sub(clock.Now()); early > 0 {
					<-time.After(early)
				} else {
					mine.MaxQueue = max(mine.MaxQueue, -early)
				}
				mine.Sent++
				mine.note(n, conn, request, due)
			}
			mu.Lock()
			defer mu.Unlock()
			total.add(mine)
		})
	}
	wg.Wait()
	total.Took = clock.Now().Sub(start)
	total.Due = total.Sent
	if l.Rate > 0 {
		total.Due = int(l.Rate * l.For.Seconds())
	}
	slices.Sort(total.Latency)
	return total
}

// answerWithin is how long a client waits: longer than any answer should take.
const answerWithin = 15 * time.Second

func (r *Result) note(n int, conn *Conn, request []byte, due time.Time) {
	status, retry, err := conn.Do(request, answerWithin)
	switch {
	case err != nil:
		r.Status["error"]++
	case status == 200:
		r.Status["200"]++
		r.Acked = append(r.Acked, n)
		r.Latency = append(r.Latency, clock.Now().Sub(due))
	case retry:
		r.Status[fmt.Sprint(status)]++
	default:
		r.Status[fmt.Sprint(status)+"!"]++
	}
}

func (r *Result) add(o *Result) {
	r.Sent += o.Sent
	r.Acked = append(r.Acked, o.Acked...)
	r.Latency = append(r.Latency, o.Latency...)
	r.MaxQueue = max(r.MaxQueue, o.MaxQueue)
	for s, n := range o.Status {
		r.Status[s] += n
	}
}
