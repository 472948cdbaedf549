package forecast

// Settings are the numbers that data chose: `bench/forecast tune` prints how, from the
// training parts alone. The zero value of Options uses Standard.
type Settings struct {
	Spacing   int     // days between the origins of the backtest
	Origins   int     // at most so many
	Sharpness float64 // a member's weight falls with this power of its error
	Members   [7]float64
	PITWeight float64 // how many days the shape of the distribution is believed before its own past is
	Yearly    float64 // variance of what a holiday does from year to year, on the logarithmic scale

	Allowance float64    // what a day may lie above its mean without adding up, in standard deviations
	Memory    float64    // of the sum of excesses from day to day: a slow drift is no surge
	Scan      [7]float64 // weight of the windows of one to seven days against that sum

	SlowOrigins                       int     // of the backtest of weeks and months
	WeeklySharpness, MonthlySharpness float64 // as Sharpness
	SlowGrowth                        float64 // of the variance with each step
	SlowLean                          float64 // how many errors the naive one counts for
	SlowWidth, SlowTail               float64 // multiply a normal quantile z by SlowWidth + SlowTail z²
}

// Members of the daily combination, in their order.
var memberNames = [7]string{"calendar-quick", "calendar", "calendar-calm", "calendar-steady", "ets", "weekday", "theta"}

// Standard returns the settings in use.
func Standard() Settings {
	return Settings{
		Spacing: 8, Origins: 46, Sharpness: 2,
		Members:   [7]float64{1, .5, .5, 2, 1.5, .25, .25},
		PITWeight: 100, Yearly: .2,

		Allowance: .6, Memory: .95, Scan: [7]float64{.9, .8, .8, .8, .85, .85, .9},

		SlowOrigins: 8, WeeklySharpness: 8, MonthlySharpness: 1,
		SlowGrowth: .3, SlowLean: 4, SlowWidth: 1, SlowTail: .04,
	}
}

// drifts of the four calendar members, from the quickest to the steadiest.
var drifts = [4]drift{{.93, .998, .9998}, {.97, .9995, .9998}, {.99, .9995, .9998}, {.998, .9998, .9999}}

// judging is the drift with which calendars are compared and reasons given.
var judging = drifts[2]
