package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
)

// CaseOfficer is what one officer has to do with one case beside working on it.
type CaseOfficer struct {
	bun.BaseModel `bun:"case_officers"`
	Region        string
	CaseID        string
	OfficerID     string
	SeenAt        time.Time `bun:",nullzero"` // when his browser last had the case open
	Follows       bool
	NamedAt       time.Time `bun:",nullzero"` // when a colleague named him; zero once he has looked
	DraftTab      string
	DraftCT       []byte    `bun:"draft_ct"`
	Draft         string    `bun:"-"` // words begun and not sent
	DraftedAt     time.Time `bun:",nullzero"`
}

func (o *CaseOfficer) where() seal.Where {
	return seal.Where{Region: o.Region, Table: "case_officers", Column: "draft", ID: o.CaseID + "/" + o.OfficerID}
}

// setCaseOfficer writes some columns of a row, which need not exist yet.
func (s *Store) setCaseOfficer(ctx context.Context, o *CaseOfficer, columns ...string) error {
	q := s.w().NewInsert().Model(o).On("CONFLICT (region, case_id, officer_id) DO UPDATE")
	for _, c := range columns {
		q = q.Set("? = excluded.?", bun.Ident(c), bun.Ident(c))
	}
	_, err := q.Exec(ctx)
	return err
}

// SawCase notes that an officer has a case open now, and with it that he knows who
// named him there.
func (s *Store) SawCase(ctx context.Context, region, caseID, officer string) error {
	return s.setCaseOfficer(ctx, &CaseOfficer{Region: region, CaseID: caseID, OfficerID: officer, SeenAt: s.now()}, "seen_at", "named_at")
}

// FollowCase begins or ends that an officer follows a case.
func (s *Store) FollowCase(ctx context.Context, region, caseID, officer string, follows bool) error {
	return s.setCaseOfficer(ctx, &CaseOfficer{Region: region, CaseID: caseID, OfficerID: officer, Follows: follows}, "follows")
}

// NameOfficer notes that a colleague named an officer in a case.
func (s *Store) NameOfficer(ctx context.Context, region, caseID, officer string) error {
	return s.setCaseOfficer(ctx, &CaseOfficer{Region: region, CaseID: caseID, OfficerID: officer, NamedAt: s.now()}, "named_at")
}

// KeepDraft keeps what an officer has begun to write about a case, sealed like its
// messages; empty words forget it.
func (s *Store) KeepDraft(ctx context.Context, c *Case, officer, tab, words string) (err error) {
	o := &CaseOfficer{Region: c.Region, CaseID: c.ID, OfficerID: officer, DraftTab: tab}
	if words != "" {
		o.DraftedAt = s.now()
		if o.DraftCT, err = s.sealFor(ctx, c.CitizenID, words, o.where()); err != nil {
			return err
		}
	}
	return s.setCaseOfficer(ctx, o, "draft_tab", "draft_ct", "drafted_at")
}

// CaseOfficer returns what an officer has to do with a case, his draft opened. There
// is always an answer.
func (s *Store) CaseOfficer(ctx context.Context, c *Case, officer string) (*CaseOfficer, error) {
	o := &CaseOfficer{Region: c.Region, CaseID: c.ID, OfficerID: officer}
	err := s.r().NewSelect().Model(o).Where("region = ? AND case_id = ? AND officer_id = ?", c.Region, c.ID, officer).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return o, nil
	}
	if err == nil {
		o.Draft, err = s.openFor(ctx, c.CitizenID, o.DraftCT, o.where())
	}
	return o, err
}

// CaseOfficersSince lists who had a case open or wrote about it since a time, without
// their words.
func (s *Store) CaseOfficersSince(ctx context.Context, region, caseID string, since time.Time) ([]*CaseOfficer, error) {
	var out []*CaseOfficer
	err := s.r().NewSelect().Model(&out).ExcludeColumn("draft_ct").
		Where("region = ? AND case_id = ? AND (seen_at >= ? OR drafted_at >= ?)", region, caseID, since.UTC(), since.UTC()).
		Order("seen_at DESC", "officer_id").Scan(ctx)
	return out, err
}
