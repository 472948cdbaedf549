package view

import (
	"strings"
	"time"

	"tanggap/internal/tanggap"
)

// Login is the page "login" at /masuk. Field ids: nama, sandi, kode, kunci.
type Login struct {
	Base
	Name     string
	Next     string // where to go afterwards
	NeedCode bool   // asks for the second factor
	App      bool   // which may be a code of an app
	Key      bool   // a passkey can be used here
	Provider string // of identities, by which one may log in
	Out      string // where one logs out of it, too
	Demo     []DemoLogin
}

// DemoLogin is a made-up account of the demo.
type DemoLogin struct{ Name, Password, Role string }

// Inbox is the page "inbox" at /kotak-masuk.
type Inbox struct {
	Base
	Query    string
	Views    []SavedView
	Filters  []Filter
	Filtered bool // any filter is set; the empty state differs
	Rows     []CaseRow
	Total    int
	Crowded  bool     // the search looked at the newest of more cases that fit
	Address  string   // the filter as an address holds it
	Counted  string   // which figure of the dashboard the list is behind, in words
	Kept     []Option // what the filter form keeps of it
	Bulk     bool     // may do things to several cases at once
	Units    []Option
	Since    string // opaque mark of the newest row, given back to /kotak-masuk/baru
	Prev     string // address of the page before, "" at the start
	Next     string
	AIOff    bool
}

// SavedView is a filter with a name and a count. One with an ID is the officer's own.
type SavedView struct {
	ID         string
	Label, URL string
	Count      int
	Current    bool
}

// Filter is one select of the filter form; the first option has the value "".
type Filter struct {
	Name, Label string
	Options     []Option
}

// CaseRow is one line of a list of cases.
type CaseRow struct {
	ID, Number, Title string // Title is the masked summary
	Unit, Area        string
	Channel           string
	State             tanggap.State
	Urgency           tanggap.Urgency
	Opened            time.Time
	Due               *time.Time
	Paused            bool
	Unread            bool
	Secret            bool
	Unheard           bool // holds a voice note that nobody has listened to
	Vulnerable        bool // touches somebody who can help himself less
	Event             bool // reports the same event as others
	Current           bool
	WakesAt           *time.Time // until when it is put off
}

// InboxNew is the fragment "inbox_new": the pill above the list.
type InboxNew struct {
	Base
	Count int
	URL   string
}

