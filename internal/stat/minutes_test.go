package stat

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A quantile is within 2.5 % of one of the sorted lengths, and taking out what was put in
// leaves nothing.
func TestMinutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Int64Range(0, 500_000), 1, 200).Draw(t, "minutes")
		var h Minutes
		for _, m := range list {
			h.Add(m, 1)
		}
		var back Minutes
		if err := back.merge(h.encode()); err != nil {
			t.Fatal(err)
		}
		slices.Sort(list)
		for _, q := range []float64{0.1, 0.5, 0.9, 1} {
			got, ok := back.Quantile(q)
			want := float64(list[max(1, int(math.Ceil(q*float64(len(list)))))-1])
			if !ok || math.Abs(got-want) > want*0.025 {
				t.Fatalf("quantile %v of %v: %v, want %v", q, list, got, want)
			}
		}
		for _, m := range list {
			h.Add(m, -1)
		}
		if h.encode() != nil || h.N != 0 || h.Sum != 0 {
			t.Fatalf("left: %+v", h)
		}
		if _, ok := h.Median(); ok {
			t.Fatal("a median of nothing")
		}
	})
}

func FuzzHistogram(f *testing.F) {
	f.Add([]byte{0, 2, 3, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		var h, again Minutes
		if h.merge(b) != nil {
			return // what is broken is an error and nothing worse
		}
		if err := again.merge(h.encode()); err != nil || !slices.Equal(h.bins, again.bins) {
			t.Fatalf("%v became %v: %v", h.bins, again.bins, err)
		}
	})
}

func TestShares(t *testing.T) {
	// Newcombe 1998, table: 56/70 against 48/80 lies at 0.0524 to 0.3339.
	if got := (Share{56, 70}).Compare(Share{48, 80}); got != Rise {
		t.Errorf("56/70 against 48/80: %v", got)
	}
	low, high := Share{81, 263}.Interval() // Newcombe 1998, table: 0.2553 to 0.3662
	if math.Abs(low-0.2553) > 1e-4 || math.Abs(high-0.3662) > 1e-4 {
		t.Errorf("81/263: %v to %v", low, high)
	}
	for _, x := range []struct {
		now, before Share
		want        Trend
	}{{Share{9, 10}, Share{8, 10}, Same}, {Share{50, 100}, Share{80, 100}, Fall}, {Share{}, Share{1, 2}, Unknown}} {
		if got := x.now.Compare(x.before); got != x.want {
			t.Errorf("%v against %v: %v", x.now, x.before, got)
		}
	}
	for _, x := range []struct {
		now, before int64
		want        Trend
	}{{100, 98, Same}, {200, 100, Rise}, {100, 200, Fall}, {0, 0, Unknown}, {3, 1, Same}} {
		if got := CompareCounts(x.now, x.before); got != x.want {
			t.Errorf("%d against %d: %v", x.now, x.before, got)
		}
	}
}
