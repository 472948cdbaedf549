package access

import (
	"slices"

	"tanggap/internal/region"
	"tanggap/internal/store"
)

// ListFilter puts what the actor may list of a region into a filter: exactly the
// cases for which Can allows CaseList, secret ones included, so that no row outside
// it is ever read. With units it narrows further to those of them that he may list.
func ListFilter(actor Actor, p *region.Pack, units ...string) store.CaseFilter {
	return filterFor(actor, CaseList, p, units)
}

// FigureFilter is the cases whose sums the actor may read, as ListFilter for FiguresRead.
func FigureFilter(actor Actor, p *region.Pack, units ...string) store.CaseFilter {
	return filterFor(actor, FiguresRead, p, units)
}

func filterFor(actor Actor, verb Verb, p *region.Pack, units []string) store.CaseFilter {
	f := store.CaseFilter{Region: p.Identity.Code, Units: []string{}}
	if actor.ID == "" {
		return f // an empty officer would not filter
	}
	all := false
	for _, g := range actor.Grants {
		scope, ok := table[g.Role][verb]
		if !ok || g.Region != f.Region || g.Unit == "" && g.Role.Bound() {
			continue
		}
		all = all || g.Unit == ""
		f.Units = append(f.Units, g.Unit)
		f.Secrets = append(f.Secrets, g.secrets(scope, actor.ID, p.Identity.Triage)...)
	}
	slices.Sort(f.Units)
	f.Units = slices.Compact(f.Units)
	switch {
	case all && len(units) == 0:
		f.Units = nil
	case all:
		f.Units = units
	case len(units) > 0:
		f.Units = slices.DeleteFunc(f.Units, func(u string) bool { return !slices.Contains(units, u) })
	}
	return f
}

// AssignedFilter lists the cases of a region that the actor has taken or was given,
// secret ones included.
func AssignedFilter(actor Actor, p *region.Pack) store.CaseFilter {
	f := ListFilter(actor, p)
	f.Officer = actor.ID
	return f
}

// secrets are the secret cases inside the grant that a reach touches.
func (g Grant) secrets(r reach, officer, triage string) []store.SecretScope {
	switch r {
	case withSecret:
		return []store.SecretScope{{Unit: g.Unit}}
	case ifTriage:
		own := store.SecretScope{Unit: g.Unit, Officer: officer}
		if g.Unit == "" || g.Unit == triage {
			return []store.SecretScope{{Unit: triage}, own}
		}
		return []store.SecretScope{own}
	case ifAssigned:
		return []store.SecretScope{{Unit: g.Unit, Officer: officer}}
	}
	return nil
}
