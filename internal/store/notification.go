package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
)

// Notification is one outbound message owed to someone: a row of the outbox.
//
//	ready -> leased -> sending -> sent | failed | unknown
//
// "sending" is written before the provider is called, so that a crash in between
// is seen as unknown and never repeated blindly.
type Notification struct {
	bun.BaseModel `bun:"notifications"`
	Region        string
	ID            string
	EventID       string // what it tells about
	CaseID        string
	CitizenID     string // whose key seals it; the case's citizen also for officers' notices
	Recipient     string // "citizen:ID" or "officer:ID"
	IdentityID    string // where to, for citizens
	Channel       string
	Template      string // text key of the region pack
	Pack          int64
	Urgent        bool   // may break quiet hours
	BodyCT        []byte `bun:"body_ct"`
	Body          string `bun:"-"` // JSON of notify.Content
	State         string
	AttemptID     string
	Attempts      int64
	NotBeforeAt   time.Time
	LeasedBy      string
	LeasedAt      time.Time `bun:",nullzero"`
	ProviderBidx  []byte
	Delivery      string // channel.DeliveryState the provider reported
	ErrorCode     int
	Error         string
	CreatedAt     time.Time
	SentAt        time.Time `bun:",nullzero"`
	Automatic     bool      `bun:",nullzero"` // answers by itself what somebody has just sent
	RepeatedAt    time.Time `bun:",nullzero"` // when RepeatUnknown made it ready once more
	Charge        string    `bun:",nullzero"` // as what it is counted in the month's budget, "" if not at all
}

// States of a notification.
const (
	NoticeReady   = "ready"
	NoticeLeased  = "leased"
	NoticeSending = "sending"
	NoticeSent    = "sent"
	NoticeFailed  = "failed"
	NoticeUnknown = "unknown"
)

func (n *Notification) where() seal.Where {
	return seal.Where{Region: n.Region, Table: "notifications", Column: "body", ID: n.ID}
}

// sealNotice seals the words with the key of the citizen they are about; with that of the
// region if they are about none.
func (s *Store) sealNotice(ctx context.Context, n *Notification) (err error) {
	if n.CitizenID == "" && n.Body != "" {
		n.BodyCT, err = s.SealRegion(ctx, []byte(n.Body), n.where())
		return err
	}
	n.BodyCT, err = s.sealFor(ctx, n.CitizenID, n.Body, n.where())
	return err
}

func (s *Store) openNotice(ctx context.Context, n *Notification) (err error) {
	if n.CitizenID == "" && n.BodyCT != nil {
		plain, err := s.OpenRegion(ctx, n.BodyCT, n.where())
		n.Body = string(plain)
		return err
	}
	n.Body, err = s.openFor(ctx, n.CitizenID, n.BodyCT, n.where())
	return err
}

// AddNotification puts a notice into the outbox. The same event, recipient,
// channel and template is owed once: adding it again does nothing.
func (s *Store) AddNotification(ctx context.Context, n *Notification) (err error) {
	n.ID, n.CreatedAt, n.State = tanggap.NewID(), s.now(), NoticeReady
	if n.NotBeforeAt.IsZero() {
		n.NotBeforeAt = n.CreatedAt
	}
	if err = s.sealNotice(ctx, n); err != nil {
		return err
	}
	_, err = s.w().NewInsert().Model(n).On("CONFLICT (region, event_id, recipient, channel, template) DO NOTHING").Exec(ctx)
	return err
}

