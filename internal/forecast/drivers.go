package forecast

import "time"

// Drivers are what moves a series from outside, known for its past and its future.
type Drivers struct {
	// Calendars are candidates: the one whose holidays explain the past best is used, or
	// none. A region gives its own; StandardCalendars are for series of unknown origin.
	Calendars []Calendar
	Events    []Event
	Outside   []Outside
}

// Calendar is a list of holidays.
type Calendar struct {
	Name     string
	Holidays []Holiday
}

// Holiday is one kind of day that returns, such as Idul Fitri, with all its known dates.
// Its effect is learned from the earlier ones, each day of its window by itself.
type Holiday struct {
	Key    string
	Name   string
	Dates  []time.Time // first days, in the past and the future
	Length int         // days it lasts; 0 means 1
	Before int         // days before it that may differ
	After  int         // days after its last one

	// Closing holidays shut offices and markets: their own days are expected to empty a
	// service, where an ordinary one moves it by a part.
	Closing bool
}

// Event is something declared that lasts from its start to its end, both included, such as
// the registration for bansos. Events of one key are expected to act alike.
type Event struct {
	Key        string
	Name       string
	Start, End time.Time
}

// Outside is another series that moves this one, such as rain: one value a day from Start,
// NaN where unknown. Values after the end of the forecast series are its own forecast;
// without them only the past is explained by it.
type Outside struct {
	Key    string
	Name   string
	Start  time.Time
	Values []float64
}
