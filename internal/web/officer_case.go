package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

func (s *Server) casePage(w http.ResponseWriter, r *http.Request) error {
	c := at(r).opened
	if err := s.Store.SawCase(r.Context(), c.Region, c.ID, at(r).actor.ID); err != nil {
		return err
	}
	page, err := s.staffCase(r, c)
	if err != nil {
		return err
	}
	if err := s.ready(r, c, page); err != nil {
		return err
	}
	if r.URL.Query().Get("konsep") == "ya" {
		page.Begin(page.Proposal)
		page.Proposed = true
	}
	switch saved := r.URL.Query(); {
	case saved.Get("tersimpan") == "baru":
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), "desk.saved", "number", page.Number)}
	case saved.Get("tersimpan") == "urung":
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), "case_staff.retracted")}
	case saved.Get("tersimpan") == "berkas":
		page.Notice = &view.Notice{Tone: "info", Text: s.View.T(lang(r), "message.refetch")}
	case saved.Has("tersimpan"):
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), view.MsgSaved)}
	}
	return s.render(w, r, http.StatusOK, "case", page)
}

// listBeside is how many cases stand beside the open one.
const listBeside = 30

// staffCase fills the page of a case for the officer of the request.
func (s *Server) staffCase(r *http.Request, c *store.Case) (*view.StaffCase, error) {
	v, ctx := at(r), r.Context()
	p, obj := v.pack, access.Of(v.pack, c)
	can := func(verb access.Verb) bool { return access.Can(v.actor, verb, obj) }
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	page := &view.StaffCase{Base: base, ID: c.ID, Number: c.Number, Title: s.titleOf(v, c), Version: c.Version, State: shownState(c),
		Urgency: c.Urgency, Channel: channelName(c.Channel), Opened: c.OpenedAt, Due: moment(c.DueAt), Paused: c.State.Paused(),
		Service: serviceName(p, c.Service, v.lang), Unit: unitName(p, c.Unit), Area: areaName(p, c.Area), Place: s.words(v, c, c.Place), Secret: c.Secret,
		CanReply: can(access.CaseReply), CanAssign: can(access.CaseDecide) && c.State.CanBecome(tanggap.Assigned), CanChange: can(access.CaseDecide) && c.State.Open(),
		CanTake: can(access.CaseTake) && c.OfficerID != v.actor.ID && c.State.CanBecome(tanggap.InProgress),
		CanAck:  can(access.CaseTake) && c.Urgency == tanggap.Emergency && c.HumanAt.IsZero() && c.State.Open(),
		CanHear: can(access.CaseReply) && can(access.AttachmentRead), CanReceipt: can(access.CaseOpen) && c.Channel == channel.Desk, CanFlag: can(access.CaseFlag), CanUnflag: can(access.CaseUnflag), CanMerge: can(access.CaseMerge) && c.State.CanBecome(tanggap.Merged),
		Services: serviceGroups(p, v.lang, c.Service), Areas: areaGroups(p, c.Area), Units: unitOptions(p, nil, c.Unit)}
	if rule, ok := p.Rule(c.Rule, c.OpenedAt); ok {
		page.Rule = rule.Name
	}
	for _, u := range urgencies {
		page.Urgencies = append(page.Urgencies, view.Option{Value: string('0' + rune(u.urgency)), Label: s.View.T(v.lang, u.key), Selected: u.urgency == c.Urgency})
	}
	page.Actions = actions(c, can)
	if can(access.CaseReply) && casework.CanDelay(c) {
		s.mayDelay(v, c, page)
	}
	page.CanWords = !v.revealed && can(access.WordsReveal) && !can(access.CaseReply)
	if page.OpenUntil, err = s.openUntil(ctx, v, c); err != nil {
		return nil, err
	}
	page.Anonymous = c.Anonymous
	officers, err := s.Store.Officers(ctx, c.Region)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, o := range officers {
		names[o.ID] = o.Name
		if can(access.CaseAssign) && access.Can(access.ActorOf(o), access.CaseTake, assignedTo(obj, o.ID)) {
			page.Officers = append(page.Officers, view.Option{Value: o.ID, Label: o.Name, Selected: o.ID == c.OfficerID})
		}
	}
	page.Assignee = names[c.OfficerID]
	if given, err := s.Store.Pulse(ctx, c.Region, c.ID); err != nil {
		return nil, err
	} else if given != nil {
		page.Rating, page.RatingWords = given.Score, given.Comment
		if !page.CanReply {
			page.RatingWords = given.CommentMasked
		}
	}
	if page.Citizen, err = s.contact(ctx, v, c); err != nil {
		return nil, err
	}
	if page.Messages, err = s.staffMessages(ctx, v, c, names); err != nil {
		return nil, err
	}
	if page.Suggestions, err = s.suggestions(ctx, v, c, names); err != nil {
		return nil, err
	}
	if err := s.remarks(ctx, v, c, page); err != nil {
		return nil, err
	}
	if err := s.alike(ctx, v, c, page); err != nil {
		return nil, err
	}
	touched, err := casework.Touched(ctx, s.Store, c)
	if err != nil {
		return nil, err
	}
	for _, l := range casework.Leads(c, touched) {
		page.Leads = append(page.Leads, s.View.T(v.lang, "lead."+l.Why, "hours", strconv.FormatInt(l.Hours, 10), "n", strconv.Itoa(touched)))
	}
	events, err := s.Store.Events(ctx, c.Region, c.ID)
	if err != nil {
		return nil, err
	}
	page.Undo = s.retractable(v, events)
	if page.History, err = s.history(ctx, v, c, events, names); err != nil {
		return nil, err
	}
	if err := s.caseTasks(ctx, v, c, page, names); err != nil {
		return nil, err
	}
	if err := s.caseEvidence(ctx, v, c, page, names); err != nil {
		return nil, err
	}
	if err := s.seat(ctx, v, c, page, officers); err != nil {
		return nil, err
	}
	return page, s.beside(ctx, v, r, page)
}

