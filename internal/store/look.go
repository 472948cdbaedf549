package store

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/uptrace/bun"
)

// purposeLook keeps the marks of photos apart from all other blind indexes.
const purposeLook = "look"

// band is how many bytes of a look make one mark. Two photos that differ in fewer places
// than there are bands share a mark, whatever those places are.
const band = 2

// mostLike is how many photos with a mark in common are compared.
const mostLike = 200

type lookMark struct {
	bun.BaseModel `bun:"looks"`
	Region        string
	Mark          string
	AttachmentID  string
	CaseID        string
}

// marks are the keyed hashes of the bands of a look: equal for equal bands, and nothing
// that can be tried out without the region's key.
func (s *Store) marks(ctx context.Context, region string, look []byte) ([]string, error) {
	out := make([]string, 0, len(look)/band)
	for i := 0; i+band <= len(look); i += band {
		b, err := s.Blind(ctx, region, purposeLook, fmt.Sprintf("%d:%x", i/band, look[i:i+band]))
		if err != nil {
			return nil, err
		}
		out = append(out, hex.EncodeToString(b[:8]))
	}
	return out, nil
}

// KeepLook makes a photo findable by what it looks like. The caller leaves the photos of
// secret cases out.
func (s *Store) KeepLook(ctx context.Context, a *Attachment, look []byte) (err error) {
	if len(look) == 0 {
		return nil
	}
	if a.LookCT, err = s.sealFor(ctx, a.CitizenID, string(look), a.where("look")); err != nil {
		return err
	}
	if _, err = s.w().NewUpdate().Model(a).Column("look_ct").Where("region = ? AND id = ?", a.Region, a.ID).Exec(ctx); err != nil {
		return err
	}
	marks, err := s.marks(ctx, a.Region, look)
	if err != nil {
		return err
	}
	rows := make([]lookMark, len(marks))
	for i, m := range marks {
		rows[i] = lookMark{Region: a.Region, Mark: m, AttachmentID: a.ID, CaseID: a.CaseID}
	}
	_, err = s.w().NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx)
	return err
}

// Lookalike is an earlier photo of the region that may look like another one.
type Lookalike struct {
	*Attachment
	Look []byte
}

// Lookalikes lists earlier photos that share a mark with a look, newest first. One whose
// citizen's key is gone is none.
func (s *Store) Lookalikes(ctx context.Context, region string, look []byte) ([]Lookalike, error) {
	marks, err := s.marks(ctx, region, look)
	if err != nil || len(marks) == 0 {
		return nil, err
	}
	var list []*Attachment
	shared := s.r().NewSelect().Model((*lookMark)(nil)).Column("attachment_id").Where("region = ? AND mark IN (?)", region, bun.List(marks))
	if err := s.r().NewSelect().Model(&list).Where("region = ? AND id IN (?)", region, shared).Order("created_at DESC", "id DESC").Limit(mostLike).Scan(ctx); err != nil {
		return nil, err
	}
	var out []Lookalike
	for _, a := range list {
		plain, err := s.openFor(ctx, a.CitizenID, a.LookCT, a.where("look"))
		if err != nil {
			return nil, err
		}
		if plain != "" {
			out = append(out, Lookalike{a, []byte(plain)})
		}
	}
	return out, nil
}

// ForgetLooks takes the photos of a case out of the comparison; it became secret.
func (s *Store) ForgetLooks(ctx context.Context, region, caseID string) error {
	if _, err := s.w().NewDelete().Model((*lookMark)(nil)).Where("region = ? AND case_id = ?", region, caseID).Exec(ctx); err != nil {
		return err
	}
	_, err := s.w().NewUpdate().Model((*Attachment)(nil)).Set("look_ct = NULL").Where("region = ? AND case_id = ? AND look_ct IS NOT NULL", region, caseID).Exec(ctx)
	return err
}