// StaffCase is the page "case" at /kasus/{id}. Field ids: teks, unit, petugas,
// layanan, urgensi, kelurahan, alasan, kepada, versi.
type StaffCase struct {
	Base
	CanWords          bool       // masked words can be opened with a purpose
	OpenUntil         *time.Time // a closed case is open to the officer for a while
	ID, Number, Title string
	Version           int64
	State             tanggap.State
	Urgency           tanggap.Urgency
	Channel           string
	Opened            time.Time
	Due               *time.Time
	Rule              string
	Paused            bool
	Service, Unit     string
	Assignee          string // officer's name, "" while nobody took it
	Area, Place       string
	Lat, Lon          *float64
	Secret            bool

	Citizen     Contact
	Messages    []Message
	History     []HistoryItem // newest first
	Suggestions []Suggestion
	Remarks     []string // what else the computer reads in the words
	Parts       []Part   // further asks that may become cases of their own
	Matter      tanggap.Kind
	Same        []LikeCase // open cases that may report the same event
	Joined      []LikeCase // those that do, as an officer said
	Solved      []LikeCase // similar ones that were answered
	Steps       []string   // what to do next about such a case
	Proposal    string     // a reply to begin with
	Proposed    bool       // the draft below is that one
	Leads       []string   // why the case comes before others due at the same time
	AIOff       bool

	Units     []Option
	Officers  []Option
	Services  []Group
	Areas     []Group
	Urgencies []Option

	Actions    []tanggap.State // states this officer may set now
	CanReply   bool
	CanAssign  bool
	CanChange  bool
	CanTake    bool // "Saya tangani"
	CanAck     bool // an emergency nobody acknowledged yet
	CanHear    bool // say what is to be heard in a voice note, fetch a lost file again
	CanReceipt bool // print what the citizen takes home
	CanFlag    bool // make it secret or the reporter anonymous
	CanUnflag  bool // take secrecy or anonymity back
	CanMerge   bool
	Anonymous  bool
	ClosedTalk string // why no reply can be sent now, in words (window of 24 hours)

	Evidence            []Evidence
	NeedsPhoto, NoPhoto bool // the service asks for a photo of the work; it is missing
	CanProve, CanLook   bool
	ProveKey            string
	Check               *Check

	Tab      string       // "balasan" or "catatan"
	Draft    string       // text kept after an error
	Conflict bool         // somebody else changed the case since the form was opened
	Yours    []Difference // what a form that came too late had chosen
	Here     Here
	Undo     bool // the officer's last step can still be taken back

	Rating      int      // how the citizen rated the handling, 0 before
	RatingWords string   // and why
	CanDelay    bool     // may tell the citizen that it runs late, why and until when
	AskLate     bool     // the citizen waits for that
	Late        string   // what he was told
	LateTyped   string   // an own reason, kept after an error
	LateReasons []string // codes
	Expected    *time.Time
	LateFrom    string // the first day that can be chosen, 2006-01-02

	Tasks       []Task
	CanTask     bool // may ask the unit for something
	CanOutside  bool // may ask hands outside
	TaskDays    []Option
	OutsideLink string // of the task just given, shown this once

	DraftSaved *time.Time // the draft was kept on the server then
	Replies    []Option   // saved replies
	ReplyNext  tanggap.State
	Macro      string   // the saved reply whose steps go with sending
	MacroSteps []Option // Selected ones chosen
	MacroNot   []string // steps that cannot be done, with why
	Colleagues []Option // whom a note can be meant for
	Follows    bool
	CanSnooze  bool
	WakesAt    *time.Time
	Snoozes    []Option

	List       []CaseRow // left pane
	Prev, Next string    // addresses of the neighbours, "" at the ends
}

// Begin puts words into the reply box, after those that the officer has begun there.
func (p *StaffCase) Begin(words string) {
	if p.Tab != "catatan" && p.Draft != "" && p.Draft != words {
		words = p.Draft + "\n\n" + words
	}
	p.Tab, p.Draft, p.DraftSaved = "balasan", words, nil
}

// Can reports whether the officer may set state s now.
func (p *StaffCase) Can(s tanggap.State) bool {
	for _, a := range p.Actions {
		if a == s {
			return true
		}
	}
	return false
}

// AcceptAll reports whether one key may accept every open suggestion: none of them
// is doubtful.
func (p *StaffCase) AcceptAll() bool {
	open := 0
	for _, s := range p.Suggestions {
		if s.Decided != "" {
			continue
		}
		if s.Doubtful() {
			return false
		}
		open++
	}
	return open > 0 && p.CanChange
}

// WhyChanged are the codes of the one optional reason asked when an officer changes a
// suggestion.
func (p *StaffCase) WhyChanged() []string { return []string{"service", "unit", "place", "other"} }

// Purposes are the codes of what a citizen's contact may be looked at for.
func (p *StaffCase) Purposes() []string { return []string{"verify", "contact", "superior", "other"} }

// CaseChanged is the fragment "case_changed" above an open case: who changed it since,
// and who else has it open.
type CaseChanged struct {
	Base
	ID, Who string
	Version int64 // of the case
	Shown   int64 // of the page
	Here    Here
}

// Here are the names of colleagues who have the same case open.
type Here struct{ Looking, Writing []string }

// Mark tells one gathering from another, for the address of the next question.
func (h Here) Mark() string {
	if len(h.Looking)+len(h.Writing) == 0 {
		return ""
	}
	return strings.Join(h.Writing, ",") + ";" + strings.Join(h.Looking, ",")
}

