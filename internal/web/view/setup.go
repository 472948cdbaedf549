package view

// Setup is the page "setup" at /penyiapan: what a new city still needs.
type Setup struct {
	Base
	Steps []SetupStep
	Done  int
	Next  string // key of the first step to do; empty = none
}

// SetupStep is one thing to do; Key names it in the catalog.
type SetupStep struct {
	Key   string
	URL   string
	Done  bool
	Later bool   // the service works without it
	N     int    // how much is left
	Names string // of what is left
}
