package forecast

import "math"

// choice is which calendar explains a series, and how.
type choice struct {
	calendar *Calendar // nil: none
	late     int       // days by which the series is dated later than things happened
	prior    float64   // variance of a holiday's effect on the logarithmic scale, as likely as can be
	sure     bool      // the past speaks for it, rather than not against it
}

// What a calendar must gain on the logarithmic scale of likelihood against none to be used:
// little, for effects that are not there are learned to be small; one whose days come late in
// the series, very much.
const (
	longShare     = .25 // of the evidence of a day amid a long holiday
	leastGain     = -3
	leastGainLate = 25
	worthTelling  = 5 // gain from which people are told
	latest        = 21
)

// chooseCalendar looks which calendar's days were unlike what was expected without any, in
// the same way each year: by the likelihood of the days' deviations with holidays' effects
// unknown (integrated out) against without effects. Figures posted or published with a
// fixed delay carry later dates than what they tell of; that is looked for too.
func chooseCalendar(s Series, d Drivers) choice {
	if len(d.Calendars) == 0 {
		return choice{}
	}
	g := newDesign(s, 0, d, choice{})
	m := newDynamic(g, judging, meanOf(s.Values[:min(len(s.Values), 56)]))
	z := make([]float64, len(s.Values)) // deviations; 0 where nothing is known
	noise, n := 0.0, 0.0
	for t, v := range s.Values {
		mu, variance := m.step(t, v)
		if t >= 56 && !math.IsNaN(v) {
			z[t] = max(-4, min((v-mu)/math.Sqrt(variance), 4))
			noise += math.Log(variance / (mu * mu))
			n++
		}
	}
	noise = math.Exp(noise / max(1, n)) // typical variance of a day on the logarithmic scale
	var best choice
	gain := 0.0
	for i := range d.Calendars {
		c := &d.Calendars[i]
		for late := 0; late <= latest; late++ {
			need := float64(leastGain)
			if late > 0 {
				need = leastGainLate
			}
			for _, ratio := range ratios {
				if x := c.gain(g.start, z, late, ratio); x-need > gain {
					gain, best = x-need, choice{c, late, ratio * noise, x > worthTelling}
				}
			}
		}
	}
	best.prior = min(best.prior, 1)
	return best
}

// ratios are how large the effects of holidays may be, as their variance against that of a
// day.
var ratios = [...]float64{.1, .4, 1.5, 6}

// known is the variance of the effects of a calendar that the past speaks for: the days of
// Ramadan and Idul Fitri of the training years are foreseen best with it.
const known = 0.2

// closing is by how much the variance of the effect is larger on a closing holiday's own
// days, chosen with the same years.
const closing = 60

// gain is the logarithm of the likelihood of deviations z with effects of the given size
// over that without, the effects integrated out.
func (c *Calendar) gain(start int, z []float64, late int, ratio float64) float64 {
	total := 0.0
	for i := range c.Holidays {
		h := &c.Holidays[i]
		size := h.Before + max(1, h.Length) + h.After
		sums, counts := make([]float64, size), make([]float64, size)
		h.days(start, len(z), late, func(t, place int) {
			if z[t] != 0 {
				sums[place] += z[t]
				counts[place]++
			}
		})
		for place, n := range counts {
			if n == 0 {
				continue
			}
			x := (ratio*sums[place]*sums[place]/(1+ratio*n) - math.Log1p(ratio*n)) / 2
			if h.long(place - h.Before) {
				x *= longShare // neighbouring days deviate together
			}
			total += x
		}
	}
	return total
}
