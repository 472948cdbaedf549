package view

import (
	"time"

	"tanggap/internal/tanggap"
)

// Checking is what a case's state is called while its result waits for a second person;
// in the table of states it is still in work.
const Checking tanggap.State = "checking"

// Field is the page "field" at /lapangan: what an officer who is out has to do.
type Field struct {
	Base
	Officer string // id: whose the page and the unsent things on the telephone are
	Key     string // base64: seals what is still to be sent
	Tasks   []FieldTask
	Checks  []CaseRow // results that wait for this officer to look at them
	Odd     []CaseRow // evidence that the head should look at
	Hidden  int       // secret cases, which are not shown here
}

// FieldTask is one case in the field, with forms. Doing names the form that failed.
type FieldTask struct {
	CaseRow
	Version             int64
	Service, Place      string
	Lat, Lon            *float64
	Spot                string // "lat,lon" for the script
	Mine                bool
	CanStart            bool
	NeedsPhoto, NoPhoto bool // a photo of the work is asked for; it is missing
	Check               bool // a second person looks at the result
	Key                 string
	Doing, Wrong        string
	Draft, Excuse       string
	Conflict            *FieldConflict
}

// FieldConflict says what others have done to a case since a telephone saw it.
type FieldConflict struct {
	Version int64    `json:"versi"`
	State   string   `json:"status"`
	Since   []string `json:"sejak"`
}

// FieldAnswer is what the script of the page hears.
type FieldAnswer struct {
	OK       bool           `json:"ok"`
	Error    string         `json:"galat,omitempty"`
	Conflict *FieldConflict `json:"konflik,omitempty"`
}

// Evidence is a photo of the work, or why there is none.
type Evidence struct {
	Moment   string // before, after or none
	Photo    *Photo
	Reason   string
	Who      string
	At       time.Time
	Odd      []string // what is odd, in words
	Looked   *time.Time
	LookedBy string
	Hidden   bool // not for the citizen
	Old      bool // from before the case was reopened
}

// Check is a result that waits for a second person.
type Check struct {
	Words, From string
	At          time.Time
	Mine        bool // the reader wrote it, or took a photo for it
	May         bool
}
