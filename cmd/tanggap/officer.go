package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"tanggap/internal/access"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

type officerCmd struct {
	Add   officerAdd   `cmd:"" help:"Tambah petugas. / Add an officer."`
	Reset officerReset `cmd:"" help:"Tautan untuk sandi baru; membuka akun yang terkunci. / Link for a new password, which unlocks the account."`
	List  officerList  `cmd:"" help:"Daftar petugas dan perannya. / List officers and roles."`
}

// passwordFlag chooses between a link by which the officer chooses his password himself,
// and a password from standard input; a flag would leave it in the shell's history.
type passwordFlag struct {
	PasswordStdin bool `help:"Baca sandi dari masukan baku. / Read the password from standard input."`
}

const maxPasswordInput = 1 << 10

func (p passwordFlag) read(in io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(in, maxPasswordInput))
	return strings.TrimRight(string(b), "\r\n"), err
}

// showLink prints a link that is good once.
func showLink(e *env, c settings, p *region.Pack, token string) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.out, `Tautan sekali pakai untuk memilih sandi, berlaku tiga hari; sampaikan hanya kepada orangnya:
/ Link to choose a password, good once and for three days; give it to nobody else:
%s
`, cfg.PublicURL(p)+access.PathInvite+token)
	return err
}

type officerAdd struct {
	ofRegion
	passwordFlag
	Email string `required:"" help:"Surel, dipakai untuk masuk. / E-mail, the log-in."`
	Name  string `required:"" help:"Nama lengkap. / Full name."`
	Phone string `help:"Nomor tugas untuk alarm, +62…. / Work number for alarms."`
	Role  string `name:"as" aliases:"peran" required:"" help:"Peran: lihat contoh. / Role, see examples." placeholder:"ROLE"`
	Unit  string `help:"Kode unit, untuk peran yang terikat unit. / Unit code."`
}

// Help implements kong.HelpProvider.
func (officerAdd) Help() string {
	var roles []string
	for _, r := range access.Roles {
		roles = append(roles, string(r))
	}
	return `Petugas memilih sandinya sendiri lewat tautan sekali pakai yang ditampilkan di sini.
/ The officer chooses his password by the link shown here, which is good once.

Peran / roles: ` + strings.Join(roles, ", ") + `

Contoh / examples:

  tanggap officer add -c t.toml --email ani@contoh.go.id --name "Ani" --as admin
  tanggap officer add -c t.toml --email budi@contoh.go.id --name "Budi" --as unit-officer --unit DLH`
}

func (c officerAdd) Run(e *env) error {
	return c.region(e, func(s *store.Store, p *region.Pack) error {
		code := p.Identity.Code
		if _, ok := p.Unit(c.Unit); !ok && c.Unit != "" {
			return tanggap.Errorf(tanggap.Invalid, "Unit %q tidak ada di paket daerah %s.", c.Unit, code)
		}
		a, err := access.New(s, e.clock)
		if err != nil {
			return err
		}
		n := access.NewOfficer{Email: c.Email, Name: c.Name, Phone: c.Phone,
			Grants: []access.Grant{{Role: access.Role(c.Role), Region: code, Unit: c.Unit}}}
		token := ""
		if c.PasswordStdin {
			if n.Password, err = c.read(os.Stdin); err == nil {
				_, err = a.AddOfficer(e.ctx, n)
			}
		} else {
			_, token, err = a.Invite(e.ctx, "", code, n)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(e.out, "%s ditambahkan. / added.\n", access.NormalEmail(c.Email))
		if token == "" {
			return nil
		}
		return showLink(e, c.settings, p, token)
	})
}

type officerReset struct {
	ofRegion
	passwordFlag
	Email string `required:"" help:"Surel petugas. / The officer's e-mail."`
}

func (c officerReset) Run(e *env) error {
	if !c.PasswordStdin {
		return c.link(e)
	}
	return withStore(e, c.settings, func(s *store.Store) error {
		a, err := access.New(s, e.clock)
		if err != nil {
			return err
		}
		password, err := c.read(os.Stdin)
		if err != nil {
			return err
		}
		if err := a.ResetPassword(e.ctx, c.Email, password); err != nil {
			return err
		}
		fmt.Fprintf(e.out, "%s: sandi diganti, akun terbuka. / Password changed, account unlocked.\n", c.Email)
		return nil
	})
}

// link makes a link to the pages of a region by which an officer of it chooses a new
// password; that unlocks the account.
func (c officerReset) link(e *env) error {
	return c.region(e, func(s *store.Store, p *region.Pack) error {
		a, err := access.New(s, e.clock)
		if err != nil {
			return err
		}
		o, err := s.OfficerByEmail(e.ctx, access.NormalEmail(c.Email))
		if err != nil {
			return err
		}
		token, err := a.Link(e.ctx, "", p.Identity.Code, o.ID, false)
		if err != nil {
			return err
		}
		return showLink(e, c.settings, p, token)
	})
}

type officerList struct {
	settings
	Of string `help:"Kode daerah bila lebih dari satu. / Region code." placeholder:"74.72"`
}

func (c officerList) Run(e *env) error {
	return withStore(e, c.settings, func(s *store.Store) error {
		code, err := oneRegion(e, s, c.Of)
		if err != nil {
			return err
		}
		list, err := s.Officers(e.ctx, code)
		if err != nil {
			return err
		}
		for _, o := range list {
			state := ""
			if !o.DisabledAt.IsZero() {
				state = " (ditutup / disabled)"
			}
			for _, r := range o.Roles {
				fmt.Fprintf(e.out, "%s\t%s\t%s\t%s%s\n", o.Email, o.Name, r.Role, r.Unit, state)
			}
		}
		return nil
	})
}
