package notify

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"tanggap/internal/region"
	"tanggap/internal/store"
)

// briefUnits is the argument of a brief that its words do not show: the units that the
// matters are about, in their order, so that an answer of "1" finds whom to ask.
const briefUnits = "units"

// Brief owes the region's leaders what they should know in the morning of a day, once.
// units are those that its matters are about, in their order.
func (o *Outbox) Brief(ctx context.Context, tx *store.Store, p *region.Pack, day string, args map[string]string, units []string, path string, at time.Time) error {
	who, err := withRole(ctx, tx, p, func(r store.Role) bool { return r.Role == roleLeader })
	if err != nil {
		return err
	}
	args["link"], args[briefUnits] = o.baseURL(p)+path, strings.Join(units, " ")
	return o.oweAll(ctx, tx, p, who, briefEvent(day), region.OfficerBrief, region.SubjectBrief, args, at)
}

func briefEvent(day string) string { return "brief:" + day }

// Matter is one thing that a brief says needs a decision.
type Matter struct {
	Unit string // who is to be asked
	Text string
}

// BriefCited is the brief that a message answers, if it was sent to this officer: its
// matters, and whether there is such a brief.
func (o *Outbox) BriefCited(ctx context.Context, tx *store.Store, region, providerID, officer string) ([]Matter, bool, error) {
	n, err := tx.NotificationByProvider(ctx, region, providerID, "")
	if err != nil || n == nil {
		return nil, false, err
	}
	return o.briefOf(ctx, tx, region, n.EventID, officer, n.Recipient)
}

// BriefOf is the brief of a day that this officer was sent.
func (o *Outbox) BriefOf(ctx context.Context, tx *store.Store, region, day, officer string) ([]Matter, bool, error) {
	return o.briefOf(ctx, tx, region, briefEvent(day), officer, officerPrefix+officer)
}

func (o *Outbox) briefOf(ctx context.Context, tx *store.Store, code, event, officer, recipient string) ([]Matter, bool, error) {
	if !strings.HasPrefix(event, briefEvent("")) || recipient != officerPrefix+officer {
		return nil, false, nil
	}
	n, err := tx.NoticeTo(ctx, code, event, recipient, region.OfficerBrief)
	if err != nil || n == nil || n.Body == "" || n.State == store.NoticeReady {
		return nil, false, err
	}
	var c Content
	if err := json.Unmarshal([]byte(n.Body), &c); err != nil {
		return nil, false, err
	}
	units, lines := strings.Fields(c.Args[briefUnits]), strings.Split(c.Args["matters"], "\n")
	var out []Matter
	for i, u := range units {
		if i < len(lines) {
			_, words, _ := strings.Cut(lines[i], ". ")
			out = append(out, Matter{Unit: u, Text: words})
		}
	}
	return out, true, nil
}
