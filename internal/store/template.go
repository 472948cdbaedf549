package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Template is a text that a provider must approve before it may be sent, as the
// provider knows it.
type Template struct {
	bun.BaseModel `bun:"message_templates"`
	Region        string
	Channel       string
	Name          string
	Language      string
	Category      string // "utility", "marketing", "authentication"; "" = not told
	Status        string // TemplateApproved, or the provider's word for why not, such as "PENDING" or "PAUSED"
	Quality       string // "GREEN", "YELLOW", "RED", "UNKNOWN" or ""
	Reason        string // why it stands so, in the provider's words
	Params        int64  // placeholders of its body; -1 = not told yet
	UpdatedAt     time.Time
}

// TemplateApproved is the status of a template that may be sent.
const TemplateApproved = "APPROVED"

// Templates lists the templates of a region's channel by name and language.
func (s *Store) Templates(ctx context.Context, region, channel string) ([]*Template, error) {
	var out []*Template
	err := s.r().NewSelect().Model(&out).Where("region = ? AND channel = ?", region, channel).Order("name", "language").Scan(ctx)
	return out, err
}

// SetTemplate writes a template unless what stands there is newer by UpdatedAt,
// which is the provider's time: news come late and in any order.
func (s *Store) SetTemplate(ctx context.Context, t *Template) error {
	t.UpdatedAt = t.UpdatedAt.UTC()
	_, err := s.w().NewInsert().Model(t).
		On("CONFLICT (region, channel, name, language) DO UPDATE").
		Set("category = EXCLUDED.category").Set("status = EXCLUDED.status").Set("quality = EXCLUDED.quality").
		Set("reason = EXCLUDED.reason").Set("params = EXCLUDED.params").Set("updated_at = EXCLUDED.updated_at").
		Where("?TableAlias.updated_at <= EXCLUDED.updated_at").Exec(ctx)
	return err
}
