package intake

import (
	"context"

	"tanggap/internal/casework"
	"tanggap/internal/similar"
	"tanggap/internal/store"
	"tanggap/internal/triage"
)

const (
	sameModel  = "similar-1" // names the rule on decisions
	sameOffers = 3
)

// same looks for open cases that report the same matter, before a case is opened. It is
// a suggestion: an officer joins them, or says that they differ. What must stay secret is
// not compared.
func (t *talk) same(ctx context.Context, masked string) ([]*store.Decision, error) {
	if _, secret := t.suggestions.Get(triage.Sensitive); secret || t.Similar == nil || masked == "" {
		return nil, nil
	}
	service, _ := t.suggestions.Get(triage.Service)
	area, _ := t.suggestions.Get(triage.Area)
	found, err := t.Similar.Find(ctx, t.tx, t.p, similar.Query{Text: casework.Summarise(masked), Service: service.Value, Area: area.Value,
		At: t.row.ReceivedAt, Window: similar.Window, Limit: sameOffers, Least: similar.SameFrom, Keep: func(c *store.Case) bool { return c.State.Open() }})
	if err != nil || len(found) == 0 || found[0].P < similar.SameFrom {
		return nil, err
	}
	d := &store.Decision{Kind: casework.KindSame, Value: found[0].Case.ID, Confidence: found[0].P, Model: sameModel, State: store.DecisionOpen}
	for _, f := range found {
		if f.P >= similar.SameFrom {
			d.Candidates = append(d.Candidates, store.Candidate{Value: f.Case.ID, P: f.P})
		}
	}
	for _, b := range found[0].Why {
		d.Reasons = append(d.Reasons, store.Reason{Rule: "same", Words: b.What, Weight: b.Weight})
	}
	return []*store.Decision{d}, nil
}
