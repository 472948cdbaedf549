package intake

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/job"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/seal"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/triage"
)

const (
	// forwardWindow is how long what an officer passes on belongs to one matter.
	forwardWindow = 10 * time.Minute
	// forwardWait is how long he is waited for; then a case is made of it, for nothing
	// that arrived may lie where nobody looks.
	forwardWait = 30 * time.Minute
	// mostForwards is how many messages one matter takes.
	mostForwards = 20
	// sourceLives is how long whoever wrote may take to confirm the contact.
	sourceLives = 7 * 24 * time.Hour
)

// Choices of an officer about what he passed on; the id follows.
const (
	forwardNew    = "fwd:new:"
	forwardAdd    = "fwd:add:"
	forwardCancel = "fwd:cancel:"
	forwardNobody = "fwd:nobody:"
)

// wayForwarded is how a citizen's words came to an officer who passed them on.
const wayForwarded = "forwarded"

// ForwardArgs names what an officer has passed on and not yet chosen about.
type ForwardArgs struct {
	Region string `json:"region"`
	ID     string `json:"id"`
}

// Kind implements job.Args.
func (ForwardArgs) Kind() string { return "intake.forward" }

// colleague takes what an officer passes on from a private telephone or a group: the
// words are somebody else's, so he is no reporter and is asked what they are.
func colleague(ctx context.Context, t *talk) (bool, error) {
	o := t.staff
	if o == nil || !access.CanIn(access.ActorOf(o), access.CaseOpen, t.row.Region) {
		return false, nil
	}
	if t.m.Mail != nil {
		if !t.m.Forwarded {
			return false, nil
		}
		return t.forwardedMail(ctx, o)
	}
	f, err := t.tx.LastForward(ctx, t.row.Region, o.ID, t.row.ReceivedAt.Add(-forwardWait))
	if err != nil {
		return false, err
	}
	switch {
	case t.m.Kind == channel.Choice && strings.HasPrefix(t.m.ChoiceID, "fwd:"):
		return true, t.forwardChoice(ctx, o)
	case t.m.Forwarded && (wordy(t.m.Text) || len(t.m.Media) > 0 || t.m.Place != nil):
		return true, t.hold(ctx, o, f)
	case f == nil || t.m.Kind != channel.Text:
		return false, nil
	case f.State == store.ForwardNumber && caseNumber.MatchString(t.m.Text):
		return true, t.forwardInto(ctx, o, f)
	case f.State == store.ForwardSource && numberTried.MatchString(t.m.Text):
		return t.source(ctx, o, f)
	}
	return false, nil
}

// alarming reports whether the words sound like a danger; officers' messages come here
// before the engine has read them.
func (t *talk) alarming() bool {
	d, _ := t.Engine(t.p).Decide(t.input(t.m.Text)).Get(triage.Emergency)
	return d.Value != ""
}

// hold puts a message to what the officer has just passed on, or begins anew and asks
// him. A danger is not kept waiting.
func (t *talk) hold(ctx context.Context, o *store.Officer, f *store.Forward) error {
	t.row.Outcome, t.row.Reason = store.OutcomeHeld, "terusan petugas, menunggu pilihannya"
	fresh := f == nil || f.State != store.ForwardAsked || t.row.ReceivedAt.Sub(f.UpdatedAt) > forwardWindow
	if !fresh {
		items, err := f.Items()
		if err != nil {
			return err
		}
		fresh = len(items) >= mostForwards
	}
	if fresh {
		f = &store.Forward{Region: t.row.Region, OfficerID: o.ID, IdentityID: t.who.ID, State: store.ForwardAsked}
	}
	if err := f.Hold(t.row.Seq); err != nil {
		return err
	}
	if fresh {
		if err := t.tx.AddForward(ctx, f); err != nil {
			return err
		}
	} else if err := t.tx.SetForward(ctx, f); err != nil {
		return err
	}
	if t.alarming() {
		c, err := t.forwardOpen(ctx, o, f, false)
		if err != nil {
			return err
		}
		return t.tellForward(ctx, f, region.ForwardDanger, c)
	}
	if !fresh {
		return nil
	}
	if err := t.Queue.Add(ctx, t.tx, job.Job{Args: ForwardArgs{Region: f.Region, ID: f.ID}, At: t.tx.Clock().Now().Add(forwardWait)}); err != nil {
		return err
	}
	return t.tellForward(ctx, f, region.ForwardAsk, nil, t.button(forwardNew, f, region.ButtonForwardNew), t.button(forwardAdd, f, region.ButtonForwardAdd), t.button(forwardCancel, f, region.ButtonForwardCancel))
}

