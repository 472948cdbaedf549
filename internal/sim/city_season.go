package sim

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tanggap/internal/deadline"
	"tanggap/internal/region"
	"tanggap/internal/tanggap"
	"tanggap/internal/triage"
)

type season struct {
	Months   []int
	Times    float64
	Services []string
}

type surge struct {
	Months    []int
	EachYear  int `toml:"each_year"`
	Times     float64
	Services  []string
	happening map[deadline.Date]bool
}

// birth is a message that will open a case.
type birth struct {
	at       time.Time
	service  string // what the writer means
	area     string
	words    string
	channel  string
	person   *person
	rests    tanggap.State // where it lies at the present because nobody goes on; "" = it comes to its end
	decision triage.Suggestions
}

// births draws who writes what and when, in order of time, and lets the engine read
// it.
func (f *fill) births(ctx context.Context) ([]*birth, error) {
	zone := f.Pack.Location()
	first := deadline.DateOf(f.Until.AddDate(0, -max(f.Months, 1), 0), zone)
	last := deadline.DateOf(f.Until, zone)
	var services []region.Service
	for _, s := range f.Pack.Services {
		if !s.Technical || s.Code == region.Spam {
			services = append(services, s)
		}
	}
	f.drawSurges(first, last)
	var days []deadline.Date
	var upTo []float64 // running sum over days and services
	sum, span := 0.0, 0.0
	for d := first; d.Compare(last) <= 0; d = d.AddDays(1) {
		days = append(days, d)
	}
	span = float64(len(days))
	for i, d := range days {
		day := f.dayWeight(d) * (0.5 + float64(i)/span) // people get used to writing
		for _, s := range services {
			sum += day * f.serviceWeight(s, d)
			upTo = append(upTo, sum)
		}
	}
	out := make([]*birth, f.Cases)
	for i := range out {
		k := sort.SearchFloat64s(upTo, f.rng.Float64()*sum)
		k = min(k, len(upTo)-1)
		d, s := days[k/len(services)], services[k%len(services)]
		at := time.Date(d.Year, d.Month, d.Day, f.hour(s), f.rng.IntN(60), f.rng.IntN(60), f.rng.IntN(1e9), zone)
		if !at.Before(f.Until) {
			at = f.Until.Add(-time.Duration(f.rng.IntN(6*3600)) * time.Second)
		}
		out[i] = &birth{at: at.UTC(), service: s.Code}
	}
	slices.SortStableFunc(out, func(a, b *birth) int { return a.at.Compare(b.at) })
	f.stop(out)
	areas := f.areaPicker()
	voices := f.voices()
	for _, b := range out {
		b.area = areas()
		f.write(b, voices)
	}
	return out, f.read(ctx, out)
}

// read lets the engine judge all messages, on every processor.
func (f *fill) read(ctx context.Context, list []*birth) error {
	g, ctx := errgroup.WithContext(ctx)
	const part = 64
	g.SetLimit(4)
	for chunk := range slices.Chunk(list, part) {
		g.Go(func() error {
			for _, b := range chunk {
				b.decision = f.Engine.Decide(triage.Input{Text: b.words})
			}
			return ctx.Err()
		})
	}
	return g.Wait()
}

// dayWeight is how much people write on a day: weekdays more than weekends, little
// on holidays, less in Ramadan, least around Idul Fitri.
func (f *fill) dayWeight(d deadline.Date) float64 {
	w := [7]float64{0.55, 1.3, 1.15, 1.1, 1.05, 0.95, 0.7}[d.Weekday()]
	name := ""
	for _, h := range f.Pack.Holidays {
		day, err := deadline.ParseDate(h.Date)
		if err != nil {
			continue
		}
		if day == d {
			name = h.Name
		}
		if strings.Contains(h.Name, "Idul Fitri") && !strings.Contains(h.Name, "bersama") {
			if d.Compare(day.AddDays(-30)) >= 0 && d.Compare(day) < 0 {
				w *= 0.88 // the two days of the feast both count: about 0.8 in all
			}
		}
	}
	switch {
	case strings.Contains(name, "Idul Fitri"):
		return w * 0.3
	case name != "":
		return w * 0.55
	}
	return w
}

