package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// CountWaiting counts the items of each channel of a region that nobody has worked on
// yet. It stops at limit in all: more is no news, and costs.
func (s *Store) CountWaiting(ctx context.Context, region string, limit int) (map[string]int, error) {
	return s.countByChannel(ctx, s.r().NewSelect().Model((*Inbound)(nil)).Column("channel").
		Where("region = ? AND state = ?", region, InboundPending).Limit(int64(limit)))
}

// CountOwed counts the notices of each channel of a region that are due and not sent,
// at most limit in all.
func (s *Store) CountOwed(ctx context.Context, region string, limit int) (map[string]int, error) {
	return s.countByChannel(ctx, s.r().NewSelect().Model((*Notification)(nil)).Column("channel").
		Where("region = ? AND state IN (?) AND not_before_at <= ?", region, bun.List([]string{NoticeReady, NoticeLeased, NoticeSending}), s.now()).Limit(int64(limit)))
}

func (s *Store) countByChannel(ctx context.Context, few *bun.SelectQuery) (map[string]int, error) {
	var rows []struct {
		Channel string
		N       int
	}
	err := s.r().NewSelect().TableExpr("(?) AS few", few).ColumnExpr("channel, count(*) AS n").Group("channel").Scan(ctx, &rows)
	out := map[string]int{}
	for _, r := range rows {
		out[r.Channel] = r.N
	}
	return out, err
}

// recentDeliveries is how many deliveries LastDeliveries looks back.
const recentDeliveries = 20_000

// LastDeliveries returns when something last came in on each channel of a region; one
// that has long been silent is not among them.
func (s *Store) LastDeliveries(ctx context.Context, region string) (map[string]time.Time, error) {
	newest := s.r().NewSelect().Model((*Delivery)(nil)).Column("channel", "received_at").
		Where("region = ?", region).Order("received_at DESC").Limit(recentDeliveries)
	var rows []struct {
		Channel string
		At      time.Time
	}
	err := s.r().NewSelect().TableExpr("(?) AS newest", newest).ColumnExpr("channel, max(received_at) AS at").Group("channel").Scan(ctx, &rows)
	out := map[string]time.Time{}
	for _, r := range rows {
		out[r.Channel] = r.At
	}
	return out, err
}

// NoticeFault is one reason for which notices did not, or may not have, arrived.
type NoticeFault struct {
	Channel   string
	Fate      string // NoticeUnknown, or NoticeFailed also for what the provider took and lost
	ErrorCode int    // the provider's, 0 if none
	Error     string
	N         int
	LastAt    time.Time // when the newest of them became owed
}

// NoticeFaults groups the notices of a region that were to be sent after t and failed,
// or whose fate is unknown, by reason: the most frequent first, at most limit groups.
func (s *Store) NoticeFaults(ctx context.Context, region string, after time.Time, limit int) ([]*NoticeFault, error) {
	var out []*NoticeFault
	err := s.r().NewSelect().Model((*Notification)(nil)).
		ColumnExpr("channel, CASE state WHEN ? THEN ? ELSE ? END AS fate, error_code, error, count(*) AS n, max(created_at) AS last_at", NoticeUnknown, NoticeUnknown, NoticeFailed).
		Where("region = ? AND state IN (?) AND not_before_at > ?", region, bun.List([]string{NoticeFailed, NoticeUnknown, NoticeSent}), after.UTC()).
		Where("state <> ? OR delivery = ?", NoticeSent, NoticeFailed).
		Group("channel", "fate", "error_code", "error").OrderExpr("n DESC, last_at DESC").Limit(int64(limit)).Scan(ctx, &out)
	return out, err
}

// TestEvent begins the event of a notice that an administrator sent himself to try a channel.
const TestEvent = "test:"

// recentTests is how many such notices LastTests looks back.
const recentTests = 40

// LastTests returns the newest test of each channel of a region, without its words.
func (s *Store) LastTests(ctx context.Context, region string) (map[string]*Notification, error) {
	var rows []*Notification
	// ";" follows ":", so this is every event with the prefix.
	err := s.r().NewSelect().Model(&rows).Where("region = ? AND event_id >= ? AND event_id < ?", region, TestEvent, TestEvent[:len(TestEvent)-1]+";").
		Order("event_id DESC").Limit(recentTests).Scan(ctx)
	out := map[string]*Notification{}
	for _, n := range rows {
		if out[n.Channel] == nil {
			out[n.Channel] = n
		}
	}
	return out, err
}

// Unheard says which of these cases hold a voice note that nobody has listened to.
func (s *Store) Unheard(ctx context.Context, region string, cases []string) (map[string]bool, error) {
	out := map[string]bool{}
	if len(cases) == 0 {
		return out, nil
	}
	var ids []string
	err := s.r().NewSelect().Model((*Attachment)(nil)).Column("case_id").Distinct().
		Where("region = ? AND case_id IN (?) AND kind = 'audio' AND heard_at IS NULL", region, bun.List(cases)).Scan(ctx, &ids)
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}