func (t *talk) button(choice string, f *store.Forward, title string) channel.Button {
	return channel.Button{ID: choice + f.ID, Title: t.p.Text(t.lang, title, nil)}
}

// tellForward answers the officer, once for each thing there is to say.
func (t *talk) tellForward(ctx context.Context, f *store.Forward, key string, c *store.Case, buttons ...channel.Button) error {
	args := map[string]string{}
	if c != nil {
		args = t.Outbox.OfficerArgs(t.p, c)
	}
	event := "forward:" + f.ID + ":" + key
	if key == region.ForwardUnknown {
		event += ":" + t.m.ID // each wrong number is answered
	}
	return t.Outbox.Answer(ctx, t.tx, t.p, t.who, event, key, notify.Options{Args: args, First: true, Buttons: buttons})
}

// forwardChoice does what the officer tapped. An old button of something that is settled
// says nothing any more.
func (t *talk) forwardChoice(ctx context.Context, o *store.Officer) error {
	i := strings.LastIndex(t.m.ChoiceID, ":")
	choice, id := t.m.ChoiceID[:i+1], t.m.ChoiceID[i+1:]
	t.row.Outcome, t.row.Reason = store.OutcomeIgnored, "pilihan petugas tentang terusannya"
	f, err := t.tx.Forward(ctx, t.row.Region, id)
	if tanggap.CodeOf(err) == tanggap.NotFound || err == nil && f.OfficerID != o.ID {
		return nil
	}
	if err != nil {
		return err
	}
	t.row.CaseID = f.CaseID
	waits := f.State == store.ForwardAsked || f.State == store.ForwardNumber
	switch {
	case choice == forwardNew && waits:
		c, err := t.forwardOpen(ctx, o, f, false)
		if err != nil {
			return err
		}
		t.row.CaseID = c.ID
		return t.tellForward(ctx, f, region.ForwardOpened, c, t.button(forwardNobody, f, region.ButtonForwardNobody))
	case choice == forwardAdd && waits:
		f.State = store.ForwardNumber
		if err := t.tx.SetForward(ctx, f); err != nil {
			return err
		}
		return t.tellForward(ctx, f, region.ForwardNumber, nil)
	case choice == forwardCancel && waits:
		f.State = store.ForwardCancelled
		if err := t.settle(ctx, f, store.OutcomeIgnored, "terusan petugas, dibatalkan olehnya"); err != nil {
			return err
		}
		return t.tellForward(ctx, f, region.ForwardCancelled, nil)
	case choice == forwardNobody && f.State == store.ForwardSource:
		f.State = store.ForwardDone
		if err := t.tx.SetForward(ctx, f); err != nil {
			return err
		}
		c, err := t.tx.Case(ctx, f.Region, f.CaseID)
		if err != nil {
			return err
		}
		return t.tellForward(ctx, f, region.ForwardNoContact, c)
	}
	return nil
}

// items are the messages that were passed on, with their rows.
func (t *talk) items(ctx context.Context, f *store.Forward) (rows []*store.Inbound, said []*channel.Message, err error) {
	seqs, err := f.Items()
	if err != nil {
		return nil, nil, err
	}
	for _, seq := range seqs {
		row := t.row
		if seq != t.row.Seq {
			if row, err = t.tx.Inbound(ctx, f.Region, seq); err != nil {
				return nil, nil, err
			}
		}
		if row.Raw == nil {
			if err := t.tx.OpenInbound(ctx, row); err != nil {
				return nil, nil, err
			}
		}
		parsed, err := t.parse(row)
		if err != nil {
			return nil, nil, err
		}
		rows, said = append(rows, row), append(said, parsed.Message)
	}
	return rows, said, nil
}

// together is what was passed on as one message.
func together(said []*channel.Message) *channel.Message {
	first := *said[0]
	m := &channel.Message{ID: first.ID, Kind: channel.Text, At: first.At, Form: &channel.Form{}, From: channel.Author{ExternalID: "forward"}}
	var words []string
	for _, x := range said {
		if strings.TrimSpace(x.Text) != "" {
			words = append(words, x.Text)
		} else if len(x.Media) > 0 && m.Kind == channel.Text {
			m.Kind = x.Kind
		}
		m.Media = append(m.Media, x.Media...)
		if m.Place == nil {
			m.Place = x.Place
		}
	}
	if m.Text = strings.Join(words, "\n"); m.Text != "" {
		m.Kind = channel.Text
	}
	return m
}

