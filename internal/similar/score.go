package similar

import (
	"math"
	"strings"
	"time"
)

// What spoke for or against two cases being one matter.
const (
	BecauseWords     = "words"
	BecauseService   = "service"
	BecauseArea      = "area"
	BecauseSpot      = "spot"
	BecauseOtherArea = "other_area"
	BecauseOtherSpot = "other_spot"
	BecauseTime      = "time"
	BecauseCrowd     = "crowd"
	BecausePersonal  = "personal"
	BecauseOther     = "other_service"
)

// Because is one thing that moved the score, in logits.
type Because struct {
	What   string
	Weight float64
}

// The weights were chosen by hand on the half of testdata/incidents.csv whose groups have
// odd numbers and are tested on the other half.
const (
	bias          = -5.2
	wordsWeight   = 6.0 // times the cosine of the words, 0..1
	serviceWeight = 3.0
	otherService  = -1.5
	areaWeight    = 3.0
	otherArea     = -6.0
	spotWeight    = 2.0
	otherSpot     = -8.0
	crowdWeight   = -1.0   // times the logarithm of how many others of the service lie there
	personal      = -5.0   // a letter or card of one person is not another's
	hourWeight    = -0.008 // for every hour between them
	briefWeight   = -0.05  // ... where a danger is soon over
	mostHours     = 14 * 24
)

// SameFrom is the probability from which on two cases are offered as one matter.
const SameFrom = 0.5

// score is the probability that two cases are about one matter; cosine is how alike
// their words are, crowd how many other cases of the service lie in the area. What moved
// it is added to why, where that is not nil.
func score(a, b Facts, cosine float64, crowd int, why *[]Because) float64 {
	sum := bias
	add := func(what string, weight float64) {
		sum += weight
		if why != nil && weight != 0 {
			*why = append(*why, Because{what, weight})
		}
	}
	add(BecauseWords, wordsWeight*cosine)
	add(BecauseCrowd, crowdWeight*math.Log(float64(max(1, crowd))))
	switch {
	case a.Service == "" || b.Service == "":
	case a.Service == b.Service:
		add(BecauseService, serviceWeight)
	default:
		add(BecauseOther, otherService)
	}
	if a.Personal {
		add(BecausePersonal, personal)
	}
	switch {
	case a.Area == "" || b.Area == "":
	case a.Area == b.Area:
		add(BecauseArea, areaWeight)
	case strings.HasPrefix(a.Area, b.Area+".") || strings.HasPrefix(b.Area, a.Area+"."): // a kecamatan and one of its kelurahan
	default:
		add(BecauseOtherArea, otherArea)
	}
	switch same, other := spots(a.spots, b.spots); {
	case other:
		add(BecauseOtherSpot, otherSpot)
	case same:
		add(BecauseSpot, spotWeight)
	}
	each := hourWeight
	if a.Brief {
		each = briefWeight
	}
	add(BecauseTime, each*math.Min(mostHours, a.At.Sub(b.At).Abs().Hours()))
	return 1 / (1 + math.Exp(-sum))
}

// spots compares exact places kind by kind.
func spots(a, b []uint32) (same, other bool) {
	for _, x := range a {
		for _, y := range b {
			if x>>28 == y>>28 {
				same = same || x == y
				other = other || x != y
			}
		}
	}
	return same, other && !same
}

// Window is how far back a report of the same matter may lie.
const Window = 14 * 24 * time.Hour
