package view

import "time"

// System is the page "system" at /sistem: how the process and the region are doing.
type System struct {
	Base
	Program  string
	Began    time.Time
	Postgres bool
	Parts    []SystemPart
	Jobs     []SystemCount
	JobsURL  string // River's pages; empty = not for this officer
	Arrived  int    // last number of the gap-free sequence of what arrived
	Events   int    // in the audit log
	Pack     int
	Stopped  bool // nothing goes out since a restore
}

// SystemPart is a part of the process: "database", "disk", "outbox".
type SystemPart struct {
	Name  string
	Well  bool
	Words string // what is wrong
}

// SystemCount is how many there are of something; Key names it in the catalog.
type SystemCount struct {
	Key  string
	N    int
	Warn bool // somebody should look
}
