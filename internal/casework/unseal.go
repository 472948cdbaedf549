package casework

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

// Events of a case that somebody opened though it is closed to him.
const (
	Unsealed = "case.unsealed"
	Sealed   = "case.sealed" // ended before its time
	Reviewed = "case.opening_reviewed"
)

const (
	unsealedFor = time.Hour
	leastReason = 20 // characters
	mostReason  = 500
)

// UnsealReason says what is wrong with a reason, nil if nothing is.
func UnsealReason(reason string) error {
	switch n := utf8.RuneCountInString(plain(reason)); {
	case n < leastReason:
		return &tanggap.Error{Code: tanggap.Invalid, Field: "alasan", Message: "Tulis alasannya, paling sedikit 20 huruf: apa yang terjadi dan mengapa tidak bisa menunggu."}
	case n > mostReason:
		return &tanggap.Error{Code: tanggap.Invalid, Field: "alasan", Message: "Alasan terlalu panjang: paling banyak 500 huruf."}
	}
	return nil
}

func plain(words string) string { return strings.Join(strings.Fields(words), " ") }

// Unseal opens a closed case to an officer for an hour, and tells those who watch over
// it. The reason is kept for them.
func (d *Desk) Unseal(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer *store.Officer, reason string, tell []string) error {
	if err := UnsealReason(reason); err != nil {
		return err
	}
	o := &store.Opening{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, OfficerID: officer.ID, Reason: text.Clean(plain(reason), 4*mostReason),
		ExpiresAt: tx.Clock().Now().Add(unsealedFor)}
	if err := tx.AddOpening(ctx, o); err != nil {
		return err
	}
	event, err := tx.AddEvent(ctx, c, Officer(officer.ID), Unsealed, map[string]any{"opening": o.ID, "until": o.ExpiresAt.Format(time.RFC3339)})
	if err != nil {
		return err
	}
	return d.Outbox.Unsealed(ctx, tx, p, c, event, officer.Name, o.ExpiresAt, tell)
}

// Seal ends an opening before its time.
func (d *Desk) Seal(ctx context.Context, tx *store.Store, c *store.Case, o *store.Opening, officer string) error {
	if !o.Open(tx.Clock().Now()) {
		return tanggap.Errorf(tanggap.Conflict, "laporan ini sudah tertutup lagi")
	}
	o.EndedAt, o.EndedBy = tx.Clock().Now().UTC(), officer
	if err := tx.SetOpening(ctx, o); err != nil {
		return err
	}
	_, err := tx.AddEvent(ctx, c, Officer(officer), Sealed, map[string]any{"opening": o.ID})
	return err
}

// ReviewOpening keeps what somebody who watches over openings thinks of one.
func (d *Desk) ReviewOpening(ctx context.Context, tx *store.Store, c *store.Case, o *store.Opening, officer, remark string) error {
	if remark = plain(remark); remark == "" {
		return tanggap.Errorf(tanggap.Invalid, "tulis hasil tinjauan, misalnya wajar atau perlu ditanyakan")
	}
	o.Remark, o.ReviewedBy, o.ReviewedAt = remark, officer, tx.Clock().Now().UTC()
	if err := tx.SetOpening(ctx, o); err != nil {
		return err
	}
	_, err := tx.AddEvent(ctx, c, Officer(officer), Reviewed, map[string]any{"opening": o.ID})
	return err
}
