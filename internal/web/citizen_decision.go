package web

import (
	"context"
	"net/http"
	"slices"
	"sort"
	"unicode/utf8"

	"tanggap/internal/casework"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/web/view"
)

// privateDecision tells the citizen how the case was decided: every suggestion of
// the computer, where it came from and what a person made of it.
func (s *Server) privateDecision(w http.ResponseWriter, r *http.Request) error {
	p, c, err := s.linked(r)
	if err != nil {
		return err
	}
	page, err := s.decisionPage(r, p, c)
	if err != nil {
		return err
	}
	return s.renderPrivate(w, r, http.StatusOK, "decision", page)
}

func (s *Server) decisionPage(r *http.Request, p *region.Pack, c *store.Case) (*view.HowDecided, error) {
	ctx := r.Context()
	decisions, err := s.Store.Decisions(ctx, c.Region, c.ID)
	if err != nil {
		return nil, err
	}
	page := &view.HowDecided{Base: s.base(r), Token: c.Link, Number: c.Number}
	for _, d := range decisions {
		if d.State == store.DecisionSuperseded || d.Kind == casework.KindMood || d.Kind == casework.KindSplit || d.Kind == casework.KindSame || d.Kind == casework.KindDraft {
			continue // an officer's help with the reply, and no decision about the citizen
		}
		step, err := s.decisionStep(ctx, p, d, lang(r))
		if err != nil {
			return nil, err
		}
		page.Steps = append(page.Steps, step)
	}
	if page.Text, err = s.markedWords(ctx, c, decisions); err != nil {
		return nil, err
	}
	tasks, err := s.Store.CaseTasks(ctx, c.Region, c.ID)
	for _, t := range tasks { // newest first
		switch {
		case t.Kind != store.TaskObjection:
		case t.Open():
			page.Objected, page.AnswerBy = moment(t.CreatedAt), moment(t.DueAt)
		case page.Answer == "":
			page.Answer = t.Answer
		}
	}
	return page, err
}

func (s *Server) decisionStep(ctx context.Context, p *region.Pack, d *store.Decision, lang string) (view.DecisionStep, error) {
	step := view.DecisionStep{What: s.View.T(lang, "decision.kind_"+d.Kind), Suggested: s.valueName(p, d.Kind, d.Value, lang),
		Confidence: d.Confidence, Decided: s.valueName(p, d.Kind, d.FinalValue, lang), At: moment(d.DecidedAt)}
	for _, reason := range d.Reasons {
		if reason.Rule != "" && reason.Rule != "model" {
			step.Rule = s.View.T(lang, "decision.rule_"+reason.Rule)
			break
		}
	}
	if d.OfficerID != "" {
		step.By = s.View.T(lang, "decision.officer")
		o, err := s.Store.Officer(ctx, d.OfficerID)
		if err != nil {
			return step, err
		}
		// The office answers for it, not the person in it.
		if i := slices.IndexFunc(o.Roles, func(x store.Role) bool { return x.Region == d.Region && x.Unit != "" }); i >= 0 {
			step.By = unitName(p, o.Roles[i].Unit)
		}
	}
	return step, nil
}

// valueName is a decision's value in words; "" stays "".
func (s *Server) valueName(p *region.Pack, kind, value, lang string) string {
	switch kind {
	case casework.KindService, casework.KindEmergency:
		if name := serviceName(p, value, lang); name != "" {
			return name
		}
	case casework.KindUnit:
		return unitName(p, value)
	case casework.KindArea:
		a, _ := p.Area(value)
		return a.Name
	case casework.KindUrgency:
		if key, ok := map[string]string{"1": "normal", "2": "high", "3": "emergency"}[value]; ok {
			return s.View.T(lang, "urgency."+key)
		}
	case casework.KindMatter, casework.KindMood, casework.KindLanguage:
		if value != "" {
			return s.View.T(lang, "heads."+value)
		}
	}
	if value == "" {
		return ""
	}
	return s.View.T(lang, "decision.yes")
}

// markedWords is the citizen's first message with the words marked that spoke for
// the suggestions. Once further words were read together with it there is nothing to
// mark: the suggestions then quote the whole conversation.
func (s *Server) markedWords(ctx context.Context, c *store.Case, decisions []*store.Decision) ([]view.Span, error) {
	said, err := s.Store.Messages(ctx, c.Region, c.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(said, func(m *store.Message) bool { return m.Direction == store.In })
	if i < 0 || slices.ContainsFunc(decisions, func(d *store.Decision) bool { return d.State == store.DecisionSuperseded }) {
		return nil, nil
	}
	var marks [][2]int
	for _, d := range decisions {
		for _, reason := range d.Reasons {
			if reason.Weight > 0 {
				marks = append(marks, [2]int{reason.Start, reason.End})
			}
		}
	}
	return spans(said[i].Body, marks), nil
}

// spans cuts text at marks, byte offsets of [start, end); marks that do not fit the
// text are passed over, overlapping ones cut short.
func spans(text string, marks [][2]int) []view.Span {
	sort.Slice(marks, func(i, j int) bool { return marks[i][0] < marks[j][0] })
	var out []view.Span
	at := 0
	for _, m := range marks {
		start, end := max(m[0], at), m[1]
		if start >= end || end > len(text) || !boundary(text, start) || !boundary(text, end) {
			continue
		}
		if start > at {
			out = append(out, view.Span{Text: text[at:start]})
		}
		out = append(out, view.Span{Text: text[start:end], Mark: true})
		at = end
	}
	if at < len(text) {
		out = append(out, view.Span{Text: text[at:]})
	}
	return out
}

func boundary(text string, i int) bool { return i == len(text) || i >= 0 && utf8.RuneStart(text[i]) }

// privateObject takes the citizen's objection; a person reads it.
func (s *Server) privateObject(w http.ResponseWriter, r *http.Request) error {
	p, c, err := s.linked(r)
	if err != nil {
		return err
	}
	if err := s.mayWrite(r); err != nil {
		return err
	}
	f, err := s.readForm(w, r, 0)
	if err != nil {
		return err
	}
	body := f.typed("keberatan", view.MaxText)
	if body == "" {
		body = s.View.T(lang(r), "decision.object_plain")
	}
	err = s.onCase(r, c, func(ctx context.Context, tx *store.Store, c *store.Case) error {
		return s.Desk.Object(ctx, tx, p, c, words(c, body, ""))
	})
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/l/"+c.Link+"/keputusan")
}