// LeaseNotifications takes up to limit due notices for holder. Rows leased by a
// dead holder come back through ReturnStale.
func (s *Store) LeaseNotifications(ctx context.Context, region, holder string, limit int64) ([]*Notification, error) {
	now := s.now()
	var out []*Notification
	err := s.InTx(ctx, func(tx *Store) error {
		q := tx.r().NewSelect().Model((*Notification)(nil)).Column("id").
			Where("region = ? AND state = ? AND not_before_at <= ?", region, NoticeReady, now).
			Order("urgent DESC", "not_before_at", "id").Limit(limit)
		if tx.Postgres() {
			q = q.For("UPDATE SKIP LOCKED")
		}
		var ids []string
		if err := q.Scan(ctx, &ids); err != nil || len(ids) == 0 {
			return err
		}
		if _, err := tx.w().NewUpdate().Model((*Notification)(nil)).
			Set("state = ?", NoticeLeased).Set("leased_by = ?", holder).Set("leased_at = ?", now).
			Where("region = ? AND id IN (?)", region, bun.List(ids)).Exec(ctx); err != nil {
			return err
		}
		out = nil
		return tx.r().NewSelect().Model(&out).Where("region = ? AND id IN (?)", region, bun.List(ids)).
			Order("urgent DESC", "not_before_at", "id").Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	for _, n := range out {
		if err := s.openNotice(ctx, n); err != nil {
			// One damaged row must not hold up the others; an empty body is dropped, visibly.
			s.log.Error("notice cannot be opened", "region", region, "notice", n.ID, "error", err)
			n.Body = ""
		}
	}
	return out, nil
}

// DueNotification reports whether any notice is ready to be leased now.
func (s *Store) DueNotification(ctx context.Context, region string) (bool, error) {
	return s.r().NewSelect().Model((*Notification)(nil)).
		Where("region = ? AND state = ? AND not_before_at <= ?", region, NoticeReady, s.now()).Exists(ctx)
}

// SetNotification moves a notice on, but only from the state in which the caller
// holds it; it reports false when somebody else took it meanwhile.
func (s *Store) SetNotification(ctx context.Context, n *Notification, from string) (bool, error) {
	res, err := s.w().NewUpdate().Model(n).
		Column("state", "attempt_id", "attempts", "not_before_at", "leased_by", "leased_at", "provider_bidx",
			"delivery", "error_code", "error", "sent_at", "identity_id", "channel", "charge").
		Where("region = ? AND id = ? AND state = ? AND leased_by = ?", n.Region, n.ID, from, n.LeasedBy).Exec(ctx)
	if err != nil {
		return false, err
	}
	rows, err := res.RowsAffected()
	return rows == 1, err
}

// ReturnStale gives notices back that were leased before t by a holder who never
// called the provider, and marks those caught in mid-call as unknown.
func (s *Store) ReturnStale(ctx context.Context, region string, before time.Time) error {
	if _, err := s.w().NewUpdate().Model((*Notification)(nil)).Set("state = ?", NoticeReady).Set("leased_by = ''").
		Where("region = ? AND state = ? AND leased_at < ?", region, NoticeLeased, before).Exec(ctx); err != nil {
		return err
	}
	_, err := s.w().NewUpdate().Model((*Notification)(nil)).Set("state = ?", NoticeUnknown).
		Where("region = ? AND state = ? AND leased_at < ?", region, NoticeSending, before).Exec(ctx)
	return err
}

// RepeatUnknown makes notices of a channel ready once more whose fate has been
// unknown since a call between from and until. It is for channels whose recipients
// see two copies as one; no notice is repeated twice.
func (s *Store) RepeatUnknown(ctx context.Context, region, channel string, from, until time.Time) error {
	now := s.now()
	_, err := s.w().NewUpdate().Model((*Notification)(nil)).
		Set("state = ?", NoticeReady).Set("leased_by = ''").Set("repeated_at = ?", now).Set("not_before_at = ?", now).
		Where("region = ? AND state = ? AND channel = ? AND repeated_at IS NULL", region, NoticeUnknown, channel).
		Where("leased_at >= ? AND leased_at <= ?", from.UTC(), until.UTC()).Exec(ctx)
	return err
}

// ReadyBeside lists notices with one of the templates that wait for the same person
// on the same way as n: those nobody took, and those in the hands of n's holder.
func (s *Store) ReadyBeside(ctx context.Context, n *Notification, templates []string) ([]*Notification, error) {
	var out []*Notification
	err := s.r().NewSelect().Model(&out).
		Where("region = ? AND recipient = ? AND identity_id = ? AND channel = ? AND id <> ?", n.Region, n.Recipient, n.IdentityID, n.Channel, n.ID).
		Where("template IN (?) AND (state = ? OR state = ? AND leased_by = ?)", bun.List(templates), NoticeReady, NoticeLeased, n.LeasedBy).
		Order("id").Scan(ctx)
	return out, err
}

// SetNoticeBody writes other words into a notice.
func (s *Store) SetNoticeBody(ctx context.Context, n *Notification) (err error) {
	if err = s.sealNotice(ctx, n); err != nil {
		return err
	}
	_, err = s.w().NewUpdate().Model(n).Column("body_ct").Where("region = ? AND id = ?", n.Region, n.ID).Exec(ctx)
	return err
}

// chargePrefix begins the counters of a channel's month; what follows is a category.
func chargePrefix(channel, month string) string { return "sent:" + channel + ":" + month + ":" }

// Charge counts one message of a month ("2026-11") under another category than
// before; an empty category is none.
func (s *Store) Charge(ctx context.Context, region, channel, month, before, after string) error {
	for _, x := range []struct {
		what string
		n    int64
	}{{before, -1}, {after, 1}} {
		if x.what == "" {
			continue
		}
		if _, err := s.Take(ctx, region, chargePrefix(channel, month)+x.what, x.n); err != nil {
			return err
		}
	}
	return nil
}

// Charges returns how many messages of a month were counted, by category.
func (s *Store) Charges(ctx context.Context, region, channel, month string) (map[string]int64, error) {
	var rows []struct {
		Name  string
		Value int64
	}
	prefix := chargePrefix(channel, month)
	// ";" follows ":", so this is every name with the prefix.
	err := s.r().NewRaw("SELECT name, value FROM counters WHERE region = ? AND name >= ? AND name < ?",
		region, prefix, prefix[:len(prefix)-1]+";").Scan(ctx, &rows)
	out := map[string]int64{}
	for _, r := range rows {
		out[r.Name[len(prefix):]] = r.Value
	}
	return out, err
}

// AutomaticFilter selects automatic answers; empty fields select all.
type AutomaticFilter struct {
	Region    string
	Recipient string
	Identity  string
	Case      string
	Before    string    // id of the notice that asks: older ones count
	From      time.Time // when they became owed
	To        time.Time // exclusive
}

// CountAutomatic counts automatic answers that went out or still may.
func (s *Store) CountAutomatic(ctx context.Context, f AutomaticFilter) (int64, error) {
	q := s.r().NewSelect().Model((*Notification)(nil)).
		Where("region = ? AND automatic IS NOT NULL AND created_at > ? AND state IN (?)", f.Region, f.From.UTC(),
			bun.List([]string{NoticeReady, NoticeLeased, NoticeSending, NoticeSent, NoticeUnknown}))
	if !f.To.IsZero() {
		q = q.Where("created_at <= ?", f.To.UTC())
	}
	for _, w := range []struct{ where, value string }{
		{"recipient = ?", f.Recipient}, {"identity_id = ?", f.Identity}, {"case_id = ?", f.Case}, {"id < ?", f.Before},
	} {
		if w.value != "" {
			q = q.Where(w.where, w.value)
		}
	}
	return q.Count(ctx)
}

// NotificationByProvider finds a notice by the id the provider gave it, or by our
// own attempt id; nil if there is none.
func (s *Store) NotificationByProvider(ctx context.Context, region, providerID, attemptID string) (*Notification, error) {
	b, err := s.Blind(ctx, region, seal.PurposeExternalID, providerID)
	if err != nil {
		return nil, err
	}
	var out []*Notification
	q := s.r().NewSelect().Model(&out).Where("region = ?", region)
	switch {
	case b != nil && attemptID != "":
		q = q.Where("provider_bidx = ? OR attempt_id = ?", b, attemptID)
	case b != nil:
		q = q.Where("provider_bidx = ?", b)
	default:
		q = q.Where("attempt_id = ?", attemptID)
	}
	if err := q.Limit(1).Scan(ctx); err != nil || len(out) == 0 {
		return nil, err
	}
	return out[0], nil
}

// NoticeTo finds the notice of an event that a recipient was owed, with its words; nil if
// there is none.
func (s *Store) NoticeTo(ctx context.Context, region, event, recipient, template string) (*Notification, error) {
	var out []*Notification
	if err := s.r().NewSelect().Model(&out).Where("region = ? AND event_id = ? AND recipient = ? AND template = ?", region, event, recipient, template).Limit(1).Scan(ctx); err != nil || len(out) == 0 {
		return nil, err
	}
	return out[0], s.openNotice(ctx, out[0])
}

// SetDelivery records what the provider said became of a notice.
func (s *Store) SetDelivery(ctx context.Context, n *Notification) error {
	_, err := s.w().NewUpdate().Model(n).Column("state", "delivery", "error_code", "error", "provider_bidx", "sent_at", "charge").
		Where("region = ? AND id = ?", n.Region, n.ID).Exec(ctx)
	return err
}

// Notifications lists the notices about a case, oldest first, without their texts.
func (s *Store) Notifications(ctx context.Context, region, caseID string) ([]*Notification, error) {
	var out []*Notification
	err := s.r().NewSelect().Model(&out).Where("region = ? AND case_id = ?", region, caseID).Order("created_at", "id").Scan(ctx)
	return out, err
}

// Alarm is one telling of an officer on duty that an emergency waits; Step counts
// the persons told so far.
type Alarm struct {
	bun.BaseModel `bun:"alarms"`
	Region        string
	ID            string
	CaseID        string
	OfficerID     string
	Step          int
	TokenHash     string // of the acknowledge link
	RaisedAt      time.Time
	AckedAt       time.Time `bun:",nullzero"`
}

// AddAlarm inserts an alarm.
func (s *Store) AddAlarm(ctx context.Context, a *Alarm) error {
	a.ID, a.RaisedAt = tanggap.NewID(), s.now()
	_, err := s.w().NewInsert().Model(a).Exec(ctx)
	return err
}

// Alarms lists the alarms of a case, first told first.
func (s *Store) Alarms(ctx context.Context, region, caseID string) ([]*Alarm, error) {
	var out []*Alarm
	err := s.r().NewSelect().Model(&out).Where("region = ? AND case_id = ?", region, caseID).Order("step").Scan(ctx)
	return out, err
}

// AlarmByToken finds the alarm that an acknowledge link belongs to.
func (s *Store) AlarmByToken(ctx context.Context, region, token string) (*Alarm, error) {
	a := &Alarm{}
	err := s.r().NewSelect().Model(a).Where("region = ? AND token_hash = ?", region, tanggap.HashToken(token)).Scan(ctx)
	return a, one(err, "tautan")
}

// AckAlarms marks every alarm of a case as seen.
func (s *Store) AckAlarms(ctx context.Context, region, caseID string) error {
	_, err := s.w().NewUpdate().Model((*Alarm)(nil)).Set("acked_at = ?", s.now()).
		Where("region = ? AND case_id = ? AND acked_at IS NULL", region, caseID).Exec(ctx)
	return err
}
