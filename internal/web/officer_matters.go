package web

import (
	"context"
	"math"
	"net/url"
	"slices"

	"tanggap/internal/access"
	"tanggap/internal/outlook"
	"tanggap/internal/stat"
	"tanggap/internal/store"
	"tanggap/internal/web/view"
)

// matters are at most three things that need a decision, each from a rule and with the
// cases behind it.
func (b *board) matters(ctx context.Context) (out []view.Matter, err error) {
	was, err := b.r.CountsByUnit(ctx, b.scope, b.period.Before(), stat.Whole, b.units)
	if err != nil {
		return nil, err
	}
	worst, drop := -1, 0.0
	for i, g := range b.groups {
		old := stat.Figures{Counts: was[g.Key]}
		x, _ := g.Kept().Value()
		y, _ := old.Kept().Value()
		if g.Kept().Compare(old.Kept()) == stat.Fall && y-x > drop {
			worst, drop = i, y-x
		}
	}
	if worst >= 0 {
		g := b.groups[worst]
		old := stat.Figures{Counts: was[g.Key]}
		out = append(out, view.Matter{Unit: g.Key, URL: b.cases(store.CountedLate, "unit", g.Key),
			Text: b.t("dashboard.matter_kept", "unit", b.v.pack.ShortUnit(g.Key), "share", b.share(g.Kept()), "before", b.share(old.Kept()))})
	}
	hot, err := b.hotspot(ctx)
	if err != nil {
		return nil, err
	}
	if hot != nil {
		out = append(out, *hot)
	}
	over, err := b.pressed(ctx)
	if err != nil {
		return nil, err
	}
	if over != nil {
		out = append(out, *over)
	}
	if len(out) == mostMatters {
		return out, nil
	}
	backlog, err := b.waiting(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(backlog, func(x, y stat.Backlog) int { return int(y.Late - x.Late) })
	if len(backlog) > 0 && backlog[0].Late > 0 {
		x := backlog[0]
		out = append(out, view.Matter{Unit: x.Unit, URL: inboxPath + "?tampil=" + viewLate + "&unit=" + url.QueryEscape(x.Unit),
			Text: b.t("dashboard.matter_late", "unit", b.v.pack.ShortUnit(x.Unit), "n", b.num(x.Late), "open", b.num(x.Open))})
	}
	return out, nil
}

// askable offers whoever gives tasks to ask the unit behind a matter, or behind the page.
func (b *board) askable(page *view.Dashboard) {
	code := b.v.pack.Identity.Code
	for i, m := range page.Matters {
		if access.Can(b.v.actor, access.TaskGive, access.Object{Region: code, Unit: m.Unit}) {
			page.Matters[i].Ask = askAddress(m.Unit, m.Text, m.URL)
		}
	}
	if access.CanIn(b.v.actor, access.TaskGive, code) {
		page.Ask = askAddress(b.unit, "", page.Self)
	}
}

// mostMatters is how many things a leader is asked to decide at once.
const mostMatters = 3

// pressed is the unit of the scope that is about to have too few hands.
func (b *board) pressed(ctx context.Context) (*view.Matter, error) {
	list, err := b.s.Outlook.Pressed(ctx, b.v.pack)
	if err != nil {
		return nil, err
	}
	for _, x := range list {
		if slices.Contains(b.units, x.Unit) {
			return &view.Matter{Unit: x.Unit, URL: foresightPath + "?deret=" + url.QueryEscape(outlook.Name(outlook.OfUnit, x.Unit)),
				Text: b.t("dashboard.matter_over", "unit", b.v.pack.ShortUnit(x.Unit), "hours", b.f.Number(x.Needed, 0), "given", b.f.Number(x.Given, 0), "officers", b.f.Number(x.Officers, -1))}, nil
		}
	}
	return nil, nil
}

// hotspot is the service in which cases grew most beyond what chance does.
func (b *board) hotspot(ctx context.Context) (*view.Matter, error) {
	now, err := b.by(ctx, stat.Service)
	if err != nil {
		return nil, err
	}
	was, err := b.servicesBefore(ctx)
	if err != nil {
		return nil, err
	}
	var best *stat.Group
	most := 0.0
	for i, g := range now {
		old := was[g.Key].Opened
		if g.Key == "" || g.Opened < 2*few || b.counts(g.Opened, old) != stat.Rise {
			continue
		}
		if x := float64(g.Opened-old) / math.Sqrt(float64(g.Opened+old)); x > most {
			best, most = &now[i], x
		}
	}
	if best == nil {
		return nil, nil
	}
	unit, _, _ := b.v.pack.Route(best.Key, "")
	return &view.Matter{Unit: unit, URL: b.cases(store.CountedOpened, "layanan", best.Key, "rahasia", "tanpa"),
		Text: b.t("dashboard.matter_hot", "service", serviceName(b.v.pack, best.Key, b.v.lang), "n", b.num(best.Opened), "before", b.num(was[best.Key].Opened))}, nil
}
