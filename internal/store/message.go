package store

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
)

// Directions of a message.
const (
	In   = "in"   // the citizen said it
	Out  = "out"  // we said it
	Note = "note" // internal; never shown to the citizen
)

// Message is one thing said in a case.
type Message struct {
	bun.BaseModel `bun:"messages"`
	Region        string
	ID            string
	CaseID        string
	CitizenID     string // whose key seals it
	IdentityID    string
	Direction     string
	Channel       string
	Kind          string // channel.MessageKind
	Author        string // "citizen", "system" or "officer:ID"
	BodyCT        []byte `bun:"body_ct"`
	Body          string `bun:"-"`
	Masked        string // without personal data; "" in secret cases
	ExternalBidx  []byte
	ExternalCT    []byte `bun:"external_ct"`
	External      string `bun:"-"` // the provider's id
	InboundSeq    int64
	SaidAt        time.Time
	CreatedAt     time.Time
}

func (m *Message) where(column string) seal.Where {
	return seal.Where{Region: m.Region, Table: "messages", Column: column, ID: m.ID}
}

// AddMessage inserts a message. Masked must be empty if the case is secret.
func (s *Store) AddMessage(ctx context.Context, m *Message) (err error) {
	m.ID, m.CreatedAt = tanggap.NewID(), s.now()
	if m.SaidAt.IsZero() {
		m.SaidAt = m.CreatedAt
	}
	if m.BodyCT, err = s.sealFor(ctx, m.CitizenID, m.Body, m.where("body")); err != nil {
		return err
	}
	if m.ExternalCT, err = s.sealFor(ctx, m.CitizenID, m.External, m.where("external")); err != nil {
		return err
	}
	if m.ExternalBidx, err = s.Blind(ctx, m.Region, seal.PurposeExternalID, m.External); err != nil {
		return err
	}
	_, err = s.w().NewInsert().Model(m).Exec(ctx)
	return err
}

func (s *Store) openMessages(ctx context.Context, list []*Message) (err error) {
	for _, m := range list {
		if m.Body, err = s.openFor(ctx, m.CitizenID, m.BodyCT, m.where("body")); err != nil {
			return err
		}
		if m.External, err = s.openFor(ctx, m.CitizenID, m.ExternalCT, m.where("external")); err != nil {
			return err
		}
	}
	return nil
}

// Messages lists what was said in a case, oldest first.
func (s *Store) Messages(ctx context.Context, region, caseID string) ([]*Message, error) {
	var out []*Message
	if err := s.r().NewSelect().Model(&out).Where("region = ? AND case_id = ?", region, caseID).Order("created_at", "id").Scan(ctx); err != nil {
		return nil, err
	}
	return out, s.openMessages(ctx, out)
}

// DropMessage takes words of an officer back that nobody outside has read.
func (s *Store) DropMessage(ctx context.Context, m *Message) error {
	_, err := s.w().NewDelete().Model(m).Where("region = ? AND id = ? AND direction = ?", m.Region, m.ID, Out).Exec(ctx)
	return err
}

// MessageByExternal finds a message of either direction by the provider's id; nil
// if there is none.
func (s *Store) MessageByExternal(ctx context.Context, region, external string) (*Message, error) {
	b, err := s.Blind(ctx, region, seal.PurposeExternalID, external)
	if err != nil || b == nil {
		return nil, err
	}
	var out []*Message
	if err := s.r().NewSelect().Model(&out).Where("region = ? AND external_bidx = ?", region, b).Limit(1).Scan(ctx); err != nil || len(out) == 0 {
		return nil, err
	}
	return out[0], s.openMessages(ctx, out)
}

// SetExternal records the provider's id of a message we sent.
func (s *Store) SetExternal(ctx context.Context, m *Message) (err error) {
	if m.ExternalCT, err = s.sealFor(ctx, m.CitizenID, m.External, m.where("external")); err != nil {
		return err
	}
	if m.ExternalBidx, err = s.Blind(ctx, m.Region, seal.PurposeExternalID, m.External); err != nil {
		return err
	}
	_, err = s.w().NewUpdate().Model(m).Column("external_ct", "external_bidx").Where("region = ? AND id = ?", m.Region, m.ID).Exec(ctx)
	return err
}

// maxMasked is how many of a citizen's messages in one case are read together: whoever
// writes thousands must not make each one cost as much as all before it.
const maxMasked = 200

// MaskedText returns the masked words of the citizen in a case, joined: those of the
// first maxMasked messages.
func (s *Store) MaskedText(ctx context.Context, region, caseID string) (string, error) {
	var parts []string
	err := s.r().NewSelect().Model((*Message)(nil)).Column("masked").
		Where("region = ? AND case_id = ? AND direction = ?", region, caseID, In).Order("created_at", "id").Limit(maxMasked).Scan(ctx, &parts)
	return strings.Join(parts, "\n"), err
}