// assignedTo is the object that a case becomes when an officer is given it.
func assignedTo(o access.Object, id string) access.Object {
	o.OfficerID = id
	return o
}

// actions are the states that the officer may choose now. A case is never closed by
// an officer alone: the citizen agrees, or a published time of silence passes.
func actions(c *store.Case, can func(access.Verb) bool) []tanggap.State {
	var out []tanggap.State
	for _, x := range []struct {
		state tanggap.State
		verb  access.Verb
	}{{tanggap.Answered, access.CaseReply}, {tanggap.WaitingCitizen, access.CaseReply}, {tanggap.External, access.CaseMove}, {tanggap.Rejected, access.CaseMove}} {
		if c.State.CanBecome(x.state) && can(x.verb) {
			out = append(out, x.state)
		}
	}
	return out
}

// beside fills the list at the side and the neighbours in it.
func (s *Server) beside(ctx context.Context, v *visit, r *http.Request, page *view.StaffCase) error {
	f := access.ListFilter(v.actor, v.pack)
	f.States, f.Limit, f.Plain = openStates, listBeside, true
	list, err := s.Store.Cases(ctx, f)
	if err != nil {
		return err
	}
	if page.List, err = s.caseRows(ctx, v, list, page.ID); err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(c *store.Case) bool { return c.ID == page.ID })
	if i > 0 {
		page.Prev = localPath(r, "/kasus/"+list[i-1].ID)
	}
	if i >= 0 && i+1 < len(list) {
		page.Next = localPath(r, "/kasus/"+list[i+1].ID)
	}
	return nil
}

