// Package access says who may do what: officers and their roles, passwords,
// sessions, and one table of role × verb behind one Can. Everything is denied that
// the table does not allow.
package access

import (
	"context"
	"slices"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Access answers for officers on a store. Make one per process: it counts how many
// passwords are hashed at once.
type Access struct {
	// Require are the roles that must have a second factor before anything else.
	Require []Role

	store     *store.Store
	clock     tanggap.Clock
	hashing   chan struct{}
	strangers *strangers
	decoy     string
}

// New returns an Access on s.
func New(s *store.Store, clock tanggap.Clock) (*Access, error) {
	a := &Access{store: s, clock: clock, hashing: make(chan struct{}, hashesAtOnce), strangers: newStrangers()}
	var err error
	a.decoy, err = a.hash(context.Background(), tanggap.NewToken())
	return a, err
}

// Actor is an officer as Can sees him: who he is and what he was granted. The zero
// Actor may do nothing.
type Actor struct {
	ID     string
	Name   string
	Grants []Grant
}

// Grant is one role in a region, in one unit of it or, with Unit "", in all of it. One
// that names a case is good for that case only: see Opener.
type Grant struct {
	Role   Role
	Region string
	Unit   string
	Case   string
}

// ActorOf returns the actor that an officer is now. A disabled officer has no grants.
func ActorOf(o *store.Officer) Actor {
	a := Actor{ID: o.ID, Name: o.Name}
	if o.DisabledAt.IsZero() {
		a.Grants = GrantsOf(o)
	}
	return a
}

// GrantsOf is what an officer was granted, whether or not his account is open.
func GrantsOf(o *store.Officer) (out []Grant) {
	for _, r := range o.Roles {
		out = append(out, Grant{Role: Role(r.Role), Region: r.Region, Unit: r.Unit})
	}
	return out
}

// Actor loads an officer as he is now; notices and exports ask again with it before
// they are sent.
func (a *Access) Actor(ctx context.Context, id string) (Actor, error) {
	o, err := a.store.Officer(ctx, id)
	if err != nil {
		return Actor{}, err
	}
	return a.Now(ctx, o)
}

// Now returns the actor that an officer is at this moment, with the closed cases that he
// has opened for a time.
func (a *Access) Now(ctx context.Context, o *store.Officer) (Actor, error) {
	actor := ActorOf(o)
	for i, g := range actor.Grants {
		// What a role no longer allows to open is closed, too.
		if _, ok := table[g.Role][CaseUnseal]; !ok || slices.ContainsFunc(actor.Grants[:i], func(x Grant) bool { return x.Region == g.Region && x.Role == Opener }) {
			continue
		}
		open, err := a.store.OpenNow(ctx, g.Region, o.ID)
		if err != nil {
			return Actor{}, err
		}
		for _, x := range open {
			actor.Grants = append(actor.Grants, Grant{Role: Opener, Region: g.Region, Case: x.CaseID})
		}
	}
	return actor, nil
}

// In reports whether the actor has any role in a region.
func (a Actor) In(region string) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Region == region })
}

// Object is what a verb is done to: a case, or with only Region set the region
// itself.
type Object struct {
	Region    string
	ID        string // of the case
	Unit      string
	Triage    bool // lies in the region's triage unit
	Secret    bool
	Anonymous bool
	OfficerID string // who has taken the case
	Service   string
}

// Of returns the object that a case is.
func Of(p *region.Pack, c *store.Case) Object {
	return Object{Region: c.Region, ID: c.ID, Unit: c.Unit, Triage: c.Unit == p.Identity.Triage, Secret: c.Secret,
		Anonymous: c.Anonymous, OfficerID: c.OfficerID, Service: c.Service}
}

// TriageOf returns the object that a region's triage queue is.
func TriageOf(p *region.Pack) Object {
	return Object{Region: p.Identity.Code, Unit: p.Identity.Triage, Triage: true}
}
