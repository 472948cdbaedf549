package web

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/intake"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// delivery says what became of a message to the citizen. Its notice was owed right
// after the message was stored, before the next one was; ids grow with time.
func (s *Server) delivery(v *visit, m *store.Message, next string, notices []*store.Notification) (pending bool, failed string) {
	for _, n := range notices {
		if n.ID < m.ID || next != "" && n.ID > next || !strings.HasPrefix(n.Recipient, "citizen:") {
			continue
		}
		if n.Template == region.TextConfirmContact {
			break
		}
		return s.fate(v, n)
	}
	if m.IdentityID == "" {
		return false, "" // the citizen left no contact and reads it on his page
	}
	return false, s.View.T(v.lang, "notice.unconfirmed")
}

func (s *Server) fate(v *visit, n *store.Notification) (pending bool, failed string) {
	switch {
	case n.Delivery == string(channel.Failed), n.State == store.NoticeFailed:
		return false, s.reason(v, n)
	case n.State == store.NoticeUnknown:
		return false, s.View.T(v.lang, "notice.unknown")
	case n.State == store.NoticeReady, n.State == store.NoticeLeased, n.State == store.NoticeSending:
		return true, ""
	}
	return false, ""
}

func (s *Server) reason(v *visit, n *store.Notification) string {
	if n.Error != "" {
		return n.Error
	}
	return s.View.T(v.lang, "notice.failed")
}

// historyWords are the events that officers read about, with their words.
var historyWords = map[string]string{
	"case.opened": "history.opened", "case.assigned": "history.assigned", "case.state": "history.state", "case.flags": "history.flags",
	"case.due": "history.due", "case.alarm": "history.alarm", "case.acked": "history.acked", "case.escalated": "history.escalated",
	"case.merged": "history.merged", casework.Delayed: "history.delayed", casework.Rated: "history.rated", casework.Called: "history.called", casework.Withdrawn: "history.withdrawn", casework.SplitUp: "history.split", casework.Joined: "history.joined", casework.Parted: "history.parted",
	casework.TaskGiven: "history.task_given", casework.TaskAccepted: "history.task_accepted", casework.TaskDone: "history.task_done", casework.TaskCancelled: "history.task_cancelled",
	casework.Succeeded: "history.succeeded",
	casework.Proved:    "history.proved", casework.LookedAt: "history.looked", casework.CheckAsked: "history.check_asked", casework.CheckPassed: "history.check_passed", casework.CheckReturned: "history.check_returned",
	casework.SourceAdded: "history.source", casework.Snoozed: "history.snoozed", casework.Woken: "history.woken", casework.Retracted: "history.retracted",
	"message.in": "history.in", "message.out": "history.out", "message.note": "history.note",
	"decision.undone": "history.undone", "decision.objected": "history.objected", casework.Revealed: "history.revealed", casework.Unsealed: "history.unsealed", casework.Sealed: "history.sealed",
	contactChanged: "history.contact_changed", contactRestored: "history.contact_restored", intake.Refetched: "history.refetched",
}

// history is what happened to a case, newest first, and what became of its notices.
func (s *Server) history(ctx context.Context, v *visit, c *store.Case, events []*store.Event, names map[string]string) ([]view.HistoryItem, error) {
	notices, err := s.Store.Notifications(ctx, c.Region, c.ID)
	if err != nil {
		return nil, err
	}
	var out []view.HistoryItem
	for _, e := range events {
		key, ok := historyWords[e.Type]
		if !ok {
			continue
		}
		var facts struct {
			State   tanggap.State
			Unit    string
			Officer string
			Purpose string
			What    string
		}
		if err := json.Unmarshal([]byte(e.Payload), &facts); err != nil {
			return nil, err
		}
		state := ""
		if facts.State.Valid() {
			state = s.View.T(v.lang, "status."+string(facts.State))
		}
		if facts.Officer != "" && e.Type == "case.assigned" {
			key = "history.given"
		}
		if e.Type == casework.Revealed && facts.What == revealedWords {
			key = "history.revealed_words"
		}
		purpose := ""
		if slices.Contains((&view.StaffCase{}).Purposes(), facts.Purpose) {
			purpose = s.View.T(v.lang, "case_staff.purpose_"+facts.Purpose)
		}
		out = append(out, view.HistoryItem{At: e.HappenedAt, Who: s.who(v, e.Actor, names),
			What: s.View.T(v.lang, key, "state", state, "unit", v.pack.ShortUnit(facts.Unit), "officer", names[facts.Officer], "purpose", purpose)})
	}
	for _, n := range notices {
		// Only those that did not arrive: the others stand in the conversation.
		if n.State != store.NoticeFailed && n.State != store.NoticeUnknown && n.Delivery != string(channel.Failed) {
			continue
		}
		_, why := s.fate(v, n)
		kind, id, _ := strings.Cut(n.Recipient, ":")
		to := s.View.T(v.lang, "history.citizen")
		if kind == "officer" {
			to = names[id]
		}
		out = append(out, view.HistoryItem{At: n.CreatedAt, Who: s.View.T(v.lang, "history.system"), What: s.View.T(v.lang, "history.notice", "to", to, "why", why)})
	}
	slices.SortStableFunc(out, func(a, b view.HistoryItem) int { return a.At.Compare(b.At) })
	slices.Reverse(out)
	return out, nil
}