// contact is the citizen as the officer sees him: masked, and not at all when he
// wanted to stay unknown.
func (s *Server) contact(ctx context.Context, v *visit, c *store.Case) (view.Contact, error) {
	out := view.Contact{Anonymous: c.Anonymous}
	if c.Anonymous {
		return out, nil
	}
	name, address, proven, err := s.reached(ctx, c)
	if err != nil {
		return out, err
	}
	out.Name, out.Unproven = maskName(name), address != "" && !proven
	if strings.Contains(address, "@") {
		out.Address = text.MaskEmail(address)
	} else if address != "" {
		out.Address = text.MaskPhone(address)
	}
	out.CanReveal = (name != "" || address != "") && access.Can(v.actor, access.CaseReveal, access.Of(v.pack, c))
	cases, err := s.Store.CitizenCases(ctx, c.Region, c.CitizenID, rowsPerPage)
	for _, x := range cases {
		// Another case in which the same person stayed unknown must not be tied to him.
		if x.ID != c.ID && !x.Anonymous && access.Can(v.actor, access.CaseList, access.Of(v.pack, x)) {
			out.Cases++
		}
	}
	return out, err
}

// maskName shows the first letter of each part of a name.
func maskName(name string) string {
	parts := strings.Fields(name)
	for i, part := range parts {
		first, _ := utf8.DecodeRuneInString(part)
		parts[i] = string(first) + "***"
	}
	return strings.Join(parts, " ")
}

// reached returns the name and the address of a case's citizen, and whether it is
// known that the address is his.
func (s *Server) reached(ctx context.Context, c *store.Case) (name, address string, proven bool, err error) {
	citizen, err := s.Store.Citizen(ctx, c.Region, c.CitizenID)
	if err != nil {
		return "", "", false, err
	}
	if c.IdentityID == "" {
		return citizen.Name, "", false, nil
	}
	i, err := s.Store.Identity(ctx, c.Region, c.IdentityID)
	if err != nil {
		return "", "", false, err
	}
	return citizen.Name, cmp.Or(i.Phone, i.Email), !i.VerifiedAt.IsZero(), nil
}

// staffMessages is the conversation with its files and what became of our notices.
// Who only watches reads the masked copy of the citizen's words.
func (s *Server) staffMessages(ctx context.Context, v *visit, c *store.Case, names map[string]string) ([]view.Message, error) {
	said, err := s.Store.Messages(ctx, c.Region, c.ID)
	if err != nil {
		return nil, err
	}
	files, err := s.Store.Attachments(ctx, c.Region, c.ID)
	if err != nil {
		return nil, err
	}
	notices, err := s.Store.Notifications(ctx, c.Region, c.ID)
	if err != nil {
		return nil, err
	}
	obj := access.Of(v.pack, c)
	works, sees := access.Can(v.actor, access.CaseReply, obj), access.Can(v.actor, access.AttachmentRead, obj)
	next := map[string]string{} // id of a message of ours -> id of the next one
	last := ""
	for _, m := range said {
		if m.Direction == store.Out {
			next[last], last = m.ID, m.ID
		}
	}
	var out []view.Message
	for _, m := range said {
		x := view.Message{ID: m.ID, Citizen: m.Direction == store.In, Internal: m.Direction == store.Note, Channel: channelName(m.Channel), At: m.SaidAt,
			Text: s.words(v, c, m.Body), Who: s.who(v, m.Author, names)}
		if !works && !v.revealed {
			x.Text = text.Mask(x.Text)
		}
		if x.Internal && m.Author == casework.System {
			x.Text, x.More = fold(x.Text)
		}
		for _, a := range files {
			if a.MessageID == m.ID && sees {
				s.attach(v, &x, c, a)
			}
		}
		if m.Direction == store.Out {
			x.Pending, x.Failed = s.delivery(v, m, next[m.ID], notices)
		}
		out = append(out, x)
	}
	return out, nil
}

// attach shows a file beside its message: a picture, a sound to listen to, or why it
// was not stored.
func (s *Server) attach(v *visit, x *view.Message, c *store.Case, a *store.Attachment) {
	file := photoOf("/kasus/"+c.ID+"/berkas/", a)
	switch {
	case a.State == store.AttachmentRefused:
		x.Lost = append(x.Lost, view.LostFile{ID: a.ID, Reason: cmp.Or(a.Reason, s.View.T(v.lang, "notice.failed"))})
	case a.State != store.AttachmentStored:
	case strings.HasPrefix(a.MIME, "audio/"):
		x.Sounds = append(x.Sounds, view.Sound{ID: a.ID, URL: file.URL, Bytes: a.Size, Unheard: a.HeardAt.IsZero()})
	default:
		x.Photos = append(x.Photos, file)
	}
}

