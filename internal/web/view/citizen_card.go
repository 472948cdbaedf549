package view

import "time"

// CitizenCard is the page "citizen_card": what an officer of a case may know of its
// citizen, shown once after he said for what.
type CitizenCard struct {
	Base
	CaseID, Number string
	Name           string // masked
	Way            string // channel that news go by, "" without a contact
	Speaks         string // "id" or "en"
	Stopped        bool   // asked not to be written to
	Unproven       bool   // nobody has confirmed the contact yet
	Allowed        bool   // officers may see the citizen's other cases
	Areas          []string
	Rows           []CaseRow // other cases that the officer may open
	Others         int       // further ones, of which he learns no more
	Year           int       // other cases in the last twelve months
}

// CasePrint is the page "case_print" at /kasus/{id}/cetak: a case on one A4.
type CasePrint struct {
	*StaffCase
	Printed  time.Time
	Address  string // of the officers' page, for the QR
	Text     string // the first words, "" for a secret case
	Timeline []Step
	Photos   []Photo
}