// forwardOpen opens a case for what was passed on. Its citizen is whoever wrote, who is
// not known yet; the officer follows it. Where nobody chose, a person places it.
func (t *talk) forwardOpen(ctx context.Context, o *store.Officer, f *store.Forward, unchosen bool) (*store.Case, error) {
	rows, said, err := t.items(ctx, f)
	if err != nil {
		return nil, err
	}
	m := together(said)
	m.Forwarded = unchosen
	if err := t.message(ctx, t.tx, t.p, rows[0], m, &clerk{o.ID, wayForwarded, false}); err != nil {
		return nil, err
	}
	c, err := t.tx.Case(ctx, f.Region, rows[0].CaseID)
	if err != nil {
		return nil, err
	}
	if _, err := t.Desk.Remark(ctx, t.tx, c, casework.ByComputer, "Diteruskan "+o.Name+" dari percakapan di luar Tanggap. Penulisnya bukan petugas itu dan belum dikenal."); err != nil {
		return nil, err
	}
	if access.Can(access.ActorOf(o), access.CaseRead, access.Of(t.p, c)) {
		if err := t.tx.FollowCase(ctx, c.Region, c.ID, o.ID, true); err != nil {
			return nil, err
		}
	}
	f.CaseID, f.State = c.ID, store.ForwardSource
	return c, t.settleRows(ctx, f, rows, store.OutcomeMessage, "", rows[0].MessageID)
}

// settle gives the items of what was passed on their outcome.
func (t *talk) settle(ctx context.Context, f *store.Forward, outcome, reason string) error {
	rows, _, err := t.items(ctx, f)
	if err != nil {
		return err
	}
	return t.settleRows(ctx, f, rows, outcome, reason, "")
}

func (t *talk) settleRows(ctx context.Context, f *store.Forward, rows []*store.Inbound, outcome, reason, message string) error {
	for _, row := range rows {
		row.Outcome, row.Reason, row.CaseID, row.MessageID = outcome, reason, f.CaseID, message
		if row == t.row {
			continue // written with its own end
		}
		if err := t.tx.FinishInbound(ctx, row); err != nil {
			return err
		}
	}
	return t.tx.SetForward(ctx, f)
}

// forwardInto puts what was passed on into the case that the officer names, if he may
// work there.
func (t *talk) forwardInto(ctx context.Context, o *store.Officer, f *store.Forward) error {
	t.row.Outcome, t.row.Reason = store.OutcomeIgnored, "nomor laporan untuk terusan petugas"
	c, err := t.tx.CaseByNumber(ctx, f.Region, strings.ToUpper(caseNumber.FindString(t.m.Text)))
	if err == nil {
		c, err = t.tx.FollowMerge(ctx, c)
	}
	if tanggap.CodeOf(err) == tanggap.NotFound || err == nil && !access.Can(access.ActorOf(o), access.CaseNote, access.Of(t.p, c)) {
		return t.tellForward(ctx, f, region.ForwardUnknown, nil, t.button(forwardNew, f, region.ButtonForwardNew), t.button(forwardCancel, f, region.ButtonForwardCancel))
	}
	if err != nil {
		return err
	}
	rows, said, err := t.items(ctx, f)
	if err != nil {
		return err
	}
	m := together(said)
	note, err := t.Desk.PassOn(ctx, t.tx, c, o.ID, m.Text)
	if err != nil {
		return err
	}
	files := *t
	files.m = m
	if err := files.attach(ctx, c, note); err != nil {
		return err
	}
	f.CaseID, f.State, t.row.CaseID = c.ID, store.ForwardDone, c.ID
	if err := t.settleRows(ctx, f, rows, store.OutcomeMessage, "", note.ID); err != nil {
		return err
	}
	return t.tellForward(ctx, f, region.ForwardAdded, c)
}

// numberTried is what may be meant for a telephone number, too short or too long ones as
// well; mobile and landline are numbers. Each stands among other words, and none within the
// number of a case.
var (
	numberTried = regexp.MustCompile(`(?:^|[^\d-])(?:\+?62|0|8)[\d .()-]{3,20}\d`)
	mobile      = regexp.MustCompile(`(?:\+?62|0)[ .-]?8[\d .()-]{6,16}\d`)
	landline    = regexp.MustCompile(`(?:\+?62|0)[\d .()-]{7,18}\d`)
)

// besideNumber is how many words a name and number may have beside the number; more are
// words of the officer's own.
const besideNumber = 4

