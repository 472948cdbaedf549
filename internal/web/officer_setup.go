package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/web/view"
)

const (
	setupPath = "/penyiapan"
	// holidaysAhead is how far the official holidays should be known: promises made today
	// end within it.
	holidaysAhead = 90 * 24 * time.Hour
)

// setup walks an administrator through what a new city needs. Nothing is ticked by hand:
// each step looks whether it is done, so that one can go away and come back.
func (s *Server) setup(w http.ResponseWriter, r *http.Request) error {
	v := at(r)
	base, err := s.staffBase(r)
	if err != nil {
		return err
	}
	page := &view.Setup{Base: base}
	if page.Steps, err = s.setupSteps(r.Context(), v); err != nil {
		return err
	}
	for _, x := range page.Steps {
		if x.Done {
			page.Done++
		} else if page.Next == "" && !x.Later {
			page.Next = x.Key
		}
	}
	return s.renderPrivate(w, r, http.StatusOK, "setup", page)
}

func (s *Server) setupSteps(ctx context.Context, v *visit) ([]view.SetupStep, error) {
	p, code := v.pack, v.pack.Identity.Code
	officers, err := s.Store.Officers(ctx, code)
	if err != nil {
		return nil, err
	}
	officers = slices.DeleteFunc(officers, func(o *store.Officer) bool { return !o.DisabledAt.IsZero() })
	arrived, err := s.Store.Counter(ctx, code, "inbound")
	if err != nil {
		return nil, err
	}
	unsure, empty := unready(p, officers)
	placed := slices.ContainsFunc(officers, func(o *store.Officer) bool {
		return access.Can(access.ActorOf(o), access.TriageWork, access.TriageOf(p))
	})
	way := func(name string) bool { return len(s.Intake.Accounts[channel.Way{Region: code, Channel: name}]) > 0 }
	mailboxes, err := s.Store.Mailboxes(ctx, code)
	if err != nil {
		return nil, err
	}
	noAlarm := unwatched(p, officers)
	return []view.SetupStep{
		{Key: "second", URL: accountPath, Done: access.SecondOn(v.officer)},
		{Key: "identity", URL: identityPath, Done: len(p.Identity.Hosts) > 0 && p.Identity.Population > 0},
		{Key: "units", URL: tablePath + "units", Done: unsure == 0, N: unsure},
		{Key: "officers", URL: peoplePath, Done: empty == 0, N: empty},
		{Key: "triage", URL: peoplePath, Done: placed},
		{Key: "duty", URL: tablePath + "duty", Done: len(p.Duty) > 0 && len(noAlarm) == 0, N: len(noAlarm), Names: strings.Join(noAlarm, ", ")},
		{Key: "calendar", URL: yearPath, Done: p.Calendar().Known(s.Clock.Now().Add(holidaysAhead)), Later: true},
		{Key: "whatsapp", URL: channelsPath, Done: way(channel.WhatsApp), Later: true},
		{Key: "mail", URL: channelsPath, Done: len(mailboxes) > 0, Later: true},
		{Key: "trial", URL: "/lapor", Done: arrived > 0},
	}, nil
}

// unready counts the units whose contact nobody has confirmed, and those in which no
// officer works. Bodies outside and retired units need neither.
func unready(p *region.Pack, officers []*store.Officer) (unsure, empty int) {
	for _, u := range p.Units {
		if u.Retired || u.Kind == "external" {
			continue
		}
		if !u.Verified {
			unsure++
		}
		if !slices.ContainsFunc(officers, func(o *store.Officer) bool {
			return slices.ContainsFunc(o.Roles, func(r store.Role) bool { return r.Region == p.Identity.Code && r.Unit == u.Code })
		}) {
			empty++
		}
	}
	return unsure, empty
}

// unwatched are the addresses on the duty roster behind which stands no open account: an
// alarm would pass them by.
func unwatched(p *region.Pack, officers []*store.Officer) (out []string) {
	for _, d := range p.Duty {
		if !slices.ContainsFunc(officers, func(o *store.Officer) bool { return strings.EqualFold(o.Email, d.Officer) }) && !slices.Contains(out, d.Officer) {
			out = append(out, d.Officer)
		}
	}
	return out
}
