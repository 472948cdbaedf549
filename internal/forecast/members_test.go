package forecast

import (
	"math"
	"strings"
	"testing"
)

// nile is the yearly flow of the Nile at Aswan, 1871–1970 (Cobb, 1978).
var nile = []float64{1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140, 1100, 1210, 1150,
	1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969, 831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768,
	845, 864, 862, 698, 845, 744, 796, 1040, 759, 781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890,
	744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740}

// TestMembersAgainstR compares with what R 4 with forecast 8 says of the Nile. R also
// searches the first level, so its levels and ours differ a little.
func TestMembersAgainstR(t *testing.T) {
	near := func(what string, got, want, off float64) {
		t.Helper()
		if !(math.Abs(got-want) <= off) {
			t.Errorf("%s: %.4f, R says %.4f", what, got, want)
		}
	}
	alpha, level := bestSmooth(nile)
	near("parameter of simple smoothing, ets ANN", alpha, .2455, .03)
	near("simple smoothing", level, 805.3813, 4)
	for h, want := range []float64{799.812, 798.4548, 797.0977, 795.7405, 794.3834} {
		near("thetaf", thetaLine(nile, 5)[h], want, 4)
	}
	near("pnbinom(3, 2.5, mu = 4)", nbCDF(3, 4, 2.5), .5251866, 1e-6)
	near("ppois(7, 9.5)", nbCDF(7, 9.5, maxSize), .2686632, 1e-6)
	for i, p := range []float64{.025, .5, .975} {
		near("qnbinom(mu = 40, size = 2.5)", nbQuantile(p, 40, 2.5), []float64{6, 35, 105}[i], 0)
	}
}

// passengers are those of airlines by month, 1949–1960, in thousands (Box and Jenkins, 1970,
// series G).
var passengers = []float64{112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140, 145, 150,
	178, 163, 172, 178, 199, 199, 184, 162, 146, 166, 171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194, 196, 196, 236, 235, 229, 243, 264, 272,
	237, 211, 180, 201, 204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229, 242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278, 284, 277,
	317, 313, 318, 374, 413, 405, 355, 306, 271, 306, 315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336, 340, 318, 362, 348, 363, 435, 491, 505,
	404, 359, 310, 337, 360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405, 417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432}

// TestMonthsAgainstR compares with what R 4 says of the passengers: arima on logarithms by
// conditional sums of squares, and ets AAdA, which searches its first season too.
func TestMonthsAgainstR(t *testing.T) {
	for _, c := range []struct {
		name string
		got  []float64
		want []float64
		off  float64 // share
	}{
		{"arima (0,1,1)(0,1,1)", airline(passengers, 12, 6), []float64{450.16, 425.70, 479.57, 492.08, 508.60, 583.09}, .01},
		{"ets AAdA", winters(passengers, 12, 6), []float64{445.71, 434.07, 496.61, 482.95, 483.28, 547.14}, .06},
	} {
		for h, want := range c.want {
			if math.Abs(c.got[h]/want-1) > c.off {
				t.Errorf("%s, step %d: %.2f, R says %.2f", c.name, h+1, c.got[h], want)
			}
		}
	}
}

// TestCoarserFollowsALine: means of half-years of a straight line lie on it, and so does what
// is drawn through what follows them, but for the half of the slope that Theta holds back.
func TestCoarserFollowsALine(t *testing.T) {
	y := make([]float64, 61) // one more than ten half-years: the oldest is left out
	for i := range y {
		y[i] = 100 + 2*float64(i)
	}
	for h, v := range coarser(y, 6, 18) {
		least, most := 100+2*float64(60), 100+2*float64(61+h)
		if v < least-12 || v > most+.01 {
			t.Errorf("step %d of a line that goes on to %.0f: %.2f", h+1, most, v)
		}
		if h > 0 && v <= coarser(y, 6, 18)[h-1] {
			t.Errorf("step %d does not rise", h+1)
		}
	}
	if got := coarser(make([]float64, 20), 6, 3); len(got) != 3 || got[0] != 0 {
		t.Errorf("too short for half-years: %v", got)
	}
}

// TestSeasonsComeBack: what is taken out is put back, and is what was put in.
func TestSeasonsComeBack(t *testing.T) {
	for _, p := range []Period{Monthly, Weekly} {
		round := float64(p)
		if p == Weekly {
			round = daysAYear / 7
		}
		y := make([]float64, 6*int(p))
		for i := range y {
			y[i] = 100 * math.Exp(.3*math.Sin(2*math.Pi*float64(i)/round)+.001*float64(i))
		}
		adjusted, s := decompose(y, p, 10)
		for i, v := range adjusted {
			if math.Abs(v/(100*math.Exp(.001*float64(i)))-1) > .03 {
				t.Fatalf("period %d: value %d without its season is %.1f", p, i, v)
			}
		}
		if back := s.restore(append([]float64{}, adjusted...), 0); math.Abs(back[7]-y[7]) > 1e-9 {
			t.Errorf("period %d: put back, %g is %g", p, y[7], back[7])
		}
	}
}

// TestHolidaysFoundInThePast: a city that rests on some days each year is told which list
// of days it follows, also when its figures are dated two weeks late, and one that rests on
// none is told nothing.
func TestHolidaysFoundInThePast(t *testing.T) {
	all := StandardCalendars()
	for _, late := range []int{0, 14, -1} {
		s := city(11, 1100, 60, nil)
		if late >= 0 {
			for i := range all[0].Holidays {
				h := &all[0].Holidays[i]
				h.days(dayNumber(s.Start), len(s.Values), late, func(t, place int) {
					if !h.long(place - h.Before) {
						s.Values[t] = math.Floor(s.Values[t] / 3)
					}
				})
			}
		}
		c := chooseCalendar(s, Drivers{Calendars: all})
		if (late >= 0) != c.sure || (c.sure && (c.calendar.Name != "indonesia" || c.late != late)) {
			t.Errorf("late by %d: %+v", late, c)
		}
	}
}

func FuzzTasks(f *testing.F) {
	f.Add("a@2020-01-01,7,2,3,1,2,3,4,5")
	f.Add("a,12,1,2,NA,,3")
	f.Add("a,-1,99999999999,3,x")
	f.Fuzz(func(t *testing.T, line string) {
		task, err := parseTask(line)
		if err != nil {
			return
		}
		if n := len(task.Actual); n != 0 && n != task.Horizon {
			t.Fatalf("%d values came, of %d steps", n, task.Horizon)
		}
		if n := strings.Count(line, ",") - 3; n != len(task.Series.Values)+len(task.Actual) {
			t.Fatalf("%d values of %d", len(task.Series.Values)+len(task.Actual), n)
		}
	})
}
