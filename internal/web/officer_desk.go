package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

const (
	// hereFor is how long an officer counts as looking at a case after his page last
	// asked; it asks every 30 s.
	hereFor = 75 * time.Second
	// writesFor is how long he counts as writing after his last key.
	writesFor = 2 * time.Minute
)

// seat fills in what the officer himself has to do with a case, and who else is there.
func (s *Server) seat(ctx context.Context, v *visit, c *store.Case, page *view.StaffCase, officers []*store.Officer) error {
	mine, err := s.Store.CaseOfficer(ctx, c, v.actor.ID)
	if err != nil {
		return err
	}
	page.Follows = mine.Follows
	if mine.Draft != "" && page.CanReply {
		page.Tab, page.Draft, page.DraftSaved = mine.DraftTab, mine.Draft, moment(mine.DraftedAt)
	}
	obj := access.Of(v.pack, c)
	for _, o := range officers {
		if o.ID != v.actor.ID && access.Can(access.ActorOf(o), access.CaseRead, obj) {
			page.Colleagues = append(page.Colleagues, view.Option{Value: o.ID, Label: o.Name})
		}
	}
	here, err := s.others(ctx, v, c)
	if err != nil {
		return err
	}
	page.Here = here
	page.WakesAt = moment(c.WakesAt)
	if page.CanSnooze = access.Can(v.actor, access.CaseTake, obj) && c.State.Open() && c.Urgency != tanggap.Emergency; page.CanSnooze {
		for _, t := range snoozes(v.pack, s.Clock.Now()) {
			if c.DueAt.IsZero() || !t.After(c.DueAt) {
				page.Snoozes = append(page.Snoozes, view.Option{Value: strconv.FormatInt(t.Unix(), 10), Label: s.View.Moment(v.lang, v.pack.Location(), t)})
			}
		}
	}
	if page.CanReply {
		replies, err := s.Store.SavedReplies(ctx, c.Region, c.Unit)
		if err != nil {
			return err
		}
		for _, r := range replies {
			page.Replies = append(page.Replies, view.Option{Value: r.ID, Label: r.Name})
		}
	}
	return nil
}

// snoozes are the times until which a case can be put off by one click: the end of the
// working day, tomorrow morning, in three days, next Monday.
func snoozes(p *region.Pack, now time.Time) []time.Time {
	local := now.In(p.Location())
	at := func(days, hour int) time.Time {
		return time.Date(local.Year(), local.Month(), local.Day()+days, hour, 0, 0, 0, p.Location())
	}
	monday := (8 - int(local.Weekday())) % 7
	if monday == 0 {
		monday = 7
	}
	out := []time.Time{at(0, 15), at(1, 8), at(3, 8), at(monday, 8)}
	out = slices.DeleteFunc(out, func(t time.Time) bool { return !t.After(now) })
	slices.SortFunc(out, time.Time.Compare)
	return slices.Compact(out)
}

// others are the colleagues who have a case open now, and of these who is writing.
func (s *Server) others(ctx context.Context, v *visit, c *store.Case) (view.Here, error) {
	var out view.Here
	now := s.Clock.Now()
	list, err := s.Store.CaseOfficersSince(ctx, c.Region, c.ID, now.Add(-writesFor))
	if err != nil || len(list) == 0 {
		return out, err
	}
	names, err := s.names(ctx, c.Region)
	if err != nil {
		return out, err
	}
	for _, o := range list {
		name := names[o.OfficerID]
		switch {
		case o.OfficerID == v.actor.ID || name == "":
		case o.DraftTab == "balasan" && now.Sub(o.DraftedAt) < writesFor:
			out.Writing = append(out.Writing, name)
		case now.Sub(o.SeenAt) < hereFor:
			out.Looking = append(out.Looking, name)
		}
	}
	return out, nil
}

// caseDraft keeps what the officer is writing; his browser sends it every few seconds.
func (s *Server) caseDraft(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	words, err := typed(r, "teks", 4000)
	if err != nil {
		return err
	}
	v := at(r)
	if err := s.Store.KeepDraft(r.Context(), v.opened, v.actor.ID, tabOf(r), words); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err = w.Write([]byte(s.View.T(v.lang, "case_staff.draft_saved", "time", s.View.Clock(v.lang, v.pack.Location(), s.Clock.Now()))))
	return err
}

func tabOf(r *http.Request) string {
	if r.PostForm.Get("tab") == "catatan" {
		return "catatan"
	}
	return "balasan"
}

// caseFollow begins or ends that the officer follows a case.
func (s *Server) caseFollow(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v := at(r)
	if err := s.Store.FollowCase(r.Context(), v.opened.Region, v.opened.ID, v.actor.ID, r.PostForm.Get("ikuti") == "ya"); err != nil {
		return err
	}
	return s.afterAct(w, r)
}