// source keeps who wrote what was passed on. The number gets one request to confirm, and
// nothing else before that. A number that cannot be one is asked for again; words that hold
// digits by the way are no answer of ours, and a danger least of all.
func (t *talk) source(ctx context.Context, o *store.Officer, f *store.Forward) (bool, error) {
	found := cmp.Or(mobile.FindString(t.m.Text), landline.FindString(t.m.Text))
	phone, err := seal.Phone(found, "ID")
	good := err == nil && phone != t.who.Phone
	if !good && (len(strings.Fields(numberTried.ReplaceAllString(t.m.Text, " "))) > besideNumber || t.alarming()) {
		return false, nil
	}
	c, err := t.tx.Case(ctx, f.Region, f.CaseID)
	if err != nil {
		return false, err
	}
	if !good {
		t.row.Outcome, t.row.Reason, t.row.CaseID = store.OutcomeIgnored, "nomor penulis asli tidak dikenali", c.ID
		return true, t.tellForward(ctx, f, region.ForwardBadNumber, c, t.button(forwardNobody, f, region.ButtonForwardNobody))
	}
	citizen, err := t.tx.Citizen(ctx, c.Region, c.CitizenID)
	if err != nil {
		return false, err
	}
	if name := strings.Trim(strings.Join(strings.Fields(strings.Replace(t.m.Text, found, " ", 1)), " "), " ,.:;()-"); name != "" && len([]rune(name)) <= maxTypedName {
		citizen.Name = name
		if err := t.tx.SetCitizen(ctx, citizen); err != nil {
			return false, err
		}
	}
	to := &store.Identity{Region: c.Region, CitizenID: c.CitizenID, Channel: channel.Web, Account: t.row.Account, External: "contact:" + tanggap.NewToken(), Phone: phone}
	if err := t.tx.AddIdentity(ctx, to); err != nil {
		return false, err
	}
	change := &store.ContactCode{Region: c.Region, ID: tanggap.HashToken(tanggap.NewToken()), IdentityID: to.ID, CaseID: c.ID, Purpose: store.CodeChange}
	if err := t.tx.AddContactCode(ctx, change, "", sourceLives); err != nil {
		return false, err
	}
	if err := t.Outbox.NewContact(ctx, t.tx, t.p, c, to); err != nil {
		return false, err
	}
	if err := t.Desk.Source(ctx, t.tx, c, o.ID); err != nil {
		return false, err
	}
	f.State = store.ForwardDone
	if err := t.tx.SetForward(ctx, f); err != nil {
		return false, err
	}
	t.row.Outcome, t.row.Reason, t.row.CaseID = store.OutcomeIgnored, "kontak penulis asli dari petugas", c.ID
	return true, t.tellForward(ctx, f, region.ForwardContact, c)
}

// forwardedMail opens a case for a mail that an officer passes on. Nothing is asked: by
// mail officers decide nothing, and what is inside may be shown to nobody but officers.
func (t *talk) forwardedMail(ctx context.Context, o *store.Officer) (bool, error) {
	m := *t.m
	m.Form, m.From, m.Forwarded = &channel.Form{}, channel.Author{ExternalID: "forward"}, true
	if err := t.message(ctx, t.tx, t.p, t.row, &m, &clerk{o.ID, wayForwarded, false}); err != nil || t.row.CaseID == "" {
		return true, err
	}
	c, err := t.tx.Case(ctx, t.row.Region, t.row.CaseID)
	if err != nil {
		return true, err
	}
	if access.Can(access.ActorOf(o), access.CaseRead, access.Of(t.p, c)) {
		err = t.tx.FollowCase(ctx, c.Region, c.ID, o.ID, true)
	}
	return true, err
}

// Forgotten makes a case of what an officer passed on and said nothing about.
func (in *Intake) Forgotten(ctx context.Context, regionCode, id string) error {
	p, err := in.Packs.Get(regionCode)
	if err != nil {
		return err
	}
	return in.Store.InTx(ctx, func(tx *store.Store) error {
		f, err := tx.Forward(ctx, regionCode, id)
		if err != nil || !slices.Contains([]string{store.ForwardAsked, store.ForwardNumber}, f.State) {
			return err
		}
		who, err := tx.Identity(ctx, regionCode, f.IdentityID)
		if err != nil {
			return err
		}
		citizen, err := tx.Citizen(ctx, regionCode, who.CitizenID)
		if err != nil {
			return err
		}
		o, err := tx.Officer(ctx, f.OfficerID)
		if err != nil {
			return err
		}
		t := &talk{Intake: in, tx: tx, p: p, row: &store.Inbound{}, m: &channel.Message{}, who: who, lang: citizen.Lang}
		c, err := t.forwardOpen(ctx, o, f, true)
		if err != nil {
			return err
		}
		return t.tellForward(ctx, f, region.ForwardLate, c, t.button(forwardNobody, f, region.ButtonForwardNobody))
	})
}
