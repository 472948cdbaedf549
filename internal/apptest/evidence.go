package apptest

import (
	"context"

	"tanggap/internal/store"
)

// Prove adds to a case why there is no photo of the work, where a test is about something
// else: without it no result can be told of a service that asks for one.
func Prove(ctx context.Context, tx *store.Store, c *store.Case) error {
	return tx.AddEvidence(ctx, &store.Evidence{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, Moment: store.EvidenceNone, Reopens: c.Reopens, Reason: "Sudah gelap."})
}
