package sim

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"tanggap/internal/access"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// CoordinatorPhone is the one telephone that an officer of a simulated city has.
const CoordinatorPhone = "+628120000009"

// DemoOfficers are the people who work in a simulated city: those of the pack's duty
// roster, one for every other office, one for each kecamatan and its kelurahan, and
// one of each role of the whole region. They have no password yet; names and
// addresses say that nobody is meant.
func DemoOfficers(p *region.Pack) []store.Officer {
	domain := "contoh.go.id"
	for _, d := range p.Duty {
		if _, host, ok := strings.Cut(d.Officer, "@"); ok {
			domain = host
			break
		}
	}
	var out []store.Officer
	grant := func(email string, role access.Role, unit string) {
		email = strings.ToLower(email)
		i := slices.IndexFunc(out, func(o store.Officer) bool { return o.Email == email })
		if i < 0 {
			name, _, _ := strings.Cut(email, "@")
			name = strings.NewReplacer(".", " ", "-", " ").Replace(name)
			out = append(out, store.Officer{Email: email, Name: "Petugas Contoh " + capitals(name)})
			i = len(out) - 1
		}
		r := store.Role{Region: p.Identity.Code, Role: string(role), Unit: unit}
		if !slices.Contains(out[i].Roles, r) {
			out[i].Roles = append(out[i].Roles, r)
		}
	}
	grant("admin@"+domain, access.Admin, "")
	grant("koordinator@"+domain, access.Coordinator, "")
	out[len(out)-1].Phone = CoordinatorPhone
	head := "walikota@"
	if p.Identity.Kind == "kabupaten" {
		head = "bupati@"
	}
	grant(head+domain, access.Leader, "")
	grant("auditor@"+domain, access.Auditor, "")
	grant("inspektur@"+domain, access.Inspectorate, "")
	grant("dpo@"+domain, access.DPO, "")
	for _, d := range p.Duty {
		switch {
		case strings.Contains(d.Officer, ".kepala@"):
			grant(d.Officer, access.UnitHead, d.Unit)
		case d.Unit == p.Identity.Triage:
			grant(d.Officer, access.CitizenDesk, "")
			grant(d.Officer, access.UnitOfficer, d.Unit)
		default:
			grant(d.Officer, access.UnitOfficer, d.Unit)
		}
	}
	for _, u := range p.Units {
		switch u.Kind {
		case "external":
		case "kecamatan", "kelurahan", "desa":
			a, _ := p.Area(u.Area)
			k, _ := p.Area(cmp.Or(a.Parent, a.Code))
			grant("kec."+strings.ReplaceAll(k.Name, " ", "-")+"@"+domain, access.UnitOfficer, u.Code)
		default:
			if !slices.ContainsFunc(p.Duty, func(d region.Duty) bool { return d.Unit == u.Code }) {
				grant(u.Code+"@"+domain, access.UnitOfficer, u.Code)
			}
			if !slices.ContainsFunc(out, func(o store.Officer) bool {
				return slices.ContainsFunc(o.Roles, func(r store.Role) bool { return r.Unit == u.Code && r.Role == string(access.UnitHead) })
			}) {
				grant(u.Code+".kepala@"+domain, access.UnitHead, u.Code)
			}
		}
	}
	slices.SortFunc(out, func(a, b store.Officer) int { return strings.Compare(a.Email, b.Email) })
	return out
}

func capitals(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}

// findOfficers learns who works where.
func (f *fill) findOfficers(ctx context.Context) error {
	all, err := f.Store.Officers(ctx, f.region)
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b *store.Officer) int { return strings.Compare(a.Email, b.Email) })
	f.officers = map[string][]string{}
	for _, o := range all {
		for _, r := range o.Roles {
			switch access.Role(r.Role) {
			case access.UnitOfficer, access.UnitHead:
				f.officers[r.Unit] = append(f.officers[r.Unit], o.ID)
			case access.Coordinator, access.CitizenDesk:
				f.officers[""] = append(f.officers[""], o.ID)
			}
		}
	}
	if len(f.officers[""]) == 0 {
		return tanggap.Errorf(tanggap.Invalid, "daerah %s belum punya koordinator; tambahkan petugas sebelum mengisi kota simulasi", f.region)
	}
	return nil
}