// noteLines is how much of a note that the program wrote is shown at once; what was
// cut off from a mail may follow in it.
const noteLines = 3

func fold(words string) (head, rest string) {
	lines := strings.SplitN(words, "\n", noteLines+1)
	if len(lines) <= noteLines {
		return words, ""
	}
	return strings.Join(lines[:noteLines], "\n"), lines[noteLines]
}

// who names an author of a message or an actor of an event.
func (s *Server) who(v *visit, actor string, names map[string]string) string {
	kind, id, _ := strings.Cut(actor, ":")
	switch kind {
	case "citizen":
		return s.View.T(v.lang, "history.citizen")
	case "officer":
		if name := names[id]; name != "" {
			return name
		}
		return s.View.T(v.lang, "history.officer")
	}
	return s.View.T(v.lang, "history.system")
}

// suggestions are the computer's open and decided suggestions about a case.
func (s *Server) suggestions(ctx context.Context, v *visit, c *store.Case, names map[string]string) ([]view.Suggestion, error) {
	list, err := s.Store.Decisions(ctx, c.Region, c.ID)
	if err != nil {
		return nil, err
	}
	said, err := s.Store.Messages(ctx, c.Region, c.ID)
	if err != nil {
		return nil, err
	}
	var out []view.Suggestion
	for _, d := range list {
		if d.State == store.DecisionSuperseded || !slices.Contains(shown, d.Kind) {
			continue
		}
		x := view.Suggestion{ID: d.ID, Field: d.Kind, Value: s.valueName(v.pack, d.Kind, d.Value, v.lang), Confidence: d.Confidence, Model: d.Model}
		for _, reason := range d.Reasons {
			if reason.Rule != "" && reason.Rule != "model" && reason.Rule != "unsure" {
				x.Rule = s.View.T(v.lang, "decision.rule_"+reason.Rule)
				break
			}
		}
		x.Reasons = s.closedQuote(v, c, because(d, said))
		x.Decided = s.decided(v, d, names)
		x.Automatic = access.Can(v.actor, access.CaseDecide, access.Of(v.pack, c)) && casework.CanUndo(c, d)
		out = append(out, x)
	}
	return out, nil
}

// shown are the kinds of decisions that a card can show and a form can change.
var shown = []string{casework.KindService, casework.KindUnit, casework.KindUrgency, casework.KindArea}

