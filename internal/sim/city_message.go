package sim

import (
	"context"
	"fmt"
	"strings"

	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/text"
	"tanggap/internal/triage"
)

// Typed is the channel of cases that an officer typed for somebody at the counter.
const Typed = "typed"

// person is somebody who writes. Number and name say that nobody is meant.
type person struct {
	number int
	id     string // of the citizen row, "" before the first case
	who    string // of the identity row, "" for somebody without a contact
	cases  []*life
}

func (p *person) name() string  { return fmt.Sprintf("Warga Contoh %04d", p.number) }
func (p *person) phone() string { return fmt.Sprintf("+62811000%04d", p.number) }

// voices are the seed messages of each service.
func (f *fill) voices() map[string][]string {
	out := map[string][]string{}
	for _, s := range f.Pack.Seeds {
		out[s.Service] = append(out[s.Service], s.Text)
	}
	return out
}

// write gives a message its words, its channel and its writer.
func (f *fill) write(b *birth, voices map[string][]string) {
	words := voices[b.service]
	if len(words) == 0 {
		s, _ := f.Pack.Service(b.service)
		words = []string{s.Name}
	}
	b.channel = []string{channel.WhatsApp, channel.Web, Typed}[pick(f.rng, []float64{70, 25, 5})]
	if b.channel == channel.WhatsApp && len(f.people) > 0 && f.rng.Float64() < 0.3 {
		b.person = one(f.rng, f.people) // has written before
	} else {
		f.persons++
		b.person = &person{number: f.persons}
		if b.channel == channel.WhatsApp {
			f.people = append(f.people, b.person)
		}
	}
	w := f.habits.Words
	b.words = one(f.rng, w.Before) + f.placed(one(f.rng, words), b.area) + one(f.rng, w.After)
	if f.rng.Float64() < 0.12 {
		b.words += one(f.rng, w.Who)
	}
	b.words = strings.NewReplacer("{name}", b.person.name(), "{phone}", b.person.phone()).Replace(b.words)
}

// placed lets a seed message play in an area: the area it names gives way to ours,
// and one that names none gets a place clause.
func (f *fill) placed(words, area string) string {
	a, _ := f.Pack.Area(area)
	place := f.Engine.Place(words, nil, nil)
	switch place.Why {
	case triage.WhyNamed, triage.WhyName, triage.WhyHint, triage.WhyTypo:
		if place.End > place.Start {
			mention := words[place.Start:place.End]
			for _, prefix := range []string{"kelurahan ", "kel. ", "kel ", "desa ", "ds. ", "ds "} {
				if len(mention) > len(prefix) && strings.EqualFold(mention[:len(prefix)], prefix) {
					return words[:place.Start] + mention[:len(prefix)] + a.Name + words[place.End:]
				}
			}
			return words[:place.Start] + a.Name + words[place.End:]
		}
	}
	clause := strings.NewReplacer("{kind}", a.Kind, "{place}", a.Name).Replace(one(f.rng, f.habits.Words.Place))
	if end := strings.TrimRight(words, ".!? "); f.rng.Float64() < 0.85 {
		return end + clause + words[len(end):]
	}
	return words // some people forget to say where
}

// meet makes the writer known to the store when he writes for the first time.
func (f *fill) meet(ctx context.Context, tx *store.Store, b *birth) error {
	p := b.person
	if p.id != "" {
		return nil
	}
	c := &store.Citizen{Region: f.region, Name: p.name(), Lang: "id"}
	if err := tx.AddCitizen(ctx, c); err != nil {
		return err
	}
	p.id = c.ID
	now := tx.Clock().Now()
	i := &store.Identity{Region: f.region, CitizenID: c.ID, Channel: b.channel, LastInboundAt: now}
	switch {
	case b.channel == channel.WhatsApp:
		i.Account, i.External, i.Phone, i.VerifiedAt = f.Account, "ID."+strings.TrimPrefix(p.phone(), "+"), p.phone(), now
	case b.channel == channel.Web && f.rng.Float64() < 0.7:
		i.Account, i.External, i.Phone = "form", "form:"+p.phone(), p.phone()
		if f.rng.Float64() < 0.8 {
			i.ConfirmedAt, i.VerifiedAt = now, now
		}
	default:
		return nil // left no contact
	}
	if err := tx.AddIdentity(ctx, i); err != nil {
		return err
	}
	p.who = i.ID
	return nil
}

// said is a message of the person.
func (f *fill) said(l *life, words string) *store.Message {
	return &store.Message{IdentityID: l.person.who, Channel: l.channel, Kind: string(channel.Text), Body: words, Masked: text.Mask(words)}
}

// answer is what an officer writes when the work is done.
func (f *fill) answer(l *life) string {
	s, _ := f.Pack.Service(l.c.Service)
	o := f.habits.Officer
	switch {
	case s.Urgency == 3:
		return one(f.rng, o.Danger)
	case s.Field:
		return one(f.rng, o.Field)
	case strings.HasPrefix(s.Code, "SRT-") || strings.HasPrefix(s.Code, "DUK-"):
		return one(f.rng, o.Letter)
	case s.Code == region.Spam:
		return o.Spam
	}
	return one(f.rng, o.Other)
}
