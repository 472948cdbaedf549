package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
)

// Kinds and states of a data request.
const (
	DataCopy    = "copy"    // a copy of his data, UU 27/2022 articles 7 and 32
	DataCorrect = "correct" // a correction that he cannot make himself, articles 6 and 30
	DataErase   = "erase"   // an end of processing and erasure, articles 8 and 42 to 44

	DataOpen    = "open"
	DataDone    = "done"
	DataRefused = "refused"
)

// DataRequest is what a citizen asks about his personal data.
type DataRequest struct {
	bun.BaseModel `bun:"data_requests"`
	Region        string
	ID            string
	CitizenID     string
	IdentityID    string // where the answer goes
	Kind          string
	WordsCT       []byte `bun:"words_ct"`
	Words         string `bun:"-"`
	State         string
	Reason        string // code of the legal reason of a refusal
	AnswerCT      []byte `bun:"answer_ct"`
	Answer        string `bun:"-"`
	OfficerID     string
	DueAt         time.Time
	ClosedAt      time.Time `bun:",nullzero"`
	CreatedAt     time.Time
}

func (x *DataRequest) where(column string) seal.Where {
	return seal.Where{Region: x.Region, Table: "data_requests", Column: column, ID: x.ID}
}

// AddDataRequest puts a request into the queue.
func (s *Store) AddDataRequest(ctx context.Context, x *DataRequest) (err error) {
	x.ID, x.CreatedAt, x.State = tanggap.NewID(), s.now(), DataOpen
	x.DueAt = x.DueAt.UTC()
	if x.WordsCT, err = s.sealFor(ctx, x.CitizenID, x.Words, x.where("words")); err != nil {
		return err
	}
	_, err = s.w().NewInsert().Model(x).Exec(ctx)
	return err
}

// CloseDataRequest writes how a request ended, if nobody has ended it before.
func (s *Store) CloseDataRequest(ctx context.Context, x *DataRequest) (err error) {
	x.ClosedAt = s.now()
	if x.AnswerCT, err = s.sealFor(ctx, x.CitizenID, x.Answer, x.where("answer")); err != nil {
		return err
	}
	res, err := s.w().NewUpdate().Model(x).Column("state", "reason", "answer_ct", "officer_id", "closed_at").
		Where("region = ? AND id = ? AND closed_at IS NULL", x.Region, x.ID).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return tanggap.Errorf(tanggap.Conflict, "permintaan ini sudah dijawab petugas lain")
}

// DataRequest returns one request.
func (s *Store) DataRequest(ctx context.Context, region, id string) (*DataRequest, error) {
	x := &DataRequest{}
	if err := s.r().NewSelect().Model(x).Where("region = ? AND id = ?", region, id).Scan(ctx); err != nil {
		return nil, one(err, "permintaan")
	}
	return x, s.openDataRequest(ctx, x)
}

func (s *Store) openDataRequest(ctx context.Context, x *DataRequest) (err error) {
	if x.Words, err = s.openFor(ctx, x.CitizenID, x.WordsCT, x.where("words")); err != nil {
		return err
	}
	x.Answer, err = s.openFor(ctx, x.CitizenID, x.AnswerCT, x.where("answer"))
	return err
}

// DataRequests lists the requests that wait, soonest due first, and after them those that
// ended since a time.
func (s *Store) DataRequests(ctx context.Context, region string, since time.Time, limit int64) ([]*DataRequest, error) {
	return s.dataRequests(ctx, s.r().NewSelect().Where("region = ? AND (closed_at IS NULL OR closed_at >= ?)", region, since.UTC()).
		OrderExpr("CASE WHEN closed_at IS NULL THEN 0 ELSE 1 END, due_at, id").Limit(limit))
}

// CitizenDataRequests lists the requests of some citizens, newest first.
func (s *Store) CitizenDataRequests(ctx context.Context, region string, citizens []string, limit int64) ([]*DataRequest, error) {
	if len(citizens) == 0 {
		return nil, nil
	}
	return s.dataRequests(ctx, s.r().NewSelect().Where("region = ? AND citizen_id IN (?)", region, bun.List(citizens)).Order("id DESC").Limit(limit))
}

func (s *Store) dataRequests(ctx context.Context, q *bun.SelectQuery) ([]*DataRequest, error) {
	var out []*DataRequest
	if err := q.Model(&out).Scan(ctx); err != nil {
		return nil, err
	}
	for _, x := range out {
		if err := s.openDataRequest(ctx, x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CountDataRequests counts those that wait.
func (s *Store) CountDataRequests(ctx context.Context, region string) (int, error) {
	n, err := s.r().NewSelect().Model((*DataRequest)(nil)).Where("region = ? AND closed_at IS NULL", region).Count(ctx)
	return int(n), err
}
