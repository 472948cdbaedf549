package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"tanggap/internal/access"
	"tanggap/internal/edition"
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
func showLink(e *env, c settings, s *store.Store, code, token string) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	row, err := s.Pack(e.ctx, code)
	if err != nil {
		return err
	}
	if row == nil {
		return tanggap.Errorf(tanggap.NotFound, "Daerah %s belum punya paket.", code)
	}
	p, err := edition.Version(e.ctx, s, code, row.Version)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, `Tautan sekali pakai untuk memilih sandi, berlaku tiga hari; sampaikan hanya kepada orangnya:
/ Link to choose a password, good once and for three days; give it to nobody else:
%s
`, cfg.PublicURL(p)+access.PathInvite+token)
	return nil
}

type officerAdd struct {
	settings
	passwordFlag
	Email string `required:"" help:"Surel, dipakai untuk masuk. / E-mail, the log-in."`
	Name  string `required:"" help:"Nama lengkap. / Full name."`
	Phone string `help:"Nomor tugas untuk alarm, +62…. / Work number for alarms."`
	Role  string `name:"as" aliases:"peran" required:"" help:"Peran: lihat contoh. / Role, see examples." placeholder:"ROLE"`
	Unit  string `help:"Kode unit, untuk peran yang terikat unit. / Unit code."`
	Of    string `help:"Kode daerah bila lebih dari satu. / Region code." placeholder:"74.72"`
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
	return withStore(e, c.settings, func(s *store.Store) error {
		code, err := oneRegion(e, s, c.Of)
		if err != nil {
			return err
		}
		if err := c.checkUnit(e, s, code); err != nil {
			return err
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
		return showLink(e, c.settings, s, code, token)
	})
}

// checkUnit makes sure that the pack in force has the unit.
func (c officerAdd) checkUnit(e *env, s *store.Store, code string) error {
	if c.Unit == "" {
		return nil
	}
	row, err := s.Pack(e.ctx, code)
	if err != nil || row == nil {
		return err
	}
	p, err := edition.Version(e.ctx, s, code, row.Version)
	if err != nil {
		return err
	}
	if _, ok := p.Unit(c.Unit); !ok {
		return tanggap.Errorf(tanggap.Invalid, "Unit %q tidak ada di paket daerah %s.", c.Unit, code)
	}
	return nil
}

type officerReset struct {
	settings
	passwordFlag
	Email string `required:"" help:"Surel petugas. / The officer's e-mail."`
}

func (c officerReset) Run(e *env) error {
	return withStore(e, c.settings, func(s *store.Store) error {
		a, err := access.New(s, e.clock)
		if err != nil {
			return err
		}
		if !c.PasswordStdin {
			return c.link(e, s, a)
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

// link makes a link by which the officer chooses a new password; that unlocks the account.
func (c officerReset) link(e *env, s *store.Store, a *access.Access) error {
	o, err := s.OfficerByEmail(e.ctx, access.NormalEmail(c.Email))
	if err != nil {
		return err
	}
	if len(o.Roles) == 0 {
		return tanggap.Errorf(tanggap.Invalid, "%s tidak punya peran di daerah mana pun.", o.Email)
	}
	code := o.Roles[0].Region
	token, err := a.Link(e.ctx, "", code, o.ID, false)
	if err != nil {
		return err
	}
	return showLink(e, c.settings, s, code, token)
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
