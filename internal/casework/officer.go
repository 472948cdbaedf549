package casework

import (
	"context"
	"slices"
	"strings"

	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

// Choice is what an officer settles about a case. Empty fields stay as they are.
type Choice struct {
	Service string
	Area    string
	Unit    string // "" = where the route of service and area leads
	Urgency tanggap.Urgency
	Why     string
}

// Decide settles service, area, unit and urgency by an officer's word, records it
// on the open suggestions as accepted or changed, and sends the case on its way.
// It is both the one-key accept (the suggested values) and the correction.
func (d *Desk) Decide(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer string, ch Choice) error {
	if !c.State.Open() && c.State != tanggap.External {
		return tanggap.Errorf(tanggap.Conflict, "laporan %s sudah %s; buka kembali sebelum mengubahnya", c.Number, c.State)
	}
	oldService, oldUnit := c.Service, c.Unit
	was := c.State
	if ch.Service != "" {
		s, ok := p.Service(ch.Service)
		if !ok {
			return tanggap.Errorf(tanggap.Invalid, "layanan %s tidak ada", ch.Service)
		}
		if s.Retired && ch.Service != oldService {
			return tanggap.Errorf(tanggap.Invalid, "layanan %s sudah tidak dipakai; pilih penggantinya", ch.Service)
		}
		c.Service = ch.Service
		if s.Secret {
			c.Secret = true
		}
	}
	if ch.Area != "" {
		if _, ok := p.Area(ch.Area); !ok {
			return tanggap.Errorf(tanggap.Invalid, "wilayah %s tidak ada", ch.Area)
		}
		c.Area = ch.Area
	}
	if ch.Urgency != 0 {
		c.Urgency = ch.Urgency // a person may also lower it
	}
	switch {
	case ch.Unit != "":
		u, ok := p.Unit(ch.Unit)
		if !ok {
			return tanggap.Errorf(tanggap.Invalid, "unit %s tidak ada", ch.Unit)
		}
		if u.Retired && ch.Unit != oldUnit {
			return tanggap.Errorf(tanggap.Invalid, "unit %s sudah tidak dipakai; pilih penggantinya", ch.Unit)
		}
		c.Unit = ch.Unit
	case c.Service != oldService || c.State == tanggap.Triage:
		c.Unit, _, _ = p.Route(c.Service, c.Area)
	}
	if c.Service == "" {
		return tanggap.Errorf(tanggap.Invalid, "pilih layanan sebelum meneruskan laporan")
	}
	if err := d.record(ctx, tx, c, officer, why(c, ch.Why)); err != nil {
		return err
	}
	now := tx.Clock().Now()
	human(c, now)
	unitChanged := c.Unit != oldUnit
	if unitChanged {
		c.OfficerID = ""
	}
	switch c.State {
	case tanggap.Assigned, tanggap.InProgress, tanggap.WaitingCitizen:
		if !unitChanged {
			break
		}
		fallthrough
	default:
		if err := become(ctx, tx, p, c, tanggap.Assigned); err != nil {
			return err
		}
	}
	deadlines, err := d.settle(ctx, tx, p, c, oldService)
	if err != nil {
		return err
	}
	if err := reindex(ctx, tx, p, c); err != nil {
		return err
	}
	plan(p, c, deadlines, now)
	facts := map[string]any{"service": c.Service, "unit": c.Unit, "from": oldUnit, "area": c.Area, "urgency": c.Urgency, "rule": c.Rule, "state": c.State}
	if was == tanggap.Triage && oldService == "" {
		facts["was"] = was
	}
	event, err := d.event(ctx, tx, c, Officer(officer), Assigned, facts)
	if err != nil || !unitChanged && c.Service == oldService {
		return err
	}
	if err := d.Outbox.Unit(ctx, tx, p, c, event); err != nil {
		return err
	}
	return d.Outbox.Citizen(ctx, tx, p, c, event, region.TextAssigned, d.held(notify.Options{}))
}

// why is an officer's reason as it may stand in clear: masked, and nothing of a
// secret case.
func why(c *store.Case, words string) string {
	if c.Secret {
		return ""
	}
	return text.Mask(strings.TrimSpace(words))
}

// record writes what the officer did with each open or automatic suggestion.
func (d *Desk) record(ctx context.Context, tx *store.Store, c *store.Case, officer, why string) error {
	list, err := tx.Decisions(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	final := map[string]string{KindService: c.Service, KindUnit: c.Unit, KindArea: c.Area, KindUrgency: string('0' + rune(c.Urgency))}
	for _, x := range list {
		value, judged := final[x.Kind]
		waits := x.State == store.DecisionOpen || x.State == store.DecisionAuto && x.Value != value || TakenBack(x)
		if !judged || !waits {
			continue
		}
		x.State, x.FinalValue, x.OfficerID, x.Why = store.DecisionAccepted, value, officer, why
		if x.Value != value {
			x.State = store.DecisionChanged
		}
		if err := tx.Decide(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

// whyUndone is the reason of decisions that Undo took back.
const whyUndone = "dibatalkan"

// TakenBack reports whether an officer undid what the computer had decided, and
// nobody has decided anew.
func TakenBack(x *store.Decision) bool {
	return x.State == store.DecisionChanged && x.FinalValue == ""
}

// CanUndo reports whether x sent c on its way by itself and nobody has acted on the
// case since. An emergency is not sent back to wait in a queue: whoever finds it in
// the wrong place forwards it.
func CanUndo(c *store.Case, x *store.Decision) bool {
	return x.Kind == KindService && x.State == store.DecisionAuto && x.Value != "" && x.Value == c.Service &&
		c.State == tanggap.Assigned && c.HumanAt.IsZero() && c.Urgency != tanggap.Emergency
}

// Undo takes an automatic routing back: the case waits in triage for a person, under
// the promise that the citizen was given. He is told when it goes to another unit.
func (d *Desk) Undo(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer string) error {
	list, err := tx.Decisions(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(x *store.Decision) bool { return CanUndo(c, x) }) {
		return tanggap.Errorf(tanggap.Conflict, "laporan %s sudah ditangani petugas atau darurat; ganti layanan atau teruskan ke unit lain", c.Number)
	}
	for _, x := range list {
		if x.State != store.DecisionAuto || x.Kind != KindService && x.Kind != KindUnit {
			continue
		}
		x.State, x.FinalValue, x.OfficerID, x.Why = store.DecisionChanged, "", officer, whyUndone
		if err := tx.Decide(ctx, x); err != nil {
			return err
		}
	}
	if err := become(ctx, tx, p, c, tanggap.Triage); err != nil {
		return err
	}
	human(c, tx.Clock().Now())
	service, unit := c.Service, c.Unit
	c.Service, c.Unit = "", p.Identity.Triage
	if err := reindex(ctx, tx, p, c); err != nil {
		return err
	}
	if err := d.replan(ctx, tx, p, c); err != nil {
		return err
	}
	event, err := d.event(ctx, tx, c, Officer(officer), Undone, map[string]any{"state": c.State, "service": service, "from": unit, "unit": c.Unit})
	if err != nil {
		return err
	}
	return d.Outbox.Unit(ctx, tx, p, c, event)
}

// Assign makes another officer responsible for the case. Its state stays: he has yet
// to take it up.
func (d *Desk) Assign(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, byOfficer, toOfficer string) error {
	if !c.State.Open() && c.State != tanggap.Answered {
		return tanggap.Errorf(tanggap.Conflict, "laporan %s sudah %s", c.Number, c.State)
	}
	c.OfficerID = toOfficer
	human(c, tx.Clock().Now())
	if err := d.replan(ctx, tx, p, c); err != nil {
		return err
	}
	_, err := d.event(ctx, tx, c, Officer(byOfficer), Assigned, map[string]any{"unit": c.Unit, "officer": toOfficer})
	return err
}

// Take makes an officer responsible for the case and starts the work, unless it is
// still in triage or waits for the citizen.
func (d *Desk) Take(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer string) error {
	if !c.State.Open() && c.State != tanggap.Answered {
		return tanggap.Errorf(tanggap.Conflict, "laporan %s sudah %s", c.Number, c.State)
	}
	started := c.State != tanggap.InProgress && c.State != tanggap.WaitingCitizen && c.State.CanBecome(tanggap.InProgress)
	if started {
		if err := become(ctx, tx, p, c, tanggap.InProgress); err != nil {
			return err
		}
	}
	c.OfficerID = officer
	human(c, tx.Clock().Now())
	if err := d.replan(ctx, tx, p, c); err != nil {
		return err
	}
	event, err := d.event(ctx, tx, c, Officer(officer), StateMoved, map[string]any{"state": c.State, "officer": officer})
	if err != nil || !started {
		return err
	}
	return d.Outbox.Citizen(ctx, tx, p, c, event, region.TextInProgress, notify.Options{})
}

// Reply sends the officer's words to the citizen and moves the case to the given
// state: in_progress (just a word), waiting_citizen (a question, which pauses the
// clock) or answered (the result, to which the citizen is asked to agree).
//
// A result of a service that asks for evidence is refused while there is none, and one
// that a second person has to look at waits for him first.
func (d *Desk) Reply(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer, words string, to tanggap.State) error {
	return d.tell(ctx, tx, p, c, telling{officer: officer, words: words, to: to})
}

// telling is what an officer wants a citizen to be told.
type telling struct {
	officer, words string
	to             tanggap.State
	whole          bool                   // all citizens of the event
	may            func(*store.Case) bool // of the other cases of the event: which he may answer
	checked        bool                   // a second person has looked
	batch          string                 // the case whose answer went to all of its event
}

// tell says it to the citizen of c and, where all of the event are meant, to the others.
func (d *Desk) tell(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, t telling) error {
	if t.whole {
		t.batch = c.ID
	}
	waits, err := d.ready(ctx, tx, p, c, t)
	if err != nil {
		return err
	}
	if waits {
		return d.await(ctx, tx, p, c, t.officer, t.words, t.whole)
	}
	if err := d.reply(ctx, tx, p, c, t); err != nil || !t.whole || c.Incident == "" {
		return err
	}
	return d.tellOthers(ctx, tx, p, c, t)
}

// ready reports whether a result has to wait for a second person; it is an error while
// evidence is missing.
func (d *Desk) ready(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, t telling) (waits bool, err error) {
	if strings.TrimSpace(t.words) == "" {
		return false, tanggap.Errorf(tanggap.Invalid, "tulis balasan untuk warga")
	}
	if t.to != tanggap.Answered || c.State == tanggap.Answered {
		return false, nil
	}
	if !c.State.CanBecome(tanggap.Answered) {
		return false, nil // which the state table says better
	}
	_, missing, err := NeedsProof(ctx, tx, p, c)
	if err != nil {
		return false, err
	}
	if missing {
		return false, errUnproven
	}
	s, _ := p.Service(c.Service)
	return s.Check && !t.checked, nil
}

// reply is one such answer on its way.
func (d *Desk) reply(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, t telling) error {
	officer, words, to := t.officer, strings.TrimSpace(t.words), t.to
	now, wakes := tx.Clock().Now(), c.WakesAt
	human(c, now)
	facts := map[string]any{"state": to, "was": c.State}
	if t.batch != "" {
		facts["batch"] = t.batch
	}
	if to != c.State {
		if err := become(ctx, tx, p, c, to); err != nil {
			return err
		}
	}
	if to.Open() {
		c.WakesAt = wakes // who puts a case off and writes meanwhile has not taken it up again
	}
	opt := d.held(notify.Options{Author: Officer(officer)})
	key := ""
	switch to {
	case tanggap.Answered:
		l, err := lang(ctx, tx, c)
		if err != nil {
			return err
		}
		c.AnsweredAt = now
		key, opt.Args, opt.Buttons = region.TextAnswered, map[string]string{"answer": words}, answerButtons(p, l)
	case tanggap.WaitingCitizen:
		c.Reason = words
		key, opt.Args = region.TextAskedByOfficer, map[string]string{"question": words}
	default:
		opt.Text = words
	}
	if c.OfficerID == "" {
		c.OfficerID, facts["took"] = officer, true
	}
	if err := d.replan(ctx, tx, p, c); err != nil {
		return err
	}
	event, err := d.event(ctx, tx, c, Officer(officer), Said, facts)
	if err != nil {
		return err
	}
	return d.Outbox.Citizen(ctx, tx, p, c, event, key, opt)
}

// Note keeps words for colleagues, who find the case among those where they are named.
// They never reach the citizen.
func (d *Desk) Note(ctx context.Context, tx *store.Store, c *store.Case, officer, words string, named ...string) error {
	if strings.TrimSpace(words) == "" {
		return tanggap.Errorf(tanggap.Invalid, "catatan masih kosong")
	}
	m := &store.Message{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, Direction: store.Note, Channel: c.Channel,
		Kind: "text", Author: Officer(officer), Body: words}
	if err := tx.AddMessage(ctx, m); err != nil {
		return err
	}
	for _, to := range named {
		if err := tx.NameOfficer(ctx, c.Region, c.ID, to); err != nil {
			return err
		}
	}
	_, err := d.event(ctx, tx, c, Officer(officer), Noted, nil)
	return err
}

// FieldNote keeps what an officer says at the place of the work, in words or in a
// recording whose file the caller adds.
func (d *Desk) FieldNote(ctx context.Context, tx *store.Store, c *store.Case, officer, words string, sound bool) (*store.Message, error) {
	m := &store.Message{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, Direction: store.Note, Channel: c.Channel,
		Kind: "text", Author: Officer(officer), Body: strings.TrimSpace(words)}
	if sound {
		m.Kind = "audio"
	}
	if err := tx.AddMessage(ctx, m); err != nil {
		return nil, err
	}
	_, err := d.event(ctx, tx, c, Officer(officer), Noted, nil)
	return m, err
}

// External hands the case to a body outside the government and says to whom.
func (d *Desk) External(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer, to string) error {
	if strings.TrimSpace(to) == "" {
		return tanggap.Errorf(tanggap.Invalid, "sebutkan instansi yang dituju, supaya warga tahu")
	}
	to = strings.TrimSpace(to)
	c.ExternalTo = text.Mask(to) // stands in clear; the citizen reads all of it in the notice
	return d.end(ctx, tx, p, c, officer, tanggap.External, region.TextExternal, map[string]string{"to": to})
}

// Reject says, with a reason, that the case cannot be acted on. Only a person may.
func (d *Desk) Reject(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return tanggap.Errorf(tanggap.Invalid, "tulis alasannya; warga akan membacanya")
	}
	c.Reason = strings.TrimSpace(reason)
	return d.end(ctx, tx, p, c, officer, tanggap.Rejected, region.TextRejected, map[string]string{"reason": c.Reason})
}

func (d *Desk) end(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer string, to tanggap.State, key string, args map[string]string) error {
	if err := become(ctx, tx, p, c, to); err != nil {
		return err
	}
	now := tx.Clock().Now()
	human(c, now)
	c.ClosedAt = now
	c.NextStep, c.NextStepAt = tanggap.StepNone, noTime
	event, err := d.event(ctx, tx, c, Officer(officer), StateMoved, map[string]any{"state": c.State})
	if err != nil {
		return err
	}
	return d.Outbox.Citizen(ctx, tx, p, c, event, key, notify.Options{Args: args})
}

// Merge joins a case into another one of the same citizen. Whatever is said to the
// old number is heard in the new one, for ever.
func (d *Desk) Merge(ctx context.Context, tx *store.Store, p *region.Pack, c, into *store.Case, officer string) error {
	switch {
	case c.ID == into.ID:
		return tanggap.Errorf(tanggap.Invalid, "laporan tidak bisa digabung dengan dirinya sendiri")
	case c.CitizenID != into.CitizenID:
		return tanggap.Errorf(tanggap.Invalid, "hanya laporan warga yang sama yang bisa digabung; laporan warga lain ditautkan sebagai kejadian")
	case into.State == tanggap.Merged:
		return tanggap.Errorf(tanggap.Invalid, "laporan %s sendiri sudah digabung; pilih laporan tujuannya", into.Number)
	case !into.State.Open() && into.State != tanggap.Answered && into.State != tanggap.External:
		return tanggap.Errorf(tanggap.Invalid, "laporan %s sudah %s; masalah yang masih terbuka tidak bisa digabung ke sana", into.Number, into.State)
	}
	c.MergedInto = into.ID
	// The stricter of the two flags and the higher of the two urgencies hold for both.
	secret, urgency := into.Secret || c.Secret, max(into.Urgency, c.Urgency)
	if changed := into.Secret != secret || into.Urgency != urgency; changed {
		into.Secret, into.Urgency = secret, urgency
		if err := reindex(ctx, tx, p, into); err != nil {
			return err
		}
		if err := d.replan(ctx, tx, p, into); err != nil {
			return err
		}
		if _, err := d.event(ctx, tx, into, Officer(officer), Flagged, map[string]any{"secret": secret, "urgency": urgency}); err != nil {
			return err
		}
	}
	if c.Secret != secret {
		c.Secret = secret
		if err := reindex(ctx, tx, p, c); err != nil {
			return err
		}
	}
	return d.end(ctx, tx, p, c, officer, tanggap.Merged, region.TextMerged, map[string]string{"into": into.Number})
}

// Flags sets secrecy and anonymity, two independent flags.
func (d *Desk) Flags(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer string, secret, anonymous bool) error {
	c.Secret, c.Anonymous = secret, anonymous
	if err := reindex(ctx, tx, p, c); err != nil {
		return err
	}
	_, err := d.event(ctx, tx, c, Officer(officer), Flagged, map[string]any{"secret": secret, "anonymous": anonymous})
	return err
}

func (d *Desk) replan(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error {
	deadlines, err := tx.Deadlines(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	plan(p, c, deadlines, tx.Clock().Now())
	return nil
}
