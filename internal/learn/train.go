package learn

import (
	"maps"
	"slices"
	"time"

	"tanggap/internal/region"
	"tanggap/internal/text"
)

// Report is what is known of a model when it was trained. It is kept with the model, and
// is what its card is written from.
type Report struct {
	Seeds     int            `json:"seeds"`     // made-up examples of the pack
	Rows      int            `json:"rows"`      // confirmed cases that it learned from
	Judged    int            `json:"judged"`    // confirmed cases kept apart to judge
	Origins   map[Origin]int `json:"origins"`   // of Rows
	Channels  map[string]int `json:"channels"`  // of Rows
	Officers  int            `json:"officers"`  // who confirmed Rows
	From      time.Time      `json:"from"`      // when the oldest and the newest of Rows
	To        time.Time      `json:"to"`        // were confirmed
	Shareable bool           `json:"shareable"` // learned from nothing that must stay in the region
	Compared  Comparison     `json:"compared"`  // with the model then in use
	Curve     text.Curve     `json:"curve"`     // on messages held out of training
	Drift     Drift          `json:"drift"`
}

// timely is from how many rows on the newest of them, and not folds of all, set the
// confidence: a city changes, and made-up messages are easier than real ones.
const timely = 2000

// Train learns a model of the region from the pack and its rows, which are in order of
// time, and compares it with the one in use (nil for none) on the judging rows.
// Equal input gives an equal model.
func Train(p *region.Pack, rows []Row, old *text.Model) (*text.Model, Report, error) {
	learn, judge := Split(rows)
	examples := Examples(p, learn, old)
	opt := text.Options{Floor: 1}
	if len(learn) >= timely {
		opt.Newest = min(0.2, 0.5*float64(len(learn))/float64(len(examples)))
	}
	m, err := text.Train(examples, opt)
	if err != nil {
		return nil, Report{}, err
	}
	r := Report{Rows: len(learn), Judged: len(judge), Origins: map[Origin]int{}, Channels: map[string]int{}, Curve: m.Curve(),
		Compared: Compare(old, m, judge), Drift: Measure(p, m, rows), Shareable: len(Shareable(learn)) == len(learn)}
	r.Seeds = len(Examples(p, nil, nil))
	officers := map[string]bool{}
	for _, x := range learn {
		r.Origins[x.Origin]++
		r.Channels[x.Channel]++
		officers[x.Officer] = true
	}
	r.Officers = len(slices.Collect(maps.Keys(officers)))
	if len(learn) > 0 {
		r.From, r.To = learn[0].At, learn[len(learn)-1].At
	}
	return m, r, nil
}