// Difference is one field of which two officers made something different.
type Difference struct{ What, Yours, Now string }

// Replies is the page "replies" at /balasan: replies that officers keep ready. Field
// ids: nama, balasan, unit, lalu, catatan, urgensi, tunda.
type Replies struct {
	Base
	Rows       []ReplyRow
	Form       ReplyForm
	Variables  []string
	Units      []Option
	Everywhere bool // may keep replies for every unit
}

// ReplyRow is one reply kept ready.
type ReplyRow struct {
	ID, Name, Body, Unit string
	Next                 tanggap.State
	Steps                []string // in words
	CanChange            bool
}

// ReplyForm is what stands in the form.
type ReplyForm struct {
	ID, Name, Body, Unit, Next string
	Take                       bool
	Urgency, Days              int // 0 = none
	Note                       string
}

// Contact is the citizen as an officer sees them: masked until revealed.
type Contact struct {
	Name      string // masked
	Address   string // masked number or mail address, "" when anonymous
	Anonymous bool
	Unproven  bool // nobody has confirmed yet that it is his
	CanReveal bool
	Cases     int // other cases of the same citizen this officer may see
}

// HistoryItem is one event of a case in words.
type HistoryItem struct {
	At   time.Time
	Who  string
	What string
}

// LikeCase is a case beside another that resembles it.
type LikeCase struct {
	ID, Number, Summary, Area string
	State                     tanggap.State
	Opened                    time.Time
	Confidence                float64
	Why                       []string
	Took                      time.Duration // from opening to answer; 0 while open
	Reopened                  bool
	Reply                     string // masked
}

// Part is one of several asks in a message.
type Part struct{ Service, Words string }

// Suggestion is one open or decided Decision. Field is service, unit, urgency or
// area.
type Suggestion struct {
	ID         string
	Field      string
	Value      string // label of the suggested value
	Confidence float64
	Rule       string // name of the rule, "" when a model suggested it
	Reasons    []Span // the text with the words that mattered
	Similar    int
	Model      string // model and version
	Decided    string // what the human did, in words; "" while open
	Automatic  bool   // sent the case on its way by itself and can be undone
}

// Doubtful reports whether a model's suggestion is too unsure for one-key acceptance.
func (s Suggestion) Doubtful() bool { return s.Rule == "" && s.Confidence < Doubtful }

// Triage is the page "triage" at /triase.
type Triage struct {
	Base
	Left   int
	Median time.Duration // per case today; 0 hides it
	Case   *TriageCase   // nil when the queue is empty
	Done   string        // number of the case just forwarded
	Undo   string        // its id, while that can be taken back
}

// TriageCase is the one case to decide. The form posts layanan, unit, versi.
type TriageCase struct {
	ID, Number, Title string
	Version           int64
	Channel           string
	Opened            time.Time
	Due               *time.Time
	Urgency           tanggap.Urgency
	Why               string // why it is here, in words
	Messages          []Message
	Area, Place       string
	Lat, Lon          *float64
	Candidates        []Candidate // the best three services, best first
	Services          []Group
	Units             []Option
	Remarks           []string // what else the computer reads in the words
	Similar           []SimilarCase
	Skipped           []string // ids of cases put off before this one
}

// Candidate is one possible service with the unit it would go to.
type Candidate struct {
	Service, Label, Unit string
	Confidence           float64
}

// SimilarCase is an earlier case like this one.
type SimilarCase struct {
	ID, Title, Unit string
	Likeness        float64
}

// Alarm is the page "alarm": an officer on duty takes an emergency in hand. It says
// no more than the notice did, for its address is all that protects it.
type Alarm struct {
	Base
	Token, Number, Service, Unit, Area string
	Opened                             time.Time
	Acked                              *time.Time
	CaseURL                            string
}

// Forbidden is the page "forbidden": logged in, but not allowed. Need says in words
// what would allow it.
type Forbidden struct {
	Base
	Need string
}
