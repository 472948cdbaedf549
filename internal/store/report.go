package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/tanggap"
)

// Report is a monthly report (Name 2026-10) or a planning book (Name 2027-74.72.01) with
// its figures and words as JSON of package report.
type Report struct {
	bun.BaseModel `bun:"reports"`
	Region        string
	Name          string
	State         string
	Progress      int64  // percent, while it is made
	Error         string // why it failed, in words
	Version       int64
	Figures       string
	Words         string
	Cases         []byte // the list of cases, packed; empty for a book
	Hash          string // over figures and words, printed on the document
	AskedBy       string // an officer's id, or "system"
	Author        string // who wrote the words last, an officer's id or "system"
	ChangedAt     time.Time
	ApprovedBy    string
	Alone         bool      // approved by its author, because nobody else could
	ApprovedAt    time.Time `bun:",nullzero"`
	PublishedBy   string
	PublishedAt   time.Time `bun:",nullzero"`
	CreatedAt     time.Time
}

// States of a report.
const (
	ReportQueued    = "queued" // a job will make it
	ReportMaking    = "making"
	ReportFailed    = "failed"
	ReportDraft     = "draft"
	ReportApproved  = "approved"
	ReportPublished = "published"
)

// Busy reports whether a job is at work on the report.
func (r *Report) Busy() bool { return r.State == ReportQueued || r.State == ReportMaking }

// AddReport inserts a report that is not there yet, and reports whether it did.
func (s *Store) AddReport(ctx context.Context, r *Report) (bool, error) {
	r.CreatedAt, r.ChangedAt = s.now(), s.now()
	res, err := s.w().NewInsert().Model(r).On("CONFLICT (region, name) DO NOTHING").Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// SetReport writes a report that still has the version and state in which it was read;
// else it fails with Conflict.
func (s *Store) SetReport(ctx context.Context, r *Report, version int64, state string) error {
	r.ChangedAt = s.now()
	res, err := s.w().NewUpdate().Model(r).ExcludeColumn("region", "name", "created_at").
		Where("region = ? AND name = ? AND version = ? AND state = ?", r.Region, r.Name, version, state).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, tanggap.Errorf(tanggap.Conflict, "laporan ini sudah diubah orang lain; muat ulang halaman"))
	}
	return nil
}

// SetReportProgress notes how far the job is.
func (s *Store) SetReportProgress(ctx context.Context, region, name string, percent int64) error {
	_, err := s.w().NewUpdate().Model((*Report)(nil)).Set("progress = ?", percent).Where("region = ? AND name = ? AND state = ?", region, name, ReportMaking).Exec(ctx)
	return err
}

// Report returns one report, ReportByHash the one of which some version has a hash, with
// the number of that version.
func (s *Store) Report(ctx context.Context, region, name string) (*Report, error) {
	r := &Report{}
	q := s.r().NewSelect().Model(r).Where("region = ? AND name = ?", region, name)
	if s.locks() {
		q = q.For("UPDATE")
	}
	return r, one(q.Scan(ctx), "laporan")
}

func (s *Store) ReportByHash(ctx context.Context, region, hash string) (*Report, *ReportVersion, error) {
	v := &ReportVersion{}
	if err := s.r().NewSelect().Model(v).Where("region = ? AND hash = ?", region, hash).Scan(ctx); err != nil {
		return nil, nil, one(err, "dokumen")
	}
	r, err := s.Report(ctx, region, v.Name)
	return r, v, err
}

// Reports lists the reports of a region without their contents, newest names first.
func (s *Store) Reports(ctx context.Context, region string) ([]*Report, error) {
	var out []*Report
	err := s.r().NewSelect().Model(&out).ExcludeColumn("figures", "words", "cases").Where("region = ?", region).Order("name DESC").Scan(ctx)
	return out, err
}

// HasReport reports whether there is one of a name, whatever its state.
func (s *Store) HasReport(ctx context.Context, region, name string) (bool, error) {
	return s.r().NewSelect().Model((*Report)(nil)).Where("region = ? AND name = ?", region, name).Exists(ctx)
}

// ReportVersion is one version that a report had.
type ReportVersion struct {
	bun.BaseModel `bun:"report_versions"`
	Region        string
	Name          string
	Version       int64
	Hash          string
	Words         string
	Note          string // why it was opened again, "" otherwise
	ChangedBy     string
	ChangedAt     time.Time
}

// AddReportVersion keeps a version.
func (s *Store) AddReportVersion(ctx context.Context, v *ReportVersion) error {
	v.ChangedAt = s.now()
	_, err := s.w().NewInsert().Model(v).Exec(ctx)
	return err
}

