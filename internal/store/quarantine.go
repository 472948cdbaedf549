package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
)

// QuarantineFilter selects quarantined inbounds. Zero fields do not filter.
type QuarantineFilter struct {
	Region  string
	Channel string
	Code    string // the part of Reason before ":"
	Handled bool   // those that an officer discarded, instead of those that wait
	Before  int64  // only numbers below this one: the last of the page before
	Limit   int64  // rows; 0 = 50
}

// QuarantinePage lists quarantined inbounds, newest first, without their raw bytes.
func (s *Store) QuarantinePage(ctx context.Context, f QuarantineFilter) ([]*Inbound, error) {
	if f.Limit == 0 {
		f.Limit = 50
	}
	var out []*Inbound
	q := s.quarantine(s.r().NewSelect().Model(&out).ExcludeColumn("raw_ct"), f.Region, f.Handled)
	if f.Channel != "" {
		q = q.Where("channel = ?", f.Channel)
	}
	if f.Code != "" {
		q = q.Where("reason LIKE ? ESCAPE '!'", likeEscaper.Replace(f.Code)+":%")
	}
	if f.Before != 0 {
		q = q.Where("seq < ?", f.Before)
	}
	return out, q.Order("seq DESC").Limit(f.Limit).Scan(ctx)
}

var likeEscaper = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

func (s *Store) quarantine(q *bun.SelectQuery, region string, handled bool) *bun.SelectQuery {
	q = q.Where("region = ? AND state = ?", region, InboundQuarantined)
	if handled {
		return q.Where("handled_at IS NOT NULL")
	}
	return q.Where("handled_at IS NULL")
}

// QuarantineCount says how many items of a channel wait for a reason.
type QuarantineCount struct {
	Channel string
	Code    string // the part of the reason before ":"
	N       int64
}

// CountQuarantine counts the items that wait for an officer, by channel and reason;
// at most limit of them are looked at, newest first.
func (s *Store) CountQuarantine(ctx context.Context, region string, limit int64) ([]QuarantineCount, error) {
	var rows []Inbound
	q := s.quarantine(s.r().NewSelect().Model(&rows).Column("channel", "reason"), region, false)
	if err := q.Order("seq DESC").Limit(limit).Scan(ctx); err != nil {
		return nil, err
	}
	var out []QuarantineCount
	at := map[[2]string]int{}
	for _, r := range rows {
		code, _ := SplitReason(r.Reason)
		key := [2]string{r.Channel, code}
		i, ok := at[key]
		if !ok {
			i, at[key] = len(out), len(out)
			out = append(out, QuarantineCount{Channel: r.Channel, Code: code})
		}
		out[i].N++
	}
	return out, nil
}

// SplitReason cuts the reason of an inbound into its code and the words for an
// officer; a reason without a code is words only.
func SplitReason(reason string) (code, words string) {
	if code, words, ok := strings.Cut(reason, ": "); ok && !strings.Contains(code, " ") {
		return code, words
	}
	return "", reason
}

// Requeue makes a quarantined inbound pending again, as if it had just arrived. It
// reports false if it is not in quarantine.
func (s *Store) Requeue(ctx context.Context, region string, seq int64) (bool, error) {
	res, err := s.w().NewUpdate().Model((*Inbound)(nil)).Set("state = ?", InboundPending).Set("reason = ''").Set("attempts = 0").
		Set("finished_at = NULL").Set("handled_by = NULL").Set("handled_at = NULL").
		Where("region = ? AND seq = ? AND state = ?", region, seq, InboundQuarantined).Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// HandleInbound records which officer looked after a quarantined inbound. Its row
// and raw bytes stay.
func (s *Store) HandleInbound(ctx context.Context, in *Inbound, officer string) error {
	in.HandledBy, in.HandledAt = officer, s.now()
	_, err := s.w().NewUpdate().Model(in).Column("handled_by", "handled_at").Where("region = ? AND seq = ?", in.Region, in.Seq).Exec(ctx)
	return err
}

// FailInbound counts a try that ended with an error, in good order; the tries that
// are missing from the count ended with the process.
func (s *Store) FailInbound(ctx context.Context, region string, seq int64) error {
	_, err := s.w().NewUpdate().Model((*Inbound)(nil)).Set("attempts = attempts + 1").
		Where("region = ? AND seq = ? AND state = ?", region, seq, InboundPending).Exec(ctx)
	return err
}
