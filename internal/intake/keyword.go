package intake

import (
	"context"
	"regexp"
	"strings"

	"tanggap/internal/channel"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Choices under a greeting; each is also a word that can be typed.
const (
	menuReport  = "menu:report"
	menuCheck   = "menu:check"
	menuOfficer = "menu:officer"
)

// menu is what somebody who only greets can tap.
func (t *talk) menu(lang string) []channel.Button {
	return []channel.Button{
		{ID: menuReport, Title: t.p.Text(lang, region.ButtonReport, nil)},
		{ID: menuCheck, Title: t.p.Text(lang, region.ButtonCheck, nil)},
		{ID: menuOfficer, Title: t.p.Text(lang, region.ButtonOfficer, nil)},
	}
}

// keyword obeys the words that always work, typed or tapped.
func keyword(ctx context.Context, t *talk) (bool, error) {
	if t.m.Form != nil || len(t.m.Media) > 0 || t.m.Forwarded {
		return false, nil
	}
	word := func(id string, phrases []string) bool {
		if t.m.Kind == channel.Choice {
			return id != "" && t.m.ChoiceID == id
		}
		return is(t.m.Text, phrases)
	}
	switch {
	case word("", stopWords) && !t.weak:
		return t.stop(ctx)
	case word(menuOfficer, personWords):
		return true, t.call(ctx)
	case word("", withdrawWords):
		return t.withdraw(ctx)
	case !t.answerable():
	case word(menuReport, reportWords):
		if err := t.answer(ctx, region.TextTell, nil); err != nil {
			return false, err
		}
		return t.ignored("cara melapor")
	case word("", mineWords):
		return t.mine(ctx)
	case word("", rateWords):
		return t.askRate(ctx)
	case word("", englishWords):
		return t.speak(ctx, "en")
	case word("", indonesianWords):
		return t.speak(ctx, "id")
	case word(menuCheck, nil):
		return t.progress(ctx, true)
	case t.m.Kind != channel.Choice:
		if m := objecting.FindStringSubmatch(t.m.Text); m != nil && !t.weak {
			return t.object(ctx, m)
		}
		if m := checkWords.FindStringSubmatch(t.m.Text); m != nil {
			return t.check(ctx, m[1])
		}
	}
	return false, nil
}

func (t *talk) stop(ctx context.Context) (bool, error) {
	if err := t.answer(ctx, region.TextStopped, nil); err != nil {
		return false, err
	}
	wish := &store.Wish{Region: t.who.Region, CitizenID: t.who.CitizenID, What: store.WishNews, Value: store.No, Way: t.row.Channel}
	if err := t.tx.AddWish(ctx, wish); err != nil {
		return false, err
	}
	t.who.StoppedAt = t.tx.Clock().Now()
	if err := t.tx.HeardFrom(ctx, t.who); err != nil {
		return false, err
	}
	return t.ignored("warga minta berhenti dikirimi kabar")
}

// call brings a person into the conversation: in the case that is meant, or in a new
// one that says nothing else.
func (t *talk) call(ctx context.Context) error {
	if t.c == nil || t.c.State == tanggap.Rejected || t.c.State == tanggap.Done {
		t.called = true
		return t.file(ctx)
	}
	m := t.said()
	if err := t.Desk.Call(ctx, t.tx, t.p, t.c, m); err != nil {
		return err
	}
	return t.filed(ctx, t.c, m)
}

// withdraw records that a report is wanted back; without one there is nothing to do.
func (t *talk) withdraw(ctx context.Context) (bool, error) {
	if t.c == nil || !t.c.State.Open() {
		if !t.answerable() {
			return false, nil
		}
		if err := t.answer(ctx, region.TextStatusNone, nil); err != nil {
			return false, err
		}
		return t.ignored("batal tanpa laporan terbuka")
	}
	m := t.said()
	if err := t.Desk.Withdraw(ctx, t.tx, t.p, t.c, m); err != nil {
		return false, err
	}
	return true, t.filed(ctx, t.c, m)
}

// speak changes the language in which the citizen is answered.
func (t *talk) speak(ctx context.Context, lang string) (bool, error) {
	citizen, err := t.tx.Citizen(ctx, t.who.Region, t.who.CitizenID)
	if err != nil {
		return false, err
	}
	citizen.Lang, t.lang = lang, lang
	if err := t.tx.SetCitizen(ctx, citizen); err != nil {
		return false, err
	}
	if err := t.answer(ctx, region.TextGreeting, nil, t.menu(lang)...); err != nil {
		return false, err
	}
	return t.ignored("bahasa: " + lang)
}

// checkWords are "cek" and its kin, alone or before a number or a tracking code.
var checkWords = regexp.MustCompile(`(?i)^\s*(?:cek|check|status)(?:\s+(?:laporan|aduan|report|nomor))*\s*:?\s*([a-z]{2,5}-\d{2}-\d{6}|[0-9a-z][0-9a-z -]{11,18})?\s*[.!?]*\s*$`)

// check answers how far a case is. A number is a name and opens nothing but its own
// citizen's case; a tracking code opens what its page shows, and no more.
func (t *talk) check(ctx context.Context, name string) (bool, error) {
	switch {
	case name == "":
		return t.progress(ctx, true)
	case caseNumber.MatchString(name):
		c, err := numbered(ctx, t.tx, t.who, name)
		if err != nil {
			return false, err
		}
		if c == nil {
			return t.unknown(ctx)
		}
		return t.tell(ctx, c, t.Outbox.Args(t.p, c, t.lang))
	}
	code, err := tanggap.ParseTrackingCode(name)
	if err != nil {
		return t.unknown(ctx)
	}
	c, err := t.tx.CaseByCode(ctx, t.row.Region, code)
	if tanggap.CodeOf(err) == tanggap.NotFound {
		return t.unknown(ctx)
	} else if err != nil {
		return false, err
	}
	args := t.Outbox.Args(t.p, c, t.lang)
	if c.CitizenID != t.who.CitizenID {
		public := strings.TrimSuffix(args["link"], notify.PathLink+c.Link) + notify.PathStatus + c.Code
		return t.tell(ctx, nil, map[string]string{"number": c.Number, "status": args["status"], "due": args["due"], "link": public})
	}
	return t.tell(ctx, c, args)
}

func (t *talk) unknown(ctx context.Context) (bool, error) {
	if err := t.answer(ctx, region.TextStatusNone, nil); err != nil {
		return false, err
	}
	return t.ignored("tanya status")
}

// tell answers a question about progress; c is nil if the case is not the asker's.
func (t *talk) tell(ctx context.Context, c *store.Case, args map[string]string) (bool, error) {
	if c != nil {
		t.row.CaseID = c.ID
	}
	if err := t.answer(ctx, region.TextStatus, args); err != nil {
		return false, err
	}
	return t.ignored("tanya status")
}
