package report

import (
	"time"

	"gonum.org/v1/plot/vg/draw"
)

// Document is what a reader gets, whatever it is printed on: HTML, PDF and XLSX are
// made from the same one.
type Document struct {
	Title   string // Laporan Layanan Warga
	Owner   string // Pemerintah Kota Baubau · Dinas Kominfo
	Period  string // Oktober 2026
	Colour  string // #RRGGBB
	State   string // as people read it: Draf, Disetujui, Terbit
	Draft   bool
	Version int
	Hash    string // hex SHA-256 of figures and words
	Link    string // where the document can be checked
	DataTo  time.Time
	Made    time.Time
	Zone    *time.Location
	ZoneIs  string // WITA
	Source  string // one line under the first page

	Sections []Section
	Sign     Signature
	Cases    *Table // only in the spreadsheet; nil leaves it out
}

// Signature is the block at the end.
type Signature struct {
	Place    string // Baubau
	Day      time.Time
	Office   string
	Author   string // who wrote the words, "" for the computer
	Approved string // who approved, "" while nobody has
	Alone    bool   // approved by the author, because there is nobody else
}

// Section is a titled run of blocks. The first is complete by itself and fits a page.
type Section struct {
	ID     string
	Title  string
	Blocks []Block
	Fresh  bool // begins on a page of its own
}

// Block is one thing on a page; exactly one field is set.
type Block struct {
	Words   []Span // a paragraph
	Tiles   []Tile
	Chart   *Chart
	Table   *Table
	Columns *[2][]Block
	Points  [][]Span // a numbered list
	Note    string   // small print
}

// Span is a piece of text; a locked one is a figure that no editor can change.
type Span struct {
	Text   string
	Locked bool
	Bold   bool
}

// Tile is one headline figure.
type Tile struct{ Label, Value, Note string }

// Chart is a drawing with its finding as title and the same data as a table.
type Chart struct {
	Title   string // the finding in one sentence
	Sub     string // measure, unit, period
	Table   *Table
	Ratio   float64             // height by width
	Draw    func(c draw.Canvas) `json:"-"`
	Columns [2]string           // of Table, that a spreadsheet draws: names and values
	Kind    string              // line or bar, for the spreadsheet
}

// Table is typed rows; every format prints them in its own way.
type Table struct {
	Sheet   string // of the spreadsheet; "" keeps it out
	Title   string
	Columns []Column
	Rows    [][]Cell
	Sum     bool // the last row is a total
	Shown   int  // rows on paper and page, 0 = all; a spreadsheet has them all
	Empty   string
}

// Column of a table. Weight shares the width; 0 counts as 1 for numbers, 3 for words.
type Column struct {
	Name   string
	Number bool
	Weight float64
}

type cellKind int

const (
	words cellKind = iota
	count
	fraction
	share
	day
	nothing
	few
)

// Cell is one typed value.
type Cell struct {
	kind   cellKind
	text   string
	value  float64
	digits int
	date   time.Time
}

// Str is a cell of words.
func Str(s string) Cell { return Cell{kind: words, text: s} }

// Num is a count.
func Num(n int) Cell { return Cell{kind: count, value: float64(n)} }

// Dec is a figure with so many digits behind the comma.
func Dec(v float64, digits int) Cell { return Cell{kind: fraction, value: v, digits: digits} }

// Pct is a share, 0 to 1.
func Pct(v float64) Cell { return Cell{kind: share, value: v} }

// Day is a date.
func Day(t time.Time) Cell { return Cell{kind: day, date: t} }

// None is a value that does not exist.
func None() Cell { return Cell{kind: nothing} }

// Few is a count that is too small to be told.
func Few() Cell { return Cell{kind: few} }

func (c Cell) String() string {
	switch c.kind {
	case count:
		return decimal(c.value, 0)
	case fraction:
		return decimal(c.value, c.digits)
	case share:
		return percent(c.value)
	case day:
		return plainDay(c.date)
	case nothing:
		return "–"
	case few:
		return "< 5"
	}
	return c.text
}

// orNone is None where there is nothing behind a share.
func orNone(k, n int) Cell {
	if n == 0 {
		return None()
	}
	return Pct(float64(k) / float64(n))
}
