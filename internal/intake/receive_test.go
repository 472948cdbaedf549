package intake

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tanggap/internal/channel"
	"tanggap/internal/job"
	"tanggap/internal/store"
)

// TestJobsForCommit holds that items which came together share jobs of at most
// perJob, that a job never spans two regions or the line of statuses, and that every
// fresh item is in exactly one.
func TestJobsForCommit(t *testing.T) {
	for _, tt := range []struct {
		name  string
		items []string // "region kind" in the order of arrival; "" begins another delivery
		want  []string
	}{
		{"nothing new", nil, nil},
		{"one", []string{"a message"}, []string{"a 1-1"}},
		{"several deliveries", []string{"a message", "", "a message", "a notice"}, []string{"a 1-3"}},
		{"full job", slices.Repeat([]string{"a message"}, perJob+2), []string{"a 1-8", "a 9-10"}},
		{"two regions", []string{"a message", "b message", "a message"}, []string{"a 1-2", "b 1-1"}},
		{"status between", []string{"a message", "a status", "a message"}, []string{"a 1-1", "a 2-2 slow", "a 3-3"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list := []*store.Arrival{{}}
			seqs := map[string]int64{}
			for _, it := range tt.items {
				region, kind, ok := strings.Cut(it, " ")
				if !ok {
					list = append(list, &store.Arrival{})
					continue
				}
				seqs[region]++
				a := list[len(list)-1]
				a.Fresh = append(a.Fresh, &store.Inbound{Region: region, Seq: seqs[region], Kind: kind})
			}
			var got []string
			for _, j := range jobsFor(list) {
				a := j.Args.(ProcessArgs)
				s := fmt.Sprintf("%s %d-%d", a.Region, a.Seq, a.Last)
				if j.Queue == job.Slow {
					s += " slow"
				}
				got = append(got, s)
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("jobs %q, want %q", got, tt.want)
			}
		})
	}
}

func waiting(region string, size int) *request {
	r := &request{way: channel.Way{Region: region, Channel: channel.WhatsApp}, done: make(chan error, 1)}
	r.Delivery = &store.Delivery{Region: region, Body: make([]byte, size)}
	return r
}

// TestLanes holds that a lane refuses what is too much for it and that its being full
// is no other lane's concern.
func TestLanes(t *testing.T) {
	for _, tt := range []struct {
		name     string
		size     int
		admitted int // of a flood of one size
	}{
		{"many small ones", 100, maxWaiting},
		{"large ones", 3 << 20, maxWaitingBytes / (3 << 20)},
		{"one larger than the lane", maxWaitingBytes + 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := &Intake{}
			var flood []*request
			for range maxWaiting + 50 {
				if r := waiting("a", tt.size); in.admit(r) {
					flood = append(flood, r)
				}
			}
			if len(flood) != tt.admitted {
				t.Errorf("%d were admitted, want %d", len(flood), tt.admitted)
			}
			if !in.admit(waiting("b", tt.size)) {
				t.Error("another region was refused")
			}
			lanes := in.Lanes()
			if len(lanes) != 2 || lanes[0].Shed != int64(maxWaiting+50-tt.admitted) || lanes[1].Deliveries != 1 || lanes[1].Shed != 0 {
				t.Errorf("lanes %+v", lanes)
			}
			in.leave(flood)
			if l := in.Lanes()[0]; l.Deliveries != 0 || l.Bytes != 0 {
				t.Errorf("left behind: %+v", l)
			}
		})
	}
}

// TestTurns holds that a commit takes from each lane in turn and stays within its size.
func TestTurns(t *testing.T) {
	in := &Intake{receiver: receiver{lanes: map[channel.Way]*lane{}}}
	put := func(region string, n, size int) {
		for range n {
			r := waiting(region, size)
			if !in.admit(r) {
				t.Fatal("refused")
			}
			in.lanes[r.way].line = append(in.lanes[r.way].line, r)
		}
	}
	put("flood", maxWaiting, 10)
	put("quiet", 2, 10)
	batch, more, _ := in.gather()
	quiet := 0
	for _, r := range batch {
		if r.way.Region == "quiet" {
			quiet++
		}
	}
	if len(batch) != maxBatch || quiet != 2 || !more {
		t.Errorf("a batch of %d with %d of the quiet region, more %v", len(batch), quiet, more)
	}
	in = &Intake{receiver: receiver{lanes: map[channel.Way]*lane{}}}
	put("large", 5, 3<<20)
	if batch, more, _ = in.gather(); len(batch) != maxBatchBytes/(3<<20) || !more {
		t.Errorf("a batch of %d large ones, more %v", len(batch), more)
	}
}
