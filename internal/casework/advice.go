package casework

import (
	"context"
	"strings"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Steps are what an officer does next about a case of a service, in the region's words.
func Steps(p *region.Pack, c *store.Case, lang string) []string {
	s, ok := p.Service(c.Service)
	if !ok || s.Technical {
		return nil
	}
	keys := []string{region.TextSteps + string(s.Kind)}
	for _, x := range []struct {
		is  bool
		key string
	}{{s.Field, region.StepsField}, {s.External, region.StepsExternal}, {s.Judges, region.StepsJudges}} {
		if x.is {
			keys = append(keys, x.key)
		}
	}
	args := adviceArgs(p, c, s, lang)
	var out []string
	for _, k := range keys {
		out = append(out, strings.Split(p.Text(lang, k, args), "\n")...)
	}
	return out
}

// Draft is a reply that an officer may begin with, in the region's words and the
// citizen's language; "" while the service is not known. kind is what the message is
// taken for, "" for what the service usually is.
func (d *Desk) Draft(tx *store.Store, p *region.Pack, c *store.Case, kind tanggap.Kind, lang string) string {
	s, ok := p.Service(c.Service)
	if !ok || s.Technical {
		return ""
	}
	if kind == "" {
		kind = s.Kind
	}
	args := d.args(tx, p, c, lang)
	if c.DueAt.Before(tx.Clock().Now()) {
		args["due"] = laterDue[lang == "en"]
	}
	for k, v := range adviceArgs(p, c, s, lang) {
		args[k] = v
	}
	return strings.TrimSpace(p.Text(lang, region.TextDraft+string(kind), args))
}

// laterDue stands for a due time that has passed: the officer names a new one.
var laterDue = map[bool]string{false: "[isi tanggal]", true: "[name a date]"}

func adviceArgs(p *region.Pack, c *store.Case, s region.Service, lang string) map[string]string {
	args := map[string]string{"service": s.Name, "help": s.Help, "unit": c.Unit}
	if lang == "en" {
		args["service"], args["help"] = s.NameEn, s.HelpEn
	}
	if u, ok := p.Unit(c.Unit); ok {
		args["unit"] = u.Name
	}
	return args
}

// Matter is the kind that the messages of a case are taken for, where it is not the usual
// one of its service; "" otherwise.
func Matter(list []*store.Decision) (kind tanggap.Kind) {
	for _, x := range list {
		if x.Kind == KindMatter && x.State != store.DecisionSuperseded {
			kind = tanggap.Kind(x.Value)
		}
	}
	return kind
}

// Drafted records that an officer began his reply with the draft, and whether he sent
// it as it stood.
func (d *Desk) Drafted(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer, words string) error {
	l, err := lang(ctx, tx, c)
	if err != nil {
		return err
	}
	x := &store.Decision{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, Kind: KindDraft, Value: c.Service, Confidence: 1, Pack: c.Pack,
		State: store.DecisionChanged, FinalValue: c.Service, OfficerID: officer}
	list, err := tx.Decisions(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	if strings.TrimSpace(words) == d.Draft(tx, p, c, Matter(list), l) {
		x.State = store.DecisionAccepted
	}
	if err := tx.AddDecision(ctx, x); err != nil {
		return err
	}
	return tx.Decide(ctx, x)
}
