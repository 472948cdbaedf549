package intake

import (
	"tanggap/internal/store"
	"tanggap/internal/triage"
)

// Decisions turns the engine's suggestions into records: each with its confidence,
// reasons and versions, automatic or waiting for an officer.
func Decisions(list triage.Suggestions) []*store.Decision {
	out := make([]*store.Decision, 0, len(list))
	for _, s := range list {
		d := &store.Decision{Kind: string(s.Kind), Value: s.Value, Confidence: s.Confidence, Model: s.Model, State: store.DecisionOpen}
		if s.Automatic && s.Value != "" {
			d.State = store.DecisionAuto
		}
		for _, c := range s.Candidates {
			d.Candidates = append(d.Candidates, store.Candidate{Value: c.Value, P: c.Confidence})
		}
		for _, r := range s.Reasons {
			d.Reasons = append(d.Reasons, store.Reason{Rule: r.Rule, Words: r.Word, Weight: r.Weight, Start: r.Start, End: r.End})
		}
		out = append(out, d)
	}
	return out
}
