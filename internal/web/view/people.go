package view

import "time"

// Account is the page "account" at /akun: how the officer proves himself, and where he is
// logged in. Field ids: lama, sandi, kode, sandi-matikan, kunci, sandi-kunci, sesi.
type Account struct {
	Base
	Email   string
	Phone   string
	Roles   []string
	Second  *time.Time // since when the second factor is asked for
	Must    bool       // a role asks for it
	Secret  string     // prepared and not confirmed yet
	Address string     // the same as an authenticator app reads it
	Codes   []string   // that stand in for it, shown this once

	Provider string     // of identities, by which one may log in
	Linked   *time.Time // since when the officer is known there

	KeysHere bool   // passkeys can be made at this address
	Host     string // to which they are tied
	Keys     []Passkey
	Sessions []Session
	Logins   []LoginRow
}

// Passkey is one of the officer's passkeys.
type Passkey struct {
	ID, Name  string
	Made      time.Time
	Used      *time.Time
	Cloned    *time.Time // since when it is refused
	Elsewhere string     // the host it is good at, if it is another one
}

// Session is one place where the officer is logged in.
type Session struct {
	ID, Device, Network, Region, Way string
	Began, Seen                      time.Time
	This                             bool
}

// LoginRow is a log-in that succeeded or failed.
type LoginRow struct {
	At                           time.Time
	Failed                       bool
	Device, Network, Region, Way string
}

// Invite is the page "invite": an officer chooses his password. Without a Token the link
// is used up or too old. Field id: sandi.
type Invite struct {
	Base
	Token, Name, Email string
}

// People is the page "people" at /petugas. Field ids: nama, email, telepon, peran, unit.
type People struct {
	Base
	Rows    []PersonRow
	Form    PersonForm
	Roles   []Option
	Units   []Option
	Link    string // by which LinkFor chooses his password, shown this once
	LinkFor string
}

// PersonRow is one officer in the list.
type PersonRow struct {
	ID, Name, Email        string
	Roles                  []string
	LastLogin              *time.Time
	Second, Must, Disabled bool
}

// PersonForm is what stands in the form of an invitation.
type PersonForm struct{ Name, Email, Phone, Role, Unit string }

// Person is the page "person" at /petugas/{officer}. Field ids: peran, unit.
type Person struct {
	Base
	ID, Name, Email, Phone string
	Grants                 []PersonGrant
	Roles, Units           []Option
	LastLogin              *time.Time
	Second, Disabled, Self bool
	Link                   string
}

// PersonGrant is one role of an officer as the form keeps it.
type PersonGrant struct{ Name, Value string }
