package view

import (
	"html/template"
	"time"
)

// Monthlies is the page "monthlies" at /laporan: monthly reports and planning books.
type Monthlies struct {
	Base
	Months, Books []MonthlyRow
	Whole         bool // reads the reports of the whole region, not of units alone
	CanWrite      bool
	CanApprove    bool
	Choices       []Option // months that can be asked for
	Areas         []Group
	Years         []Option
	Readers       []Option // officers who may be mailed; Selected are on the list
	Next          string   // when the next one is made by itself, in words
}

// MonthlyRow is one report in a list.
type MonthlyRow struct {
	Name, Title, State string
	Progress           int
	Error              string
	Version            int
	Changed            time.Time
}

// Monthly is the page "monthly" at /laporan/NAME. Field ids: the keys of paragraphs,
// catatan, tindak, alasan.
type Monthly struct {
	Base
	Name, Title, State, Failure string
	Progress, Version           int
	Hash                        string
	Whole                       bool   // reads all of it; else Units
	Body                        []byte // from package report, whose own templates escaped it
	Units                       []MonthlyUnit

	CanWrite, CanApprove bool
	Own                  bool // the reader wrote the words last, and another must approve
	Editing              bool
	Parts                []MonthlyPart
	Remark, Next         string
	Follow               []MonthlyFollow
	Examples             []MonthlyExample

	Author, Approver, Publisher string
	Alone                       bool
	Approved, Published         *time.Time
	Files                       []MonthlyFile
	Versions                    []MonthlyVersion
}

// Busy reports whether a job is at work on the report.
func (p *Monthly) Busy() bool { return p.State == "queued" || p.State == "making" }

// Article is the report itself.
func (p *Monthly) Article() template.HTML { return template.HTML(p.Body) }

// MonthlyPart is a paragraph that can be edited around its locked figures.
type MonthlyPart struct {
	Key, Label, Text, Made string
	Values                 []MonthlyValue
}

// MonthlyValue is one locked figure.
type MonthlyValue struct{ Name, Text string }

// MonthlyFollow is a promise of the month before.
type MonthlyFollow struct{ Promise, Result string }

// MonthlyExample is a masked wish that an officer may release.
type MonthlyExample struct {
	Text  string
	Shown bool
}

// MonthlyFile is a file that can be fetched; Hash is "" while it is made anew each time.
type MonthlyFile struct{ Format, Hash string }

// MonthlyVersion is one version of the report.
type MonthlyVersion struct {
	Version         int
	Who, Note, Hash string
	At              time.Time
}

// MonthlyUnit is the part of a report about one unit.
type MonthlyUnit struct {
	Name             string
	Received, Before int
	Kept             string // as printed
	Open, Late       int
	First            bool // no month before
}

// MonthlyCheck is the page "monthly_check" at /dokumen/HASH, for whoever holds the paper.
type MonthlyCheck struct {
	Base
	Title, Name, Hash string
	Version           int
	State             string // draft, approved, published
	Replaced          int    // number of the newest version, 0 if this is it
	Approved          *time.Time
	Files             []MonthlyFile
	Summary           string // of a published report
}
