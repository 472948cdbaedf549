package main

import (
	"crypto/rand"
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
	Reset officerReset `cmd:"" help:"Beri sandi baru dan buka kunci akun. / New password, unlock."`
	List  officerList  `cmd:"" help:"Daftar petugas dan perannya. / List officers and roles."`
}

// passwordFlag chooses between a made-up password and one from standard input; a
// flag would leave it in the shell's history.
type passwordFlag struct {
	PasswordStdin bool `help:"Baca sandi dari masukan baku. / Read the password from standard input."`
}

const maxPasswordInput = 1 << 10

// choose returns the password and whether it was made up.
func (p passwordFlag) choose(in io.Reader) (string, bool, error) {
	if !p.PasswordStdin {
		return rand.Text(), true, nil
	}
	b, err := io.ReadAll(io.LimitReader(in, maxPasswordInput))
	return strings.TrimRight(string(b), "\r\n"), false, err
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
	return `Tanpa --password-stdin sandi acak dibuat dan ditampilkan sekali.
/ Without it a random password is made and shown once.

Peran / roles: ` + strings.Join(roles, ", ") + `

Contoh / examples:

  tanggap officer add -c t.toml --email ani@contoh.go.id --name "Ani" --as admin
  tanggap officer add -c t.toml --email budi@contoh.go.id --name "Budi" --as unit-officer --unit DLH`
}

func (c officerAdd) Run(e *env) error {
	password, made, err := c.choose(os.Stdin)
	if err != nil {
		return err
	}
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
		o, err := a.AddOfficer(e.ctx, access.NewOfficer{Email: c.Email, Name: c.Name, Phone: c.Phone, Password: password,
			Grants: []access.Grant{{Role: access.Role(c.Role), Region: code, Unit: c.Unit}}})
		if err != nil {
			return err
		}
		fmt.Fprintf(e.out, "%s ditambahkan. / added.\n", o.Email)
		if made {
			fmt.Fprintf(e.out, "Sandi (hanya sekali ini) / password (only now): %s\n", password)
		}
		return nil
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
	password, made, err := c.choose(os.Stdin)
	if err != nil {
		return err
	}
	return withStore(e, c.settings, func(s *store.Store) error {
		a, err := access.New(s, e.clock)
		if err != nil {
			return err
		}
		if err := a.ResetPassword(e.ctx, c.Email, password); err != nil {
			return err
		}
		fmt.Fprintf(e.out, "%s: sandi diganti, akun terbuka. / Password changed, account unlocked.\n", c.Email)
		if made {
			fmt.Fprintf(e.out, "Sandi (hanya sekali ini) / password (only now): %s\n", password)
		}
		return nil
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