// remarks fill in what else the computer reads in the words, and the further asks that
// may become cases of their own.
func (s *Server) remarks(ctx context.Context, v *visit, c *store.Case, page *view.StaffCase) error {
	list, err := s.Store.Decisions(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	said, err := s.Store.Messages(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	page.Remarks, page.Matter = s.heads(v, list), casework.Matter(list)
	_, asks := casework.Parts(c, list, said)
	for _, a := range asks {
		page.Parts = append(page.Parts, view.Part{Service: serviceName(v.pack, a.Service, v.lang), Words: s.words(v, c, a.Words)})
	}
	return nil
}

// heads are what a message says beside its matter: its kind, where it is not the usual
// one, mood and language, and who is touched.
func (s *Server) heads(v *visit, list []*store.Decision) (remarks []string) {
	for _, d := range list {
		if d.State == store.DecisionSuperseded {
			continue
		}
		switch d.Kind {
		case casework.KindMatter, casework.KindMood, casework.KindLanguage:
			remarks = append(remarks, s.valueName(v.pack, d.Kind, d.Value, v.lang))
		case casework.KindVulnerable:
			for _, r := range d.Reasons {
				remarks = append(remarks, s.View.T(v.lang, "heads."+r.Words))
			}
		}
	}
	slices.Sort(remarks)
	return slices.Compact(remarks)
}

// because is the message that the suggestion was made of, with the words that spoke
// for it marked; nil when none did.
func because(d *store.Decision, said []*store.Message) []view.Span {
	body := ""
	for _, m := range said {
		if m.Direction == store.In && (body == "" || !m.CreatedAt.After(d.MadeAt)) {
			body = m.Body
		}
	}
	var marks [][2]int
	for _, reason := range d.Reasons {
		if reason.Weight > 0 && reason.End > reason.Start {
			marks = append(marks, [2]int{reason.Start, reason.End})
		}
	}
	if len(marks) == 0 {
		return nil
	}
	return spans(body, marks)
}

func (s *Server) decided(v *visit, d *store.Decision, names map[string]string) string {
	name := names[d.OfficerID]
	switch d.State {
	case store.DecisionAuto:
		return s.View.T(v.lang, "decision.automatic")
	case store.DecisionAccepted:
		return s.View.T(v.lang, "history.accepted", "who", name)
	case store.DecisionChanged:
		if casework.TakenBack(d) {
			return s.View.T(v.lang, "history.taken_back", "who", name)
		}
		return s.View.T(v.lang, "history.changed", "who", name, "value", s.valueName(v.pack, d.Kind, d.FinalValue, v.lang))
	}
	return ""
}

// caseChanged tells an open page that somebody else changed its case, or has it open
// too. Asking is also how the page says that it is open. What the page shows already is
// not sent again: a screen reader would read it out each time.
func (s *Server) caseChanged(w http.ResponseWriter, r *http.Request) error {
	v, ctx := at(r), r.Context()
	c := v.opened
	if err := s.Store.SawCase(ctx, c.Region, c.ID, v.actor.ID); err != nil {
		return err
	}
	here, err := s.others(ctx, v, c)
	if err != nil {
		return err
	}
	page := &view.CaseChanged{Base: s.base(r), ID: c.ID, Version: c.Version, Shown: c.Version, Here: here}
	if n, err := strconv.ParseInt(r.URL.Query().Get("versi"), 10, 64); err == nil {
		page.Shown = n
	}
	told := r.URL.Query().Get("tahu") == version(c)
	if here.Mark() == r.URL.Query().Get("lihat") && (page.Shown == c.Version || told) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if page.Shown != c.Version {
		events, err := s.Store.Events(ctx, c.Region, c.ID)
		if err != nil {
			return err
		}
		if len(events) > 0 {
			names, err := s.names(ctx, c.Region)
			if err != nil {
				return err
			}
			page.Who = s.who(v, events[len(events)-1].Actor, names)
		}
	}
	return s.render(w, r, http.StatusOK, "case_changed", page)
}

func (s *Server) names(ctx context.Context, region string) (map[string]string, error) {
	officers, err := s.Store.Officers(ctx, region)
	names := map[string]string{}
	for _, o := range officers {
		names[o.ID] = o.Name
	}
	return names, err
}

// caseMedia sends one file of a case, to look at or to keep, never as a page.
func (s *Server) caseMedia(w http.ResponseWriter, r *http.Request) error {
	c := at(r).opened
	a, err := s.Store.Attachment(r.Context(), c.Region, r.PathValue("file"))
	if err != nil {
		return err
	}
	if a.CaseID != c.ID || a.State != store.AttachmentStored {
		return tanggap.Errorf(tanggap.NotFound, "berkas ini tidak ada")
	}
	how := "attachment"
	if strings.HasPrefix(a.MIME, "image/") {
		how = "inline"
	}
	w.Header().Set("Content-Disposition", how+`; filename="`+c.Number+"-"+a.ID[len(a.ID)-6:]+extension(a.MIME)+`"`)
	return s.serveAttachment(w, r, a)
}

func extension(mime string) string {
	switch mime {
	case "image/jpeg":
		return ".jpg"
	case "image/png":
		return ".png"
	case "application/pdf":
		return ".pdf"
	case "audio/ogg":
		return ".ogg"
	case "audio/mpeg":
		return ".mp3"
	case "audio/mp4":
		return ".m4a"
	case "video/mp4":
		return ".mp4"
	}
	return ""
}

// routeName tells where a service in an area goes, for the choices of triage.
func routeName(p *region.Pack, service, area string) string {
	unit, _, _ := p.Route(service, area)
	return p.ShortUnit(unit)
}