func (f *fill) serviceWeight(s region.Service, d deadline.Date) float64 {
	w, ok := f.habits.Often[s.Code]
	switch {
	case !ok && s.Urgency == tanggap.Emergency:
		w = 0.25
	case !ok:
		w = 1
	}
	for _, x := range f.habits.Season {
		if slices.Contains(x.Months, int(d.Month)) && slices.Contains(x.Services, s.Code) {
			w *= x.Times
		}
	}
	for _, x := range f.habits.Surge {
		if x.happening[d] && slices.Contains(x.Services, s.Code) {
			w *= x.Times
		}
	}
	return w
}

// drawSurges chooses the days on which it rains hard or the water stays away.
func (f *fill) drawSurges(first, last deadline.Date) {
	for i := range f.habits.Surge {
		x := &f.habits.Surge[i]
		x.happening = map[deadline.Date]bool{}
		for year := first.Year; year <= last.Year; year++ {
			for range x.EachYear {
				month := x.Months[f.rng.IntN(len(x.Months))]
				x.happening[deadline.Date{Year: year, Month: time.Month(month), Day: 1 + f.rng.IntN(28)}] = true
			}
		}
	}
}

// hour of the day at which somebody writes; dangers keep no hours.
func (f *fill) hour(s region.Service) int {
	if s.Urgency == tanggap.Emergency {
		return f.rng.IntN(24)
	}
	return pick(f.rng, hours[:])
}

// hours weighs the hours of a day: mornings, and the evening after prayers.
var hours = [24]float64{1, 0.5, 0.3, 0.3, 0.6, 1.5, 3, 6, 9, 10, 9, 7, 5, 6, 6, 5, 5, 4, 3, 6, 7, 6, 4, 2}

// areaPicker draws kelurahan by population; where the pack has no figures, by a
// size that the seed gives them.
func (f *fill) areaPicker() func() string {
	var codes []string
	var weights []float64
	for _, a := range f.Pack.Areas {
		if a.Parent == "" {
			continue
		}
		w := float64(a.Population)
		if w == 0 {
			w = 1000 * math.Exp(0.6*f.rng.NormFloat64())
		}
		codes, weights = append(codes, a.Code), append(weights, w)
	}
	return func() string { return codes[pick(f.rng, weights)] }
}

// openShare of the cases stop somewhere on their way, the younger the likelier; with
// those that are simply not finished yet, about six in a hundred are open.
const openShare = 0.056

// stop chooses the cases that nobody finishes before the present.
func (f *fill) stop(list []*birth) {
	const mean = 8 * 24 * time.Hour
	chance := func(b *birth) float64 {
		age := f.Until.Sub(b.at)
		if age > 60*24*time.Hour {
			return 0
		}
		return math.Exp(-float64(age) / float64(mean))
	}
	// The share is reached by trying; of few and recent cases more than all cannot stop.
	scale := 1.0
	for range 40 {
		sum := 0.0
		for _, b := range list {
			sum += min(1, scale*chance(b))
		}
		if sum >= openShare*float64(len(list)) {
			break
		}
		scale *= 1.2
	}
	n := 0
	for _, b := range list {
		if f.rng.Float64() < scale*chance(b) {
			b.rests = rests[n%len(rests)]
			n++
		}
	}
}

// rests are the states in which stopped cases lie, in turn; received means that
// nobody has looked at them.
var rests = []tanggap.State{tanggap.InProgress, tanggap.Received, tanggap.WaitingCitizen, tanggap.Assigned, tanggap.Reopened,
	tanggap.InProgress, tanggap.Assigned, tanggap.Received, tanggap.InProgress, tanggap.WaitingCitizen, tanggap.Assigned}

// pick draws an index by weight.
func pick(rng *rand.Rand, weights []float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	x := rng.Float64() * sum
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// one draws an element.
func one[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }
