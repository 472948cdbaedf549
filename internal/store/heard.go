package store

import "context"

// SetHeard records that an officer listened to a voice note; the first one counts.
func (s *Store) SetHeard(ctx context.Context, a *Attachment, officer string) error {
	if !a.HeardAt.IsZero() {
		return nil
	}
	a.HeardBy, a.HeardAt = officer, s.now()
	_, err := s.w().NewUpdate().Model(a).Column("heard_by", "heard_at").Where("region = ? AND id = ? AND heard_at IS NULL", a.Region, a.ID).Exec(ctx)
	return err
}

// RefetchAttachment makes a refused file pending again; it reports false if it is
// not refused.
func (s *Store) RefetchAttachment(ctx context.Context, region, id string) (bool, error) {
	res, err := s.w().NewUpdate().Model((*Attachment)(nil)).Set("state = ?", AttachmentPending).Set("reason = ''").
		Where("region = ? AND id = ? AND state = ?", region, id, AttachmentRefused).Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}
