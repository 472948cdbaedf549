package view

import "time"

// Foresight is the page "foresight" at /prakiraan: what is to be expected of one series of
// counts, and why. Field ids: nama, dari, sampai, menit, jam, tingkat.
type Foresight struct {
	Base
	Warnings []Warning
	Series   []Group // to choose from
	Chosen   string  // name of the chosen series
	Title    string  // what it is about, in words
	Unit     bool    // it is a unit's: officer-hours are shown
	Cold     string  // why there is no forecast: "", short, thin or none
	Share    bool    // too thin by itself: foreseen as its share of the region
	Until    time.Time
	Recent   []Point
	Chart    *Chart // of the days, nil without them
	Days     []ForecastStep
	Weeks    []ForecastStep
	Months   []ForecastStep
	Peak     *ForecastStep // the busiest day of the next two weeks
	Level    float64
	Past     Past
	Methods  []Method
	Staffing []Staffing
	Load     Workload
	Supplies []Supplies
	Events   []DeclaredEvent
	Event    EventForm
	CanWork  bool // may declare events and say what a case costs
	CanBring bool // may bring in figures from elsewhere
}

// Point is what came on one day.
type Point struct {
	Day time.Time
	N   float64 // below 0: nobody knows
}

// ForecastStep is one day, or the week or month that begins on Day. Low and High bound the middle
// 80 %, Least and Most 95 %.
type ForecastStep struct {
	Day                            time.Time
	Middle, Low, High, Least, Most float64
	Reasons                        []Reason
}

// Reason says that something multiplies the usual number. Kind and Key are those of
// package forecast; Name is set where the key is no word.
type Reason struct {
	Kind, Key, Name string
	Factor          float64
}

// More reports whether the reason raises the number.
func (r Reason) More() bool { return r.Factor >= 1 }

// Change is by how much, as a share of the usual number.
func (r Reason) Change() float64 {
	if r.More() {
		return r.Factor - 1
	}
	return 1 - r.Factor
}

// Past is how right the same method was before.
type Past struct {
	Tries   int
	Cover80 float64 // share of days inside the 80 % interval
	Better  float64 // by what share its error is smaller than repeating last week's; below 0: larger
}

// Method is one part of the forecast.
type Method struct {
	Name   string
	Weight float64
}

// Staffing is the recommendation for one day.
type Staffing struct {
	Day                   time.Time
	Hours, Officers, Mean float64
	Missing, Idle         float64 // hours expected with the recommendation
	MissingByMean         float64 // hours expected to be missing with a plan by the mean
	Over                  bool    // more officers than the unit has
}

// Workload is what one case costs a unit.
type Workload struct {
	Unit     string
	Minutes  string
	Hours    string
	Officers string // "" while nobody has said
	Level    string // percent
	Assumed  bool   // nobody has said so yet
}

// Supplies is what a unit will use up in the next seven days.
type Supplies struct {
	Item, Service string
	Need          int // at the upper end of the 80 % interval
	Usual         int
}

// DeclaredEvent is something known to move demand.
type DeclaredEvent struct {
	ID, Name, Kind, Services string
	From, To                 time.Time
	Over                     bool
	CanCancel                bool
}

// EventForm is the form that declares one.
type EventForm struct {
	Name, Kind, From, To string
	Services             []Group
	Kinds                []string
}

// Warning is one warning in a list and, with more, on its page.
type Warning struct {
	ID, Title          string
	Gap                bool // nothing came
	State              string
	From, To           time.Time
	Observed, Expected float64
	Severity           int    // 1 notable, 2 strong, 3 extreme
	Link               string // the cases behind it
	Decided            string // who judged it
	Note               string
}

// WarningPage is the page "warning" at /prakiraan/peringatan/{surge}. Field ids: catatan.
type WarningPage struct {
	Base
	Warning
	Steps   []PlayStep
	Cases   []WarningCase
	Note    string
	CanWork bool
	CanJoin bool
}

// PlayStep is one step of the region's playbook.
type PlayStep struct{ Kind, Words string }

// WarningCase is one case behind a warning.
type WarningCase struct {
	ID, Number, Summary, Area string
	Opened                    time.Time
	Joined                    bool
}

// OutsidePage is the page "outside_series" at /data-luar. Field ids: nama, ukuran, sumber,
// selang, dorong, berkas.
type OutsidePage struct {
	Base
	Rows     []OutsideRow
	Form     OutsideForm
	Problems []string // lines that could not be read
	Preview  *OutsidePreview
	CanBring bool
}

// OutsideRow is one series.
type OutsideRow struct {
	ID, Name, Measure, Source, Period, Drives string
	Places                                    int
}

// OutsideForm is what an officer says about figures he brings in.
type OutsideForm struct {
	Name, Measure, Source, Period string
	Drives                        []Group
	Data                          string // the figures, while they are looked at
	Into                          []Option
}

// OutsidePreview says what a file would bring.
type OutsidePreview struct {
	Rows, Places, Replaced int
	From, To               time.Time
}

// OutsideSeries is the page "outside_one" at /data-luar/{series}.
type OutsideSeries struct {
	Base
	Row      OutsideRow
	Stock    string
	Places   []OutsidePlace
	Total    float64
	CanBring bool
	HasKey   bool   // a program may bring figures
	Key      string // just made, shown this once
	Address  string // to which it brings them
}

// OutsidePlace is what is to be expected in one place, and what it gets of a stock.
type OutsidePlace struct {
	Name       string
	Last       float64
	Day        time.Time
	Next       float64 // next steps together, middle
	High       float64
	Rate       float64 // per 10,000 people; 0 = population unknown
	Population int
	Share      int // of the stock
	Series     string
	NoForecast bool
}
