package learn

import (
	_ "embed"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/template"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/text"
)

//go:embed card.md
var cardFile string

var cardTemplate = template.Must(template.New("card").Funcs(template.FuncMap{
	"percent": func(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) },
}).Parse(cardFile))

// cardThresholds are the rows of the card's curve.
var cardThresholds = []float64{0.3, 0.45, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99}

// Card writes what a model is, what it was taught, how well it does and where it fails,
// as Markdown in Indonesian. row is nil for the model of the seeds.
func Card(w io.Writer, p *region.Pack, m *text.Model, row *store.Model) error {
	data := struct {
		Region           string
		Version, State   string
		Megabytes        float64
		Services, Shown  int
		Voices           map[string]int
		Seeds            int
		Report           *Report
		Worst            []Weak
		Curve            []text.Point
		Auto, Suggest    float64
		Trained, Changed string
		Why              string
	}{Region: p.Identity.Name, Version: m.Version(), State: "contoh paket", Megabytes: float64(len(m.Save())) / 1e6, Services: len(p.Services),
		Voices: map[string]int{}, Seeds: len(p.Seeds), Auto: p.Identity.Thresholds.Auto, Suggest: p.Identity.Thresholds.Suggest}
	for _, s := range p.Seeds {
		data.Voices[s.Voice]++
	}
	if row != nil {
		report, err := ReportOf(row)
		if err != nil {
			return err
		}
		data.Report, data.State, data.Why, data.Worst = &report, row.State, row.ChangedWhy, weakest(report.Compared)
		data.Trained = row.TrainedAt.In(p.Location()).Format("2006-01-02 15:04")
		data.Changed = row.ChangedAt.In(p.Location()).Format("2006-01-02 15:04")
	}
	if curve := m.Curve(); len(curve) > 0 {
		for _, t := range cardThresholds {
			data.Curve = append(data.Curve, curve.At(t))
		}
	}
	return cardTemplate.Execute(w, data)
}

// Weak is a service that a model often misses.
type Weak struct {
	Service string
	Pair
}

const maxWeak = 10

// weakest are the services with the lowest share of right guesses, those judged alone.
func weakest(c Comparison) []Weak {
	var out []Weak
	for _, name := range slices.Sorted(maps.Keys(c.Services)) {
		if p := c.Services[name]; name != Rest && p.New < p.N {
			out = append(out, Weak{name, p})
		}
	}
	slices.SortStableFunc(out, func(a, b Weak) int { return a.New*b.N - b.New*a.N })
	return out[:min(len(out), maxWeak)]
}
