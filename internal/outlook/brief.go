package outlook

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tanggap/internal/deadline"
	"tanggap/internal/region"
	"tanggap/internal/stat"
	"tanggap/internal/store"
)

// mostMatters is how many things that need a decision a leader reads in the morning.
const mostMatters = 3

// Brief is what a region's leaders read in the morning: four numbers, and what needs a
// decision. The words are those of region.OfficerBrief; units are those that the matters
// are about, in their order.
func (k *Keeper) Brief(ctx context.Context, p *region.Pack) (words map[string]string, units []string, err error) {
	code := p.Identity.Code
	today := deadline.DateOf(k.Store.Clock().Now().In(p.Location()), p.Location())
	yesterday, scope := today.AddDays(-1), stat.All(code)
	day, err := k.Figures.Sum(ctx, scope, stat.Period{From: yesterday, To: yesterday})
	if err != nil {
		return nil, nil, err
	}
	month, err := k.Figures.Sum(ctx, scope, stat.Period{From: today.AddDays(-30), To: yesterday})
	if err != nil {
		return nil, nil, err
	}
	backlog, err := k.Figures.BacklogByAge(ctx, scope, today, today)
	if err != nil {
		return nil, nil, err
	}
	var open, late int64
	for _, b := range backlog {
		open, late = open+b.Open, late+b.Late
	}
	args := map[string]string{
		"opened": count(day.Opened), "open": count(open), "late": count(late), "expected": "–", "ontime": "–",
		"matters": "–",
	}
	if kept := month.OnTime + month.Late; kept > 0 {
		args["ontime"] = fmt.Sprintf("%d%%", int(math.Round(100*float64(month.OnTime)/float64(kept))))
	}
	row, err := k.Store.Forecast(ctx, code, OfRegion)
	if err != nil {
		return nil, nil, err
	}
	if row != nil {
		v, err := Read(row)
		if err != nil {
			return nil, nil, err
		}
		if low, high, ok := v.Days.on(today.String()); ok {
			args["expected"] = fmt.Sprintf("%d–%d", low, high)
		}
	}
	list, err := k.matters(ctx, p, backlog)
	if err != nil {
		return nil, nil, err
	}
	var lines []string
	for i, x := range list {
		lines, units = append(lines, fmt.Sprintf("%d. %s", i+1, x.text)), append(units, x.unit)
	}
	if len(lines) > 0 {
		args["matters"] = strings.Join(lines, "\n")
	}
	return args, units, nil
}

func count(n int64) string { return strconv.FormatInt(n, 10) }

// on is the 80 % interval of the day.
func (s *Steps) on(day string) (low, high int, ok bool) {
	if s == nil {
		return 0, 0, false
	}
	start, err := time.Parse(time.DateOnly, s.Start)
	want, err2 := time.Parse(time.DateOnly, day)
	if err != nil || err2 != nil {
		return 0, 0, false
	}
	h := int(want.Sub(start).Hours() / 24)
	if h < 0 || h >= len(s.Q) || len(s.Q[h]) < 11 {
		return 0, 0, false
	}
	return int(math.Floor(s.Q[h][2])), int(math.Ceil(s.Q[h][10])), true
}

// matter is one thing that needs a decision, and the unit to be asked about it.
type matter struct{ unit, text string }

// matters names what needs a decision: warnings nobody has judged, strongest first, the unit
// that is about to have too few hands, and the units that keep the most people waiting
// beyond the promise.
func (k *Keeper) matters(ctx context.Context, p *region.Pack, backlog []stat.Backlog) ([]matter, error) {
	surges, err := k.Store.Surges(ctx, p.Identity.Code, "9999-12-31", mostWarnings)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(surges, func(a, b *store.Surge) int {
		switch {
		case a.Severity > b.Severity:
			return -1
		case a.Severity < b.Severity:
			return 1
		}
		return 0
	})
	var out []matter
	for _, x := range surges {
		if x.State == store.SurgeOpen && len(out) < mostMatters-1 {
			title, err := k.Title(ctx, p, x.Series)
			if err != nil {
				return nil, err
			}
			out = append(out, matter{answerable(p, x.Series), fmt.Sprintf("%s: %.0f laporan sejak %s, biasanya %.0f.", title, x.Observed, x.FromDay, x.Expected)})
		}
	}
	pressed, err := k.Pressed(ctx, p)
	if err != nil {
		return nil, err
	}
	if len(pressed) > 0 && len(out) < mostMatters {
		x := pressed[0]
		out = append(out, matter{x.Unit, fmt.Sprintf("%s: tujuh hari ini perlu sekitar %.0f jam kerja untuk laporan baru, tersedia %.0f.", p.ShortUnit(x.Unit), x.Needed, x.Given)})
	}
	slices.SortStableFunc(backlog, func(a, b stat.Backlog) int { return int(b.Late - a.Late) })
	for _, b := range backlog {
		if b.Late == 0 || len(out) == mostMatters {
			break
		}
		out = append(out, matter{b.Unit, fmt.Sprintf("%s: %d dari %d laporan terbuka lewat tenggat.", p.ShortUnit(b.Unit), b.Late, b.Open)})
	}
	return out, nil
}

// answerable is the unit that can say why a series behaves as it does: its own, or that
// which looks after the whole region.
func answerable(p *region.Pack, series string) string {
	kind, code := Split(series)
	switch kind {
	case OfUnit:
		if _, ok := p.Unit(code); ok {
			return code
		}
	case OfService:
		if unit, _, _ := p.Route(code, ""); unit != "" {
			return unit
		}
	}
	return p.Identity.Triage
}

// Title names a series for people.
func (k *Keeper) Title(ctx context.Context, p *region.Pack, name string) (string, error) {
	kind, code := Split(name)
	switch kind {
	case OfUnit:
		if u, ok := p.Unit(code); ok {
			return u.Name, nil
		}
	case OfService:
		if s, ok := p.Service(code); ok {
			return s.Name, nil
		}
	case OfArea:
		if a, ok := p.Area(code); ok {
			return a.Name, nil
		}
	case OfOutside:
		id, place, _ := strings.Cut(code, "/")
		row, err := k.Store.OutsideSeries(ctx, p.Identity.Code, id)
		if err != nil {
			return "", err
		}
		if place != "" {
			return row.Name + ", " + place, nil
		}
		return row.Name, nil
	case OfChannel:
		return "Saluran " + code, nil
	case OfRegion:
		return p.Identity.Name, nil
	}
	return code, nil
}