// caseSnooze puts a case off, or without a time takes it up again.
func (s *Server) caseSnooze(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "sampai", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		v := at(r)
		until := r.PostForm.Get("sampai")
		if until == "" && !c.WakesAt.IsZero() {
			return s.Desk.Wake(ctx, tx, c, v.actor.ID)
		}
		seconds, err := strconv.ParseInt(until, 10, 64)
		if err != nil {
			return &tanggap.Error{Code: tanggap.Invalid, Field: "sampai", Message: s.View.T(v.lang, "notice.snooze")}
		}
		return s.Desk.Snooze(ctx, tx, v.pack, c, v.actor.ID, time.Unix(seconds, 0))
	})
}

// caseRetract takes the officer's last step back while nobody outside has heard of it.
// It asks for no version: whoever presses it wants the last step undone, and the step
// says itself whether it was his.
func (s *Server) caseRetract(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v := at(r)
	err := s.locked(r, func(ctx context.Context, tx *store.Store, c *store.Case) error {
		words, err := s.Desk.Retract(ctx, tx, v.pack, c, v.actor.ID)
		if err != nil || words == "" {
			return err
		}
		return tx.KeepDraft(ctx, c, v.actor.ID, "balasan", words)
	})
	if tanggap.CodeOf(err) == tanggap.Conflict {
		return s.caseAgain(w, r, err, "")
	}
	if err != nil {
		return err
	}
	if r.PostForm.Get("ke") == "triase" {
		return s.redirect(w, r, "/triase")
	}
	return s.redirect(w, r, "/kasus/"+v.opened.ID+"?tersimpan=urung#teks")
}

// caseAgain shows the case as it stands now with what was wrong.
func (s *Server) caseAgain(w http.ResponseWriter, r *http.Request, why error, field string) error {
	v := at(r)
	c, err := s.Store.Case(r.Context(), v.pack.Identity.Code, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.mayDo(v, c, access.CaseRead); err != nil {
		return err
	}
	page, err := s.staffCase(r, c)
	if err != nil {
		return err
	}
	if field == "" {
		page.Notice = &view.Notice{Tone: "bad", Text: errorOf(why, "").Message}
	} else {
		page.Errors = append(page.Errors, errorOf(why, field))
	}
	return s.renderPrivate(w, r, statusOf(why), "case", page)
}

// named are the colleagues that a note is meant for: chosen from the list, or written
// as @name with the whole name or its first word. Who may not read the case is not told.
func (s *Server) named(ctx context.Context, tx *store.Store, v *visit, c *store.Case, words string, chosen []string) ([]string, error) {
	officers, err := tx.Officers(ctx, c.Region)
	if err != nil {
		return nil, err
	}
	lower := strings.ToLower(words)
	first := map[string]int{}
	word := func(o *store.Officer) string {
		one, _, _ := strings.Cut(strings.ToLower(o.Name), " ")
		return one
	}
	for _, o := range officers {
		first[word(o)]++
	}
	var out []string
	for _, o := range officers {
		called := strings.Contains(lower, "@"+strings.ToLower(o.Name)) || first[word(o)] == 1 && containsWord(lower, "@"+word(o))
		if o.ID == v.actor.ID || !called && !slices.Contains(chosen, o.ID) || !access.Can(access.ActorOf(o), access.CaseRead, access.Of(v.pack, c)) {
			continue
		}
		out = append(out, o.ID)
	}
	return out, nil
}

// containsWord reports whether word stands in text and no letter follows it.
func containsWord(text, word string) bool {
	for {
		i := strings.Index(text, word)
		if i < 0 {
			return false
		}
		text = text[i+len(word):]
		if text == "" || !strings.ContainsAny(text[:1], "abcdefghijklmnopqrstuvwxyz0123456789") {
			return true
		}
	}
}

// retractable reports whether the officer may still take his last step back.
func (s *Server) retractable(v *visit, events []*store.Event) bool {
	if len(events) == 0 {
		return false
	}
	return s.Clock.Now().Before(s.Desk.CanRetract(events[len(events)-1], v.actor.ID))
}

// yours says what a form that came too late had chosen, beside what stands now.
func (s *Server) yours(r *http.Request, c *store.Case) []view.Difference {
	v := at(r)
	var out []view.Difference
	add := func(key, field, now string, name func(string) string) {
		if chosen := r.PostForm.Get(field); chosen != "" && chosen != now {
			out = append(out, view.Difference{What: s.View.T(v.lang, key), Yours: name(chosen), Now: name(now)})
		}
	}
	add("case_staff.service", "layanan", c.Service, func(x string) string { return serviceName(v.pack, x, v.lang) })
	add("case.area", "kelurahan", c.Area, func(x string) string { return areaName(v.pack, x) })
	add("case.unit", "unit", c.Unit, func(x string) string { return v.pack.ShortUnit(x) })
	add("suggest.urgency", "urgensi", strconv.Itoa(int(c.Urgency)), func(x string) string { return s.valueName(v.pack, casework.KindUrgency, x, v.lang) })
	return out
}
