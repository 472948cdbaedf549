package region

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// Current returns the service that cases of this code are about now: itself while it is
// in use, the one that took its place once it is retired, "" where nothing did or the
// code is unknown.
func (p *Pack) Current(code string) string {
	for range p.Services {
		s, ok := p.Service(code)
		if !ok || !s.Retired {
			return s.Code
		}
		code = s.Into
	}
	return "" // a circle
}

// CurrentUnit returns the same of a unit.
func (p *Pack) CurrentUnit(code string) string {
	for range p.Units {
		u, ok := p.Unit(code)
		if !ok || !u.Retired {
			return u.Code
		}
		code = u.Into
	}
	return ""
}

// Succession reports whether anything is retired in favour of something else, so that
// open cases may have to follow.
func (p *Pack) Succession() (services, units []string) {
	for _, s := range p.Services {
		if s.Retired && p.Current(s.Code) != "" {
			services = append(services, s.Code)
		}
	}
	for _, u := range p.Units {
		if u.Retired && p.CurrentUnit(u.Code) != "" {
			units = append(units, u.Code)
		}
	}
	return services, units
}

// succeed lets seeds and signs of danger of a retired service teach the one that took
// its place; where none did, its seeds teach nothing any more.
func (p *Pack) succeed() {
	if !slices.ContainsFunc(p.Services, func(s Service) bool { return s.Retired }) {
		return
	}
	current := map[string]string{}
	for _, s := range p.Services {
		current[s.Code] = p.Current(s.Code)
	}
	for i, w := range p.Emergency {
		if to, ok := current[w.Service]; ok {
			p.Emergency[i].Service = to
		}
	}
	p.Seeds = slices.DeleteFunc(p.Seeds, func(s Seed) bool { return current[s.Service] == "" })
	for i, s := range p.Seeds {
		p.Seeds[i].Service = current[s.Service]
	}
}

// lesson hashes what teaches the model, so that it is learned anew only when that
// changed.
func lesson(p *Pack) string {
	type service struct {
		Code, Name string
		Keywords   []string
		Urgency    int
		Technical  bool
	}
	var services []service
	for _, s := range p.Services {
		if !s.Retired {
			services = append(services, service{s.Code, s.Name, s.Keywords, int(s.Urgency), s.Technical})
		}
	}
	b, err := json.Marshal(struct {
		Services  []service
		Emergency []EmergencyWord
		Seeds     []Seed
	}{services, p.Emergency, p.Seeds})
	if err != nil {
		return p.Hash // plain structs of text always marshal
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
