package view

import (
	"time"

	"tanggap/internal/tanggap"
)

// Home is the page "home" at /.
type Home struct {
	Base
	Facts *Facts // nil hides them
}

// Facts are live figures of one month.
type Facts struct {
	Month    time.Time
	Received int
	OnTime   float64 // share 0..1 of the promises kept
	Typical  time.Duration
}

// MaxPhotos and MaxText limit one report.
const (
	MaxPhotos = 3
	MaxText   = 2000
)

// ReportText is the page "report_text" at /lapor. Field ids: teks, foto.
type ReportText struct {
	Base
	Area   string // code of the area to begin with, "" for none
	Text   string
	Photos []Photo // already uploaded
}

// Room reports whether another photo may be added.
func (p *ReportText) Room() bool { return len(p.Photos) < MaxPhotos }

// ReportPlace is the page "report_place" at /lapor/lokasi. Field ids: kelurahan,
// patokan, lat, lon, bahaya.
type ReportPlace struct {
	Base
	Areas    []Group // kelurahan grouped by kecamatan
	Place    string
	Lat, Lon string // as typed by the browser, "" without a position
	Danger   string // "ya", "tidak", "ragu" or ""
}

// ReportContact is the page "report_contact" at /lapor/kontak. Field ids: kontak,
// wa, email, nama, tampil.
type ReportContact struct {
	Base
	Kind     string // "wa", "email", "tanpa" or ""
	Phone    string
	Email    string
	Name     string
	ShowName bool
}

// ReportCheck is the page "report_check" at /lapor/periksa.
type ReportCheck struct {
	Base
	Text     string
	Photos   []Photo
	Area     string // "" when not chosen
	Place    string
	Point    bool   // a position was shared
	Danger   string // as in ReportPlace
	Kind     string // as in ReportContact
	Contact  string
	Name     string
	ShowName bool
	Service  string // the computer's suggestion, "" hides it
	Key      string // idempotency key of the hidden field "kunci"
}

// ReportSent is the page "report_sent" at /lapor/terkirim/{n}.
type ReportSent struct {
	Base
	Number    string
	Code      string // tracking code, 13 characters
	At        time.Time
	Due       *time.Time
	Unit      string // "" while an officer still decides
	Private   string // path of the private link /l/TOKEN, "" when it was sent elsewhere
	Kind      string // as in ReportContact
	Emergency bool
	AreaCode  string // for another report near there
	Address   string // of the page that the tracking code opens, for print
}

// Track is the page "track" at /lacak. Field id: kode.
type Track struct {
	Base
	Code string // what was typed
}

// CaseStatus is the page "case_status" at /lacak/{code}: what anybody with the code
// may see. It carries no words of the citizen.
type CaseStatus struct {
	Base
	CaseCard
}

// CaseCard is the public part of a case.
type CaseCard struct {
	Number   string
	Code     string
	Service  string // "" while unknown
	Area     string
	AreaCode string // for another report near there, "" for none
	Unit     string
	State    tanggap.State
	Opened   time.Time
	Due      *time.Time
	Rule     string // the rule of Due in words
	Paused   bool
	Late     *Late
	Estimate *Estimate
	External string // who has it, in state external
	Reason   string // in state rejected; "" keeps it from the public
	MergedTo string // path of the case it went into, in state merged
	Steps    []Step
	Photos   []Photo // of the result, shown to everybody
}

// Late explains a promise that is broken, or will be; it is said before anything else.
type Late struct {
	Since  time.Time
	Reason string     // of the unit, "" when none was given
	To     *time.Time // when it is expected instead
}

// Estimate says how long similar cases took. Leave it nil under 20 cases.
type Estimate struct {
	From, To time.Time // days that hold 8 of 10
	Cases    int
}

// Step is one entry of the timeline, oldest first.
type Step struct {
	State tanggap.State
	At    *time.Time // nil for a step still to come
	Who   string
	Note  string
}

// Private is the page "private" at /l/{token}: the citizen's own view. Field ids:
// teks, foto, kontak.
type Private struct {
	Base
	CaseCard
	Token      string
	Messages   []Message // oldest first, the first being the report
	CanReply   bool
	CanRate    bool       // shows the link to "survey"
	CanPulse   bool       // asks in one tap how satisfied he is
	Pulse      int        // what he said, 1 to 4, 0 before
	CanConfirm bool       // shows "Sudah beres"
	Reopen     *time.Time // until when "Belum beres" works; nil hides it
	Draft      string     // text kept after an error
	Decided    bool       // shows the link to "decision"
	CanFollow  bool       // shows the button of a new report that continues this one
	Key        string     // idempotency key of the hidden field "kunci"
	NewContact string     // kept after an error
}

// OpenCode is the page "open_code" at /lacak/{code}/isi: it asks for the one-time code
// that was sent to the contact of the case, if it has one. Field id: kode.
type OpenCode struct {
	Base
	Number, Code string
}

// ContactUndo is the page "contact_undo", by which an old contact takes a change back.
type ContactUndo struct {
	Base
	Done bool
}

// Confirm is the page "confirm", by which a contact is confirmed.
type Confirm struct {
	Base
	Token string
	Done  bool
}

// HowDecided is the page "decision" at /l/{token}/keputusan. Field id: keberatan.
type HowDecided struct {
	Base
	Token    string
	Number   string
	Steps    []DecisionStep
	Text     []Span // the citizen's own words, the ones that mattered marked
	Similar  int
	Objected *time.Time
	AnswerBy *time.Time // when the objection is answered, while it waits
	Answer   string     // to the last objection
	Draft    string
}

// DecisionStep is one thing that was decided about the case. Exactly one of
// Rule and Confidence explains where the suggestion came from.
type DecisionStep struct {
	What       string // e.g. "Layanan", already in the page's language
	Suggested  string // "" when the computer abstained
	Confidence float64
	Rule       string // name of the rule, "" when a model suggested it
	Decided    string // what stands now
	By         string // who decided; "" means automatic
	At         *time.Time
}

// ErrorPage is the page "error"; it serves every status. Status picks the words:
// 403, 404, 413, 429, 500 or 503; any other reads as 500.
type ErrorPage struct {
	Base
	Status int
}

// Known returns the status whose words the page shows.
func (p *ErrorPage) Known() string {
	switch p.Status {
	case 403:
		return "403"
	case 404:
		return "404"
	case 413:
		return "413"
	case 422:
		return "422"
	case 429:
		return "429"
	case 503:
		return "503"
	}
	return "500"
}
