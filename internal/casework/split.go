package casework

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

// Part is one of several asks in a citizen's first words.
type Part struct {
	Service string
	Words   string
}

// Parts are the asks that the computer found in the first words of a case and that
// belong to another service than the case itself; nil once they cannot be told apart
// any more, because further words were read together with the first.
func Parts(c *store.Case, decisions []*store.Decision, said []*store.Message) (*store.Decision, []Part) {
	i := slices.IndexFunc(decisions, func(x *store.Decision) bool { return x.Kind == KindSplit && x.State == store.DecisionOpen })
	first := slices.IndexFunc(said, func(m *store.Message) bool { return m.Direction == store.In })
	again := slices.ContainsFunc(decisions, func(x *store.Decision) bool { return x.State == store.DecisionSuperseded })
	if i < 0 || first < 0 || again {
		return nil, nil
	}
	body := said[first].Body
	var parts []Part
	for _, r := range decisions[i].Reasons {
		if r.Start < 0 || r.End > len(body) || r.Start >= r.End {
			return nil, nil
		}
		if r.Words != c.Service {
			parts = append(parts, Part{r.Words, strings.TrimSpace(body[r.Start:r.End])})
		}
	}
	if c.Service == "" && len(parts) > 0 {
		parts = parts[1:] // the case keeps the first matter itself
	}
	return decisions[i], parts
}

// Split opens a case of its own for each further ask in a citizen's first words. He
// gets a number for each; the case at hand goes on with what is left.
func (d *Desk) Split(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer string) ([]*store.Case, error) {
	decisions, err := tx.Decisions(ctx, c.Region, c.ID)
	if err != nil {
		return nil, err
	}
	said, err := tx.Messages(ctx, c.Region, c.ID)
	if err != nil {
		return nil, err
	}
	offer, parts := Parts(c, decisions, said)
	if offer == nil || len(parts) == 0 {
		return nil, tanggap.Errorf(tanggap.Conflict, "laporan %s tidak lagi bisa dipecah; catat masalah kedua sebagai laporan baru", c.Number)
	}
	var out []*store.Case
	var ids []string
	for _, part := range parts {
		if _, ok := p.Service(part.Service); !ok {
			return nil, tanggap.Errorf(tanggap.Conflict, "layanan %s tidak ada lagi; catat masalah kedua sebagai laporan baru", part.Service)
		}
		settled := &store.Decision{Kind: KindService, Value: part.Service, Confidence: offer.Confidence, Model: offer.Model, State: store.DecisionAuto}
		next, err := d.Open(ctx, tx, p, New{
			CitizenID: c.CitizenID, IdentityID: c.IdentityID, Channel: c.Channel, OpenedAt: tx.Clock().Now(), Place: c.Place, Anonymous: c.Anonymous,
			Message: &store.Message{IdentityID: c.IdentityID, Channel: c.Channel, Kind: string(channel.Text), Body: part.Words, Masked: text.Mask(part.Words),
				SaidAt: c.OpenedAt},
			Decisions: []*store.Decision{settled}, Follows: c.ID,
		})
		if err != nil {
			return nil, err
		}
		settled.State, settled.FinalValue, settled.OfficerID = store.DecisionAccepted, part.Service, officer
		if err := tx.Decide(ctx, settled); err != nil {
			return nil, err
		}
		out, ids = append(out, next), append(ids, next.ID)
	}
	offer.State, offer.FinalValue, offer.OfficerID = store.DecisionAccepted, strconv.Itoa(len(out)+1), officer
	if err := tx.Decide(ctx, offer); err != nil {
		return nil, err
	}
	_, err = d.event(ctx, tx, c, Officer(officer), SplitUp, map[string]any{"into": ids})
	return out, err
}
