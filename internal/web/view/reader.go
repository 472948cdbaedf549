package view

import (
	"time"

	"tanggap/internal/learn"
)

// Reader is the page "reader" at /pembaca: how the computer reads.
type Reader struct {
	Base
	Version   string // of the model in force
	Learned   int    // confirmed cases that it learned from
	Confirmed int    // confirmed cases there are
	Seeds     int
	Learning  string // auto, suggest or never
	Auto      float64
	Suggest   float64
	Curve     []Doubt
	Now, Safe *Doubt // at the threshold in force; at the lowest that is safe enough
	Drift     *learn.Drift
	Taken     []Taken
	Themes    []Theme
	Models    []Model
	CanChange bool
}

// Doubt says what happens at a threshold; shares are 0..1.
type Doubt struct {
	Threshold, Automatic, Wrong float64
	Current                     bool
}

// Taken says how often officers took what was suggested.
type Taken struct {
	Kind    string
	Decided int
	Share   float64 // taken as it stood, 0..1
}

// Theme is a need that no service names.
type Theme struct {
	Words              string
	Cases, Citizens    int
	Recent, Before     int
	Examples           []string
	Service, SeedLines string // a draft for the pack
}

// Model is one version.
type Model struct {
	Version, State, Verdict string
	Learned, Judged         int
	Right, Before           float64 // share of the judging cases that it and the one before get right
	Trained                 time.Time
	By, Why                 string
	CanUse                  bool
}
