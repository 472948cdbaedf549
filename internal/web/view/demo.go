package view

import "time"

// Demo is the page "demo" at /demo, where a visitor plays the citizen.
type Demo struct {
	Base
	Personas []Persona
	Current  string // id of the chosen persona
	Lines    []ChatLine
	Places   []Option // positions that can be shared
	Samples  []string // opening lines a visitor may send with one tap
	Logins   []DemoLogin
	MailURL  string // where sent mail can be read, "" hides it
}

// Persona is a made-up citizen.
type Persona struct{ ID, Name, Phone string }

// DemoLines is the fragment "demo_lines" at /demo/baris.
type DemoLines struct {
	Base
	Current string
	Lines   []ChatLine
}

// ChatLine is one bubble of the chat.
type ChatLine struct {
	ID        string
	Mine      bool // from the citizen
	At        time.Time
	Text      string
	Forwarded bool   // from another chat
	Ticks     string // of the citizen's own lines: sent, delivered or read
	Photo     string // address of a picture
	Place     string // name of a shared position
	Buttons   []ChatButton
}

// ChatButton is a quick reply; pressing it posts its id.
type ChatButton struct{ ID, Label string }

// DemoMail is the page "demo_mail" at /demo/surel: the mailbox of a made-up citizen.
// Field ids: judul, teks.
type DemoMail struct {
	Base
	Personas []Persona // Phone is the mail address
	Current  string
	Address  string
	Subject  string       // kept after an error
	Mails    []DemoLetter // newest first
}

// DemoLetter is a mail that the city sent.
type DemoLetter struct {
	Subject, Text string
	At            time.Time
}
