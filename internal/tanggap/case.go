// Package tanggap holds the vocabulary and the rules that everything else obeys:
// states, urgencies, codes, errors and the clock. It imports the standard library
// and nothing of ours.
package tanggap

// State of a case. The table below is the only place that knows which state may
// follow which.
type State string

const (
	Received       State = "received"
	Triage         State = "triage"
	Assigned       State = "assigned"
	InProgress     State = "in_progress"
	WaitingCitizen State = "waiting_citizen" // the only pause of the clock
	Answered       State = "answered"
	Done           State = "done"
	Reopened       State = "reopened"
	External       State = "external"
	Rejected       State = "rejected"
	Merged         State = "merged"
	Archived       State = "archived"
)

// States in the order people meet them.
var States = []State{Received, Triage, Assigned, InProgress, WaitingCitizen, Answered, Done, Reopened, External, Rejected, Merged, Archived}

var next = map[State][]State{
	Received:       {Triage, Assigned, Merged, External, Rejected},
	Triage:         {Assigned, WaitingCitizen, Merged, External, Rejected, Answered},
	Assigned:       {InProgress, WaitingCitizen, Answered, Triage, Assigned, Merged, External, Rejected},
	InProgress:     {WaitingCitizen, Answered, Assigned, Triage, Merged, External, Rejected},
	WaitingCitizen: {Assigned, InProgress, Triage, Answered, Done, External, Rejected, Merged},
	Answered:       {Done, Reopened, InProgress, WaitingCitizen},
	Done:           {Reopened, Archived},
	Reopened:       {Triage, Assigned, InProgress, WaitingCitizen, Answered, External, Rejected, Merged},
	External:       {Answered, Done, Reopened, Assigned, Triage},
	Rejected:       {Reopened, Archived},
	Merged:         {},
	Archived:       {},
}

// Next returns the states that may follow s.
func (s State) Next() []State { return next[s] }

// CanBecome reports whether the state table allows s to be followed by to.
func (s State) CanBecome(to State) bool {
	for _, n := range next[s] {
		if n == to {
			return true
		}
	}
	return false
}

// Valid reports whether s is a state at all.
func (s State) Valid() bool { _, ok := next[s]; return ok }

// Open reports whether somebody in the government still owes work on the case.
func (s State) Open() bool {
	switch s {
	case Received, Triage, Assigned, InProgress, WaitingCitizen, Reopened:
		return true
	}
	return false
}

// Paused reports whether the deadline's clock stands still.
func (s State) Paused() bool { return s == WaitingCitizen }

// Urgency of a case. Only a person may lower it.
type Urgency int

const (
	Normal    Urgency = 1
	High      Urgency = 2
	Emergency Urgency = 3
)

// Kind of a service, and so of a case.
type Kind string

const (
	KindService     Kind = "layanan"
	KindComplaint   Kind = "pengaduan"
	KindInformation Kind = "informasi"
	KindAspiration  Kind = "aspirasi"
)

// Step is what the sweep has to do when NextStepAt comes.
type Step string

const (
	StepNone       Step = ""
	StepEscalate   Step = "escalate"    // the due date is near or past: tell the next person
	StepAckOfficer Step = "ack_officer" // nobody acknowledged an emergency: tell the next on duty
	StepAutoClose  Step = "auto_close"  // silence after an answer: close, announced and reopenable
	StepRemind     Step = "remind"      // waiting for the citizen: remind once
)

// ReopenDays is how long an answered or closed case can be reopened, in working
// days; afterwards a new, linked case is opened.
const ReopenDays = 10
