package view

import "time"

// Dashboard is the page "dashboard" at /dasbor, and of it the fragment "dashboard_tiles".
type Dashboard struct {
	Base
	Finding  string // the one sentence to take away
	Period   string // in words, with what it is compared to
	From, To string
	Presets  []Preset
	Units    []Option
	AsOf     *time.Time // nil before the first computation
	Building bool       // figures are being computed for the first time
	Built    int        // cases counted so far
	Empty    bool       // no case has ever come
	Screen   bool       // shown on a wall: one view after the other
	Tiles    []Tile
	Matters  []Matter
	Panels   []Panel
	Honest   []Panel // what keeps the others honest
	Reload   string  // address of the tiles alone
	Self     string  // address of the page as it is
	Wall     string  // the same for a wall
	Baseline string  // where the time before the program is brought in, "" for those who may not
	Ask      string  // where a unit is asked about this page, "" for those who do not ask
}

// Baseline is the page "baseline" at /dasbor/patokan: how the service was before the
// program. Field id: berkas.
type Baseline struct {
	Base
	Rows     []BaselineRow // what is kept, or with Preview what the file would bring
	Days     string
	Preview  bool
	Kept     bool // something is kept already
	Problems []string
	Data     string // of the file that was looked at
}

// BaselineRow is one unit of it, with every figure as words.
type BaselineRow struct{ Unit, Cases, Response, Resolution, Kept string }

// Preset is a stretch of days one click away.
type Preset struct {
	Label, URL string
	Current    bool
}

// Tile is one of the figures on top.
type Tile struct {
	Name, Value, Unit string
	Compare           string // one sentence
	URL               string // the cases behind it
	Spark             *Chart
}

// Matter is one thing that needs a decision, with the cases behind it.
type Matter struct {
	Text, URL string
	Unit      string // who is to be asked
	Ask       string // where the officer asks it, "" if he may not
}

// Panel is one figure of the page: a sentence, a chart over a table of the same data.
type Panel struct {
	ID     string
	Title  string // the finding
	Sub    string // measure, unit, period
	Note   string // what limits it, its source
	Failed string // why there is nothing, when something broke
	Empty  string // why there is nothing yet
	Chart  *Chart
	Tables []Table
	Late   []LateCase
	Open   bool // the table is not folded
	Wide   bool
}

// LateCase is one that has run past its promise, with what a leader can do about it.
type LateCase struct {
	ID, Number, Service, Unit, Officer string
	Due                                time.Time
	Asked                              time.Time // until when an explanation is awaited; zero: nobody has asked
	CanAssign                          bool
	Back                               string // query of the dashboard to come back to
}

// Table is a table whose first column names the row.
type Table struct {
	Caption string
	Head    []string
	Rows    [][]Cell
}

// Cell is one field of a table, linked to the cases behind it.
type Cell struct {
	Text, URL string
	Tag       string // a word of warning beside it
}

// Chart is what the script draws over a table. All texts are ready: the browser formats
// nothing.
type Chart struct {
	Kind    string      `json:"kind"` // spark, bars, stack, calendar, tiles, map, fan
	Label   string      `json:"label"`
	Names   []string    `json:"names,omitempty"`
	Values  []float64   `json:"values,omitempty"`
	Texts   []string    `json:"texts,omitempty"` // one for each value, read out and shown
	URLs    []string    `json:"urls,omitempty"`
	Series  []string    `json:"series,omitempty"`
	Rows    [][]float64 `json:"rows,omitempty"` // by series; of a fan the least, most, low, high and middle of the days after Values
	Target  float64     `json:"target,omitempty"`
	Max     float64     `json:"max,omitempty"`
	Days    []string    `json:"days,omitempty"`
	Classes []int       `json:"classes,omitempty"` // of tiles and days: 0 to 6, -1 for too little data
	Legend  []string    `json:"legend,omitempty"`  // of the classes
	X       []int       `json:"x,omitempty"`
	Y       []int       `json:"y,omitempty"`
	Shapes  [][][]int   `json:"shapes,omitempty"` // of a map: for each name its rings, each x, y, x, y, … from the upper left
	Size    []int       `json:"size,omitempty"`   // of a map: its width and height in the same units
	Months  []string    `json:"months,omitempty"`
	Week    []string    `json:"week,omitempty"` // Sunday first
}

// MonthNames and DayNames are the short names that charts show.
func MonthNames(lang string) []string { return names[known(lang)].short }

// DayNames are the first letters of the days, Sunday first.
func DayNames(lang string) []string {
	var out []string
	for _, d := range names[known(lang)].days {
		out = append(out, d[:3])
	}
	return out
}
