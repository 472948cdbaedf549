package web

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/channel"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const (
	channelsPath = "/saluran"
	faultsSince  = 24 * time.Hour
	faultKinds   = 40 // reasons shown in all
)

// channels shows how every channel of the region is doing.
func (s *Server) channels(w http.ResponseWriter, r *http.Request) error {
	v := at(r)
	base, err := s.staffBase(r)
	if err != nil {
		return err
	}
	page := &view.Channels{Base: base, CanTest: access.CanIn(v.actor, access.AdminRegion, v.pack.Identity.Code)}
	if page.List, err = s.health(r.Context(), v); err != nil {
		return err
	}
	if err := s.tested(r.Context(), v, page.List); err != nil {
		return err
	}
	return s.renderPrivate(w, r, http.StatusOK, "channels", page)
}

// channelTest sends the administrator himself a message by one channel.
func (s *Server) channelTest(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	ch := r.PostForm.Get("saluran")
	switch {
	case ch == channel.WhatsApp && v.officer.Phone == "":
		return tanggap.Errorf(tanggap.Invalid, "%s", s.View.T(v.lang, "channels.test_no_phone"))
	case ch != channel.WhatsApp && ch != channel.Email:
		return tanggap.Errorf(tanggap.Invalid, "%s", s.View.T(v.lang, "channels.test_not"))
	}
	if err := s.Store.InTx(ctx, func(tx *store.Store) error { return s.Desk.Outbox.Test(ctx, tx, v.pack, v.actor.ID, ch) }); err != nil {
		return err
	}
	s.wake()
	return s.redirect(w, r, channelsPath+"#s-"+ch)
}

// tested adds what became of the last test of each channel.
func (s *Server) tested(ctx context.Context, v *visit, list []view.ChannelHealth) error {
	tests, err := s.Store.LastTests(ctx, v.pack.Identity.Code)
	if err != nil {
		return err
	}
	names, err := s.names(ctx, v.pack.Identity.Code)
	if err != nil {
		return err
	}
	for i := range list {
		x := &list[i]
		x.Tests = x.Channel == channel.WhatsApp || x.Channel == channel.Email
		if n := tests[x.Channel]; n != nil {
			x.Test = fate(n, s.Clock.Now())
			x.Test.By = s.who(v, n.Recipient, names)
		}
	}
	return nil
}

// takenUp is how long a notice may lie there before something must be wrong: the
// dispatcher looks every second.
const takenUp = time.Minute

// fate says what became of a notice as far as anybody knows.
func fate(n *store.Notification, now time.Time) *view.ChannelTest {
	t := &view.ChannelTest{At: n.CreatedAt, Why: text.Mask(n.Error)}
	lies := now.Sub(n.NotBeforeAt) > takenUp
	switch {
	case n.State == store.NoticeSent && (n.Delivery == string(channel.Delivered) || n.Delivery == string(channel.Read)):
		t.State = "delivered"
	case n.State == store.NoticeSent && n.Delivery != string(channel.Failed):
		t.State = "sent"
	case n.State == store.NoticeSent, n.State == store.NoticeFailed, n.State == notify.Dropped:
		t.State = "failed"
	case n.State == store.NoticeUnknown:
		t.State = "unknown"
	case n.State == store.NoticeReady && lies:
		t.State = "stuck"
	case n.State == store.NoticeReady && n.Error != "":
		t.State, t.Next = "retry", moment(n.NotBeforeAt)
	default:
		t.State = "waits"
	}
	return t
}

func (s *Server) health(ctx context.Context, v *visit) ([]view.ChannelHealth, error) {
	code := v.pack.Identity.Code
	last, err := s.Store.LastDeliveries(ctx, code)
	if err != nil {
		return nil, err
	}
	waiting, err := s.Store.CountWaiting(ctx, code, maxCount)
	if err != nil {
		return nil, err
	}
	owed, err := s.Store.CountOwed(ctx, code, maxCount)
	if err != nil {
		return nil, err
	}
	aside, err := s.Store.CountQuarantine(ctx, code, maxCount)
	if err != nil {
		return nil, err
	}
	faults, err := s.Store.NoticeFaults(ctx, code, s.Clock.Now().Add(-faultsSince), faultKinds)
	if err != nil {
		return nil, err
	}
	var out []view.ChannelHealth
	for _, name := range []string{channel.WhatsApp, channel.Email, channel.Web, channel.Desk} {
		x := view.ChannelHealth{Channel: name, LastIn: moment(last[name]), Waiting: waiting[name], Owed: owed[name]}
		for _, q := range aside {
			if q.Channel == name {
				x.Quarantined += int(q.N)
			}
		}
		for _, f := range faults {
			if f.Channel == name {
				x.Faults = append(x.Faults, view.ChannelFault{Reason: cmp.Or(text.Mask(f.Error), s.View.T(v.lang, "channels.fault_none")),
					Unknown: f.Fate == store.NoticeUnknown, Code: f.ErrorCode, Count: f.N, Last: f.LastAt})
			}
		}
		if err := s.provider(ctx, v.pack, &x); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// provider adds what the channel's provider, and our own dealings with it, say.
func (s *Server) provider(ctx context.Context, p *region.Pack, x *view.ChannelHealth) error {
	code := p.Identity.Code
	templates, err := s.Store.Templates(ctx, code, x.Channel)
	if err != nil {
		return err
	}
	for _, t := range templates {
		x.Templates = append(x.Templates, view.ChannelTemplate{Name: t.Name, Language: t.Language, Category: t.Category, Status: t.Status,
			Quality: t.Quality, Reason: t.Reason, Approved: t.Status == store.TemplateApproved, Updated: t.UpdatedAt})
	}
	signs, err := s.Store.Signs(ctx, code, x.Channel)
	if err != nil {
		return err
	}
	for _, n := range signs {
		x.Signs = append(x.Signs, view.ChannelSign{Subject: n.Subject, Sign: n.Sign, Value: n.Value, Detail: n.Detail, Updated: n.UpdatedAt})
	}
	if x.Channel == channel.Email {
		boxes, err := s.Store.Mailboxes(ctx, code)
		if err != nil {
			return err
		}
		for _, m := range boxes {
			x.Mailboxes = append(x.Mailboxes, view.ChannelMailbox{Account: m.Account, Folder: m.Folder, Error: text.Mask(m.Error), Checked: m.CheckedAt})
		}
	}
	for _, lane := range s.Intake.Lanes() {
		if lane.Way == (channel.Way{Region: code, Channel: x.Channel}) {
			x.Refused = int(lane.Shed)
		}
	}
	if s.Budget == nil {
		return nil
	}
	b, err := s.Budget(ctx, p, x.Channel)
	if b.Used > 0 || b.Limit.Messages > 0 {
		x.Budget = &view.ChannelBudget{Used: int(b.Used), Limit: int(b.Limit.Messages)}
	}
	return err
}
