package view

import "time"

// Base is what every page has. Embed it in a view model and pass a pointer.
type Base struct {
	Site    Site
	Path    string    // address without language prefix, with its query, e.g. "/lacak?kode=x"
	Now     time.Time // the present; relative times and deadlines count from it
	Errors  []FieldError
	Notice  *Notice
	Officer *Officer // who is logged in, on staff pages

	Elsewhere []Option // the officer's other regions: address and name

	Lang, Nonce string // set by Render
}

func (b *Base) base() *Base { return b }

// Site is the region as the pages show it.
type Site struct {
	Name      string // e.g. "Tanggap"
	Region    string // e.g. "Kota Baubau"
	WhatsApp  string // digits with country code, e.g. 6281100000000; "" hides the button
	Emergency string // set only when the region pack marks the number as verified
	Hours     string // office hours as words, "" hides them
	Zone      *time.Location
	Demo      bool // a strip on every page says so
	Palette   Palette
}

// FieldError is one thing to correct. Field is the id of the input it belongs to;
// Message is ready for reading (what, why, what next).
type FieldError struct{ Field, Message string }

// Error returns the message for a field, "" when it is right.
func (b *Base) Error(field string) string {
	for _, e := range b.Errors {
		if e.Field == field {
			return e.Message
		}
	}
	return ""
}

// Notice is one message above a page's content. Tone is info, warn, bad or ok.
type Notice struct{ Tone, Text string }

// Officer is the person using a staff page.
type Officer struct {
	ID, Name, Unit string
	Inbox, Triage  int  // open cases waiting, for the sidebar
	Quarantined    int  // items put aside
	CanList        bool // shows the inbox
	CanTriage      bool // shows the triage queue
	CanOpen        bool // shows the form for what somebody says
	CanQuarantine  bool
	CanChannels    bool
	CanSurveys     bool // may see how satisfied citizens are
	CanForesee     bool // may see what is to be expected
	CanReports     bool // may read monthly reports
	CanData        bool // answers what citizens ask about their data
	DataAsked      int  // such requests that wait
	CanFigures     bool // may read the dashboard
	CanPeople      bool // may invite officers and change their roles
	CanSettings    bool // may change the region pack
	CanReplies     bool // may keep replies ready
	CanReader      bool // may see how the computer reads
	CanField       bool // shows the page of those who are out
	CanOpened      bool // may see who opened what
	CanUnseal      bool // may open closed cases with a reason
}

// Option is one choice of a select.
type Option struct {
	Value, Label string
	Selected     bool
}

// Group is a titled run of options.
type Group struct {
	Label   string
	Options []Option
}

// Photo is an attachment. URL shows it; Thumb is the small version ("" means URL).
type Photo struct {
	ID, Name, URL, Thumb string
	Kind                 string // MIME type; anything but image/* is shown as a link
	Bytes                int64
}

// Small returns the address of the picture to show in a page.
func (p Photo) Small() string {
	if p.Thumb != "" {
		return p.Thumb
	}
	return p.URL
}

// Image reports whether a browser can show it as a picture.
func (p Photo) Image() bool { return len(p.Kind) > 6 && p.Kind[:6] == "image/" }

// Sound is a voice note or another recording.
type Sound struct {
	ID, URL string
	Bytes   int64
	Unheard bool // nobody has said yet what is to be heard
}

// LostFile is an attachment that could not be stored. Reason is in words.
type LostFile struct{ ID, Reason string }

// Span is a run of text; Mark says that its words led to a suggestion.
type Span struct {
	Text string
	Mark bool
}

// Message is one thing said in a case.
type Message struct {
	ID       string
	Citizen  bool // written by the citizen
	Internal bool // note that citizens never see
	Who      string
	Channel  string
	At       time.Time
	Text     string
	More     string // the rest of a long note, folded
	Photos   []Photo
	Sounds   []Sound
	Lost     []LostFile
	Failed   string // why sending failed, in words; "" when it did not
	Pending  bool   // not confirmed by the channel yet
}
