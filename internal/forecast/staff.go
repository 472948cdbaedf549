package forecast

import (
	"math"

	"tanggap/internal/tanggap"
)

// Work is what one case of a series asks of an office.
type Work struct {
	Minutes float64 // mean handling time of a case
	Spread  float64 // standard deviation of the handling time; 0: as large as the mean
	// The price of an officer-hour too few and of one too many, in any unit. Together they
	// give the service level; both 0 means that Service is used.
	CostFew, CostMany float64
	Service           float64 // probability that the hours suffice; 0: 0.9
	Day               float64 // officer-hours of a full working day; 0: 7.5
}

// Plan is the recommendation for one step.
type Plan struct {
	Hours    float64 // recommended officer-hours
	Officers float64 // Hours as officers of a full day, rounded up to halves
	Expected float64 // officer-hours expected on average
	Service  float64 // probability that Hours suffice
	// Hours expected to be missing and to be idle with Hours, and with a plan by the mean.
	Missing, Idle             float64
	MissingByMean, IdleByMean float64
	Cost, CostByMean          float64
}

// Staff recommends officer-hours for each step of a forecast: the quantile of the workload
// at which one more hour costs as much as it saves (the newsvendor's rule of Arrow, Harris
// and Marschak, 1951).
func Staff(f *Forecast, w Work) ([]Plan, error) {
	if !(w.Minutes > 0) || w.Minutes > 60*1000 || w.Spread < 0 || w.CostFew < 0 || w.CostMany < 0 || w.Service < 0 || w.Service >= 1 || w.Day < 0 {
		return nil, tanggap.Errorf(tanggap.Invalid, "Waktu kerja, biaya, atau tingkat layanan tidak masuk akal.")
	}
	if w.Spread == 0 {
		w.Spread = w.Minutes
	}
	if w.Day == 0 {
		w.Day = 7.5
	}
	level := w.Service
	switch {
	case w.CostFew > 0 || w.CostMany > 0:
		level = w.CostFew / (w.CostFew + w.CostMany)
	case level == 0:
		level = .9
	}
	few, many := w.CostFew, w.CostMany
	if few == 0 && many == 0 {
		few, many = level/(1-level), 1
	}
	out := make([]Plan, len(f.Quantiles))
	for h, q := range f.Quantiles {
		load := newWorkload(q, w)
		p := Plan{Hours: load.quantile(level), Expected: load.mean(), Service: level}
		p.Officers = math.Ceil(2*p.Hours/w.Day-1e-9) / 2
		p.Missing, p.Idle = load.gaps(p.Hours)
		p.MissingByMean, p.IdleByMean = load.gaps(p.Expected)
		p.Cost = few*p.Missing + many*p.Idle
		p.CostByMean = few*p.MissingByMean + many*p.IdleByMean
		out[h] = p
	}
	return out, nil
}

// workload is the distribution of hours as equally likely values.
type workload [199]float64

func newWorkload(q Quantiles, w Work) workload {
	var l workload
	for i := range l {
		p := float64(i+1) / float64(len(l)+1)
		n := q.At(p)
		// The sum of n handling times is spread about its mean; pairing its quantiles with
		// those of n would overstate both, so its variance is added to that of n.
		l[i] = n * w.Minutes / 60
	}
	m := l.mean()
	v := 0.0
	for _, x := range l {
		v += (x - m) * (x - m) / float64(len(l))
	}
	extra := m * 60 / w.Minutes * (w.Spread / 60) * (w.Spread / 60)
	if m > 0 && v > 0 {
		k := math.Sqrt((v + extra) / v)
		for i := range l {
			l[i] = max(0, m+k*(l[i]-m))
		}
	}
	return l
}

func (l *workload) mean() float64 {
	sum := 0.0
	for _, x := range l {
		sum += x / float64(len(l))
	}
	return sum
}

func (l *workload) quantile(p float64) float64 {
	at := p*float64(len(l)+1) - 1
	i := max(0, min(int(at), len(l)-2))
	return l[i] + max(0, min(at-float64(i), 1))*(l[i+1]-l[i])
}

func (l *workload) gaps(hours float64) (missing, idle float64) {
	for _, x := range l {
		missing += max(0, x-hours) / float64(len(l))
		idle += max(0, hours-x) / float64(len(l))
	}
	return missing, idle
}

// Counter is a window or a telephone at which people wait.
type Counter struct {
	PerHour float64 // arrivals in an hour
	Minutes float64 // mean handling time
	Wait    float64 // minutes within which a person should be served
	Share   float64 // of persons served within Wait, such as 0.8
}

// Desk is the recommendation for a counter.
type Desk struct {
	Officers int
	Share    float64 // served within Wait
	MeanWait float64 // minutes
	Busy     float64 // share of time that an officer serves
}

// maxOfficers bounds the search at one counter.
const maxOfficers = 2000

// Serve is the least number of officers at a counter with which enough persons wait short
// enough, by Erlang's formula C for random arrivals and handling times (Erlang, 1917).
func Serve(c Counter) (Desk, error) {
	if c.PerHour < 0 || !(c.Minutes > 0) || c.Wait < 0 || c.Share < 0 || c.Share >= 1 {
		return Desk{}, tanggap.Errorf(tanggap.Invalid, "Kedatangan, waktu layanan, atau tingkat layanan loket tidak masuk akal.")
	}
	load := c.PerHour * c.Minutes / 60
	if load == 0 {
		return Desk{Share: 1}, nil
	}
	// Erlang B by its recursion, which never overflows.
	b := 1.0
	for n := 1; n <= maxOfficers; n++ {
		b = load * b / (float64(n) + load*b)
		if float64(n) <= load {
			continue
		}
		wait := b / (1 - load/float64(n)*(1-b)) // Erlang C: the probability to wait at all
		free := float64(n) - load
		d := Desk{Officers: n, Share: 1 - wait*math.Exp(-free*c.Wait/c.Minutes), MeanWait: wait * c.Minutes / free, Busy: load / float64(n)}
		if d.Share >= c.Share {
			return d, nil
		}
	}
	return Desk{}, tanggap.Errorf(tanggap.Invalid, "Loket ini memerlukan lebih dari %d petugas.", maxOfficers)
}
