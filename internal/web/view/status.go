package view

import (
	"time"

	"tanggap/internal/tanggap"
)

// Tag is a small labelled mark. Tone gives its colour (grey, info, warn, ok, bad) and
// Icon its shape, so that colour is never the only sign.
type Tag struct{ Label, Tone, Icon string }

// states gives every state of a case its look; its words are status.<state>.
var states = map[tanggap.State]Tag{
	tanggap.Received:       {Tone: "grey", Icon: "dot"},
	tanggap.Triage:         {Tone: "info", Icon: "half"},
	tanggap.Assigned:       {Tone: "info", Icon: "arrow"},
	tanggap.InProgress:     {Tone: "info", Icon: "play"},
	Checking:               {Tone: "info", Icon: "half"},
	tanggap.WaitingCitizen: {Tone: "warn", Icon: "question"},
	tanggap.Answered:       {Tone: "warn", Icon: "speech"},
	tanggap.Done:           {Tone: "ok", Icon: "check"},
	tanggap.Reopened:       {Tone: "warn", Icon: "undo"},
	tanggap.External:       {Tone: "grey", Icon: "out"},
	tanggap.Rejected:       {Tone: "grey", Icon: "cross"},
	tanggap.Merged:         {Tone: "grey", Icon: "merge"},
	tanggap.Archived:       {Tone: "grey", Icon: "box"},
}

var urgencies = map[tanggap.Urgency]struct {
	key string
	tag Tag
}{
	tanggap.Normal:    {"urgency.normal", Tag{Tone: "grey"}},
	tanggap.High:      {"urgency.high", Tag{Tone: "warn", Icon: "up"}},
	tanggap.Emergency: {"urgency.emergency", Tag{Tone: "bad", Icon: "alert"}},
}

// Confidence limits: the words of a calibrated probability. Below Doubtful nothing
// may be accepted with one key.
const (
	Sure     = 0.90
	Doubtful = 0.70
)

func confidenceKey(p float64) string {
	switch {
	case p >= Sure:
		return "confidence.sure"
	case p >= Doubtful:
		return "confidence.fair"
	}
	return "confidence.doubtful"
}

// deadlineTone says how near a promise is: red when a quarter or less of its time is
// left, amber at half.
func deadlineTone(now, opened, due time.Time) string {
	total, left := due.Sub(opened), due.Sub(now)
	switch {
	case left <= 0 || total <= 0 || left*4 <= total:
		return "bad"
	case left*2 <= total:
		return "warn"
	}
	return "grey"
}
