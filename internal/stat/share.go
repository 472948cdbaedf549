package stat

import "math"

// Share is k of n.
type Share struct{ K, N int64 }

// Value is the share, 0 to 1; ok is false without any n.
func (s Share) Value() (v float64, ok bool) {
	if s.N <= 0 {
		return 0, false
	}
	return float64(s.K) / float64(s.N), true
}

// z is the 97.5 % point of the normal distribution.
const z = 1.959963984540054

// Interval is the 95 % interval of Wilson (1927), which holds for few and for extreme
// counts as well; 0 to 1 without any n.
func (s Share) Interval() (low, high float64) {
	if s.N <= 0 {
		return 0, 1
	}
	n, p := float64(s.N), float64(s.K)/float64(s.N)
	mid := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, mid-half), min(1, mid+half)
}

// Trend says whether a figure rose or fell against the period before.
type Trend int

// Trends. Only a change outside of what chance does is called a rise or fall.
const (
	Unknown Trend = iota // one of the two has too little to compare
	Same
	Rise
	Fall
)

// Compare compares two shares by the 95 % interval of their difference (Newcombe 1998,
// method 10).
func (s Share) Compare(before Share) Trend {
	if s.N == 0 || before.N == 0 {
		return Unknown
	}
	p, _ := s.Value()
	q, _ := before.Value()
	pl, ph := s.Interval()
	ql, qh := before.Interval()
	d := p - q
	low := d - math.Sqrt((p-pl)*(p-pl)+(qh-q)*(qh-q))
	high := d + math.Sqrt((ph-p)*(ph-p)+(q-ql)*(q-ql))
	return trend(low, high)
}

// CompareCounts compares two counts of equally long periods. Cases come in bunches, so
// their variance is taken to be twice their mean.
func CompareCounts(now, before int64) Trend {
	if now+before == 0 {
		return Unknown
	}
	half := z * math.Sqrt(2*float64(now+before))
	d := float64(now - before)
	return trend(d-half, d+half)
}

func trend(low, high float64) Trend {
	switch {
	case low > 0:
		return Rise
	case high < 0:
		return Fall
	}
	return Same
}

// CompareMedians compares two medians by the 95 % intervals of their ranks: they differ
// when the intervals do not touch.
func CompareMedians(now, before Minutes) Trend {
	if now.N < 10 || before.N < 10 {
		return Unknown
	}
	nl, nh := now.MedianInterval()
	bl, bh := before.MedianInterval()
	return trend(nl-bh, nh-bl)
}

// MedianInterval is the 95 % interval of the median by order statistics.
func (h Minutes) MedianInterval() (low, high float64) {
	half := z / (2 * math.Sqrt(float64(max(h.N, 1))))
	low, _ = h.Quantile(max(0, 0.5-half))
	high, _ = h.Quantile(min(1, 0.5+half))
	return low, high
}
