package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/tanggap"
)

// PackDraft is a region's pack as it is being edited. A region has one at most.
type PackDraft struct {
	bun.BaseModel `bun:"pack_drafts"`
	Region        string
	Base          int64  // version in force when it was begun, or last compared with
	Version       int64  // counts its changes
	Archive       []byte // as of Pack
	ChangedBy     string // officer id
	ChangedAt     time.Time
	EffectiveAt   time.Time `bun:",nullzero"` // when it comes into force by itself; zero while it is worked on
	Note          string    // why, for the version that it becomes
}

// PackDraft returns the draft of a region, nil if there is none.
func (s *Store) PackDraft(ctx context.Context, region string) (*PackDraft, error) {
	d := &PackDraft{}
	q := s.r().NewSelect().Model(d).Where("region = ?", region)
	if s.locks() {
		q = q.For("UPDATE")
	}
	err := q.Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return d, err
}

// PutPackDraft writes a draft whose Version is that which was read, 0 for a new one, and
// moves it on. Somebody else's change in between is a Conflict.
func (s *Store) PutPackDraft(ctx context.Context, d *PackDraft) error {
	d.ChangedAt = s.now()
	old := d.Version
	d.Version++
	if old == 0 {
		_, err := s.w().NewInsert().Model(d).Exec(ctx)
		if unique(err) {
			return errDraftMoved
		}
		return err
	}
	res, err := s.w().NewUpdate().Model(d).ExcludeColumn("region").Where("region = ? AND version = ?", d.Region, old).Exec(ctx)
	if err != nil {
		return err
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return errDraftMoved
	}
	return nil
}

var errDraftMoved = tanggap.Errorf(tanggap.Conflict, "konsep ini baru saja diubah orang lain; muat ulang halaman lalu ulangi")

// DropPackDraft forgets the draft of a region.
func (s *Store) DropPackDraft(ctx context.Context, region string) error {
	_, err := s.w().NewDelete().Model((*PackDraft)(nil)).Where("region = ?", region).Exec(ctx)
	return err
}

// Packs lists the versions of a region's pack, newest first, without their archives.
func (s *Store) Packs(ctx context.Context, region string) ([]*Pack, error) {
	var out []*Pack
	err := s.r().NewSelect().Model(&out).ExcludeColumn("archive").Where("region = ?", region).Order("version DESC").Scan(ctx)
	return out, err
}

// RegionEvents lists the newest events of a region and no case of it whose types are
// these.
func (s *Store) RegionEvents(ctx context.Context, region string, types []string, limit int64) ([]*Event, error) {
	var out []*Event
	err := s.r().NewSelect().Model(&out).Where("region = ? AND case_id = '' AND type IN (?)", region, bun.List(types)).Order("id DESC").Limit(limit).Scan(ctx)
	return out, err
}

// PackUse counts what in the database points at a service or a unit.
type PackUse struct{ Open, All, Officers int }

// UseOfService counts the cases about a service.
func (s *Store) UseOfService(ctx context.Context, region, code string) (u PackUse, err error) {
	err = s.r().NewRaw("SELECT count(*), coalesce(sum(CASE WHEN rank_at IS NOT NULL THEN 1 ELSE 0 END), 0) FROM cases WHERE region = ? AND service = ?", region, code).Scan(ctx, &u.All, &u.Open)
	return u, err
}

// UseOfUnit counts the cases in a unit and the roles that officers have there.
func (s *Store) UseOfUnit(ctx context.Context, region, code string) (u PackUse, err error) {
	err = s.r().NewRaw("SELECT count(*), coalesce(sum(CASE WHEN rank_at IS NOT NULL THEN 1 ELSE 0 END), 0), (SELECT count(*) FROM officer_roles WHERE region = ? AND unit = ?) FROM cases WHERE region = ? AND unit = ?",
		region, code, region, code).Scan(ctx, &u.All, &u.Open, &u.Officers)
	return u, err
}

// CasesWith lists the ids of open cases that are about one of these services, or lie in
// one of these units.
func (s *Store) CasesWith(ctx context.Context, region string, services, units []string, limit int64) ([]string, error) {
	var out []string
	q := s.r().NewSelect().Model((*Case)(nil)).Column("id").Where("region = ? AND rank_at IS NOT NULL", region).
		WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("service IN (?)", bun.List(append([]string{"-"}, services...))).WhereOr("unit IN (?)", bun.List(append([]string{"-"}, units...)))
		})
	return out, q.Order("id").Limit(limit).Scan(ctx, &out)
}

// Answer is when a case came in and when it was answered.
type Answer struct{ OpenedAt, AnsweredAt time.Time }

// Answers lists the newest cases about a service that were answered since a time.
func (s *Store) Answers(ctx context.Context, region, service string, since time.Time, limit int64) ([]Answer, error) {
	var rows []*Case
	err := s.r().NewSelect().Model(&rows).Column("opened_at", "answered_at").
		Where("region = ? AND service = ? AND answered_at >= ?", region, service, since.UTC()).Order("opened_at DESC").Limit(limit).Scan(ctx)
	out := make([]Answer, len(rows))
	for i, c := range rows {
		out[i] = Answer{c.OpenedAt, c.AnsweredAt}
	}
	return out, err
}