// ReportVersions lists the versions of a report, newest first.
func (s *Store) ReportVersions(ctx context.Context, region, name string) ([]*ReportVersion, error) {
	var out []*ReportVersion
	err := s.r().NewSelect().Model(&out).Where("region = ? AND name = ?", region, name).Order("version DESC").Scan(ctx)
	return out, err
}

// ReportFile is a file as it was given out.
type ReportFile struct {
	bun.BaseModel `bun:"report_files"`
	Region        string
	Name          string
	Version       int64
	Format        string // pdf, xlsx, html
	Hash          string // SHA-256 of the body
	Body          []byte
	CreatedAt     time.Time
}

// PutReportFile keeps a file of an approved version.
func (s *Store) PutReportFile(ctx context.Context, f *ReportFile) error {
	f.CreatedAt = s.now()
	_, err := s.w().NewInsert().Model(f).On("CONFLICT (region, name, version, format) DO UPDATE").
		Set("hash = excluded.hash").Set("body = excluded.body").Set("created_at = excluded.created_at").Exec(ctx)
	return err
}

// ReportFile returns a kept file, nil if that version has none.
func (s *Store) ReportFile(ctx context.Context, region, name string, version int64, format string) (*ReportFile, error) {
	f := &ReportFile{}
	err := s.r().NewSelect().Model(f).Where("region = ? AND name = ? AND version = ? AND format = ?", region, name, version, format).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return f, err
}

// ReportFiles lists the kept files of a version without their bodies.
func (s *Store) ReportFiles(ctx context.Context, region, name string, version int64) ([]*ReportFile, error) {
	var out []*ReportFile
	err := s.r().NewSelect().Model(&out).ExcludeColumn("body").Where("region = ? AND name = ? AND version = ?", region, name, version).Order("format").Scan(ctx)
	return out, err
}

// ReportReaders lists the officers who are mailed when a report is published.
func (s *Store) ReportReaders(ctx context.Context, region string) ([]string, error) {
	var out []string
	err := s.r().NewRaw("SELECT officer_id FROM report_readers WHERE region = ? ORDER BY officer_id", region).Scan(ctx, &out)
	return out, err
}

// SetReportReaders replaces them.
func (s *Store) SetReportReaders(ctx context.Context, region string, officers []string) error {
	if _, err := s.w().NewRaw("DELETE FROM report_readers WHERE region = ?", region).Exec(ctx); err != nil {
		return err
	}
	for _, id := range officers {
		if _, err := s.w().NewRaw("INSERT INTO report_readers (region, officer_id) VALUES (?, ?)", region, id).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// ReportCase is a case as the list of a report tells it: nothing about its citizen.
type ReportCase struct {
	Number   string
	OpenedAt time.Time
	Service  string
	Unit     string
	Area     string
	Channel  string
	Urgency  int64
	State    tanggap.State
	DueAt    time.Time `bun:",nullzero"`
}

// ReportCases lists the cases opened between two moments that are not secret, in the
// order of their numbers, at most limit.
func (s *Store) ReportCases(ctx context.Context, region string, from, to time.Time, limit int64) ([]ReportCase, error) {
	var out []ReportCase
	err := s.r().NewSelect().TableExpr("cases").Column("number", "opened_at", "service", "unit", "area", "channel", "urgency", "state", "due_at").
		Where("region = ? AND opened_at >= ? AND opened_at < ? AND NOT secret", region, from.UTC(), to.UTC()).Order("opened_at", "id").Limit(limit).Scan(ctx, &out)
	return out, err
}

// ServicesOfAreas counts the cases about some areas that were opened between two moments
// and are not secret, by service.
func (s *Store) ServicesOfAreas(ctx context.Context, region string, areas []string, from, to time.Time) (map[string]int, error) {
	var rows []struct {
		Service string
		N       int
	}
	err := s.r().NewSelect().TableExpr("cases").ColumnExpr("service, count(*) AS n").
		Where("region = ? AND area IN (?) AND opened_at >= ? AND opened_at < ? AND NOT secret", region, bun.List(areas), from.UTC(), to.UTC()).
		GroupExpr("service").Scan(ctx, &rows)
	out := map[string]int{}
	for _, r := range rows {
		out[r.Service] = r.N
	}
	return out, err
}

// SummariesOfAreas lists the masked summaries of such cases about some services, newest
// first.
func (s *Store) SummariesOfAreas(ctx context.Context, region string, areas, services []string, from, to time.Time, limit int64) ([]string, error) {
	if len(services) == 0 {
		return nil, nil
	}
	var out []string
	err := s.r().NewSelect().TableExpr("cases").Column("summary").
		Where("region = ? AND area IN (?) AND service IN (?) AND opened_at >= ? AND opened_at < ? AND NOT secret AND summary <> ''", region, bun.List(areas), bun.List(services), from.UTC(), to.UTC()).
		Order("opened_at DESC", "id DESC").Limit(limit).Scan(ctx, &out)
	return out, err
}
