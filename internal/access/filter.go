package access

import (
	"slices"

	"tanggap/internal/store"
)

// ListFilter puts what the actor may list of a region into a filter, so that no row
// outside it is ever read. With units it narrows further to those of them that he
// may list. Secret cases are in it only when he may list those of every unit left
// in the filter; what he was given personally is found by AssignedFilter.
func ListFilter(actor Actor, region string, units ...string) store.CaseFilter {
	f := store.CaseFilter{Region: region, Units: listUnits(actor, region, units)}
	if f.Units == nil {
		f.Secret = listsSecret(actor, region, "")
		return f
	}
	f.Secret = len(f.Units) > 0
	for _, u := range f.Units {
		f.Secret = f.Secret && listsSecret(actor, region, u)
	}
	return f
}

// AssignedFilter lists the cases of a region that the actor has taken or was given,
// secret ones included.
func AssignedFilter(actor Actor, region string) store.CaseFilter {
	f := store.CaseFilter{Region: region, Units: listUnits(actor, region, nil), Officer: actor.ID, Secret: true}
	if actor.ID == "" {
		f.Units = []string{} // an empty officer would not filter
	}
	for _, g := range actor.Grants {
		if scope, ok := table[g.Role][CaseList]; ok && g.Region == region && scope == openOnly {
			f.Secret = false
		}
	}
	return f
}

// listUnits returns the units whose cases the actor may list; nil means all.
func listUnits(actor Actor, region string, wanted []string) []string {
	units, all := []string{}, false
	for _, g := range actor.Grants {
		switch {
		case g.Region != region:
		case g.Unit != "" && Can(actor, CaseList, Object{Region: region, Unit: g.Unit}):
			units = append(units, g.Unit)
		case g.Unit == "" && g.allows(actor.ID, CaseList, Object{Region: region}):
			all = true
		}
	}
	slices.Sort(units)
	units = slices.Compact(units)
	switch {
	case all && len(wanted) == 0:
		return nil
	case all:
		return wanted
	case len(wanted) == 0:
		return units
	}
	return slices.DeleteFunc(units, func(u string) bool { return !slices.Contains(wanted, u) })
}

func listsSecret(actor Actor, region, unit string) bool {
	return Can(actor, CaseList, Object{Region: region, Unit: unit, Secret: true, OfficerID: "-"})
}