// Heard counts the citizen's messages in a case, at most limit.
func (s *Store) Heard(ctx context.Context, region, caseID string, limit int64) (int64, error) {
	heard := s.r().NewSelect().Model((*Message)(nil)).ColumnExpr("1").
		Where("region = ? AND case_id = ? AND direction = ?", region, caseID, In).Limit(limit)
	n, err := s.r().NewSelect().TableExpr("(?) AS heard", heard).Count(ctx)
	return int64(n), err
}

// HideMasked blanks the masked copies of a case that became secret.
func (s *Store) HideMasked(ctx context.Context, region, caseID string) error {
	_, err := s.w().NewUpdate().Model((*Message)(nil)).Set("masked = ''").Where("region = ? AND case_id = ?", region, caseID).Exec(ctx)
	return err
}

// Attachment is a file of a case. Its bytes are sealed in the media store under
// Blob; the thumbnail of a photo
// stands beside it under Blob + "-t".
type Attachment struct {
	bun.BaseModel `bun:"attachments"`
	Region        string
	ID            string
	CaseID        string
	MessageID     string
	CitizenID     string
	State         string // pending, stored, refused
	Kind          string // channel.MessageKind, or "evidence"
	MIME          string `bun:"mime"`
	Size          int64
	Blob          string
	SourceCT      []byte `bun:"source_ct"`
	Source        string `bun:"-"` // JSON of channel.Media: where to fetch it
	GPSCT         []byte `bun:"gps_ct"`
	GPS           string `bun:"-"`       // "lat,lon" found in the photo before it was stripped
	LookCT        []byte `bun:"look_ct"` // what a photo looks like, see KeepLook
	Reason        string // why refused
	CreatedAt     time.Time
	StoredAt      time.Time `bun:",nullzero"`
	HeardBy       string    `bun:",nullzero"` // officer who listened to a voice note
	HeardAt       time.Time `bun:",nullzero"`
}

// States of an attachment.
const (
	AttachmentPending = "pending"
	AttachmentStored  = "stored"
	AttachmentRefused = "refused"
)

func (a *Attachment) where(column string) seal.Where {
	return seal.Where{Region: a.Region, Table: "attachments", Column: column, ID: a.ID}
}

// AddAttachment inserts an attachment in its given state.
func (s *Store) AddAttachment(ctx context.Context, a *Attachment) (err error) {
	a.ID, a.CreatedAt = tanggap.NewID(), s.now()
	if a.SourceCT, err = s.sealFor(ctx, a.CitizenID, a.Source, a.where("source")); err != nil {
		return err
	}
	if a.GPSCT, err = s.sealFor(ctx, a.CitizenID, a.GPS, a.where("gps")); err != nil {
		return err
	}
	_, err = s.w().NewInsert().Model(a).Exec(ctx)
	return err
}

// SetAttachment writes what fetching and cleaning found out.
func (s *Store) SetAttachment(ctx context.Context, a *Attachment) (err error) {
	if a.GPSCT, err = s.sealFor(ctx, a.CitizenID, a.GPS, a.where("gps")); err != nil {
		return err
	}
	_, err = s.w().NewUpdate().Model(a).Column("state", "mime", "size", "blob", "gps_ct", "reason", "stored_at").
		Where("region = ? AND id = ?", a.Region, a.ID).Exec(ctx)
	return err
}

// Attachment returns one attachment, with its source opened.
func (s *Store) Attachment(ctx context.Context, region, id string) (*Attachment, error) {
	a := &Attachment{}
	if err := s.r().NewSelect().Model(a).Where("region = ? AND id = ?", region, id).Scan(ctx); err != nil {
		return nil, one(err, "lampiran")
	}
	var err error
	if a.Source, err = s.openFor(ctx, a.CitizenID, a.SourceCT, a.where("source")); err != nil {
		return nil, err
	}
	a.GPS, err = s.openFor(ctx, a.CitizenID, a.GPSCT, a.where("gps"))
	return a, err
}

// Attachments lists the files of a case, oldest first.
func (s *Store) Attachments(ctx context.Context, region, caseID string) ([]*Attachment, error) {
	var out []*Attachment
	err := s.r().NewSelect().Model(&out).Where("region = ? AND case_id = ?", region, caseID).Order("created_at", "id").Scan(ctx)
	return out, err
}

// SealBlob and OpenBlob seal the bytes of an attachment with its citizen's key.
func (s *Store) SealBlob(ctx context.Context, a *Attachment, blob string, data []byte) ([]byte, error) {
	ct, err := s.sealFor(ctx, a.CitizenID, string(data), seal.Where{Region: a.Region, Table: "blobs", Column: "data", ID: blob})
	return ct, err
}

func (s *Store) OpenBlob(ctx context.Context, a *Attachment, blob string, ct []byte) ([]byte, error) {
	plain, err := s.openFor(ctx, a.CitizenID, ct, seal.Where{Region: a.Region, Table: "blobs", Column: "data", ID: blob})
	return []byte(plain), err
}
