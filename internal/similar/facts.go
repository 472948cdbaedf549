// Package similar finds cases about the same matter: reports of one event by several
// citizens, one citizen's second message, and solved cases that resemble a new one. It
// keeps signatures of masked words in memory, not the words; a person decides what is
// joined.
package similar

import (
	"hash/fnv"
	"strings"
	"time"

	"tanggap/internal/region"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

// Facts are what is compared of a case.
type Facts struct {
	Service string // taxonomy code, "" while unknown
	Area    string // area code, "" while unknown
	At      time.Time

	Personal bool // the service is about one person's papers or money
	Brief    bool // the service is about dangers that are over in hours

	words []uint32 // signatures of the words, at most mostWords
	spots []uint32 // kind<<28 | signature of what makes a place exact: RT, lorong, a landmark
}

const (
	mostWords = 20
	mostSpots = 4
	stemRunes = 6 // of a word that count: endings and most typing errors lie behind
	fewLetter = 3
)

// Kinds of spots. Two spots of one kind that differ are two places.
const (
	spotRT uint32 = iota + 1
	spotRW
	spotLane
	spotNumber
	spotBlock
	spotSchool
	spotCrossing
	spotLandmark
)

var spotWords = map[string]uint32{
	"rt": spotRT, "rw": spotRW, "lorong": spotLane, "gang": spotLane, "nomor": spotNumber, "no": spotNumber, "blok": spotBlock,
	"km": spotNumber, "sd": spotSchool, "sdn": spotSchool, "smp": spotSchool, "sma": spotSchool, "simpang": spotCrossing, "pertigaan": spotCrossing, "perempatan": spotCrossing,
}

// For takes the facts of a case of a service; the zero Service stands for one that is
// not known yet.
func For(p *region.Pack, kind region.Service, message, area string, at time.Time) Facts {
	var landmarks []string
	lower := strings.ToLower(message)
	for _, l := range p.Landmarks {
		if strings.Contains(lower, strings.ToLower(l.Name)) {
			landmarks = append(landmarks, l.Name)
		}
	}
	f := Of(message, kind.Code, area, at, landmarks...)
	f.Personal = kind.Kind == tanggap.KindService || kind.Judges
	f.Brief = kind.Urgency == tanggap.Emergency
	return f
}

// Of takes the facts of a message. landmarks are the known places that it names.
func Of(message, service, area string, at time.Time, landmarks ...string) Facts {
	f := Facts{Service: service, Area: area, At: at}
	spot := func(kind uint32, name string) {
		if len(f.spots) < mostSpots {
			f.spots = append(f.spots, kind<<28|sign(name)>>4)
		}
	}
	for _, l := range landmarks {
		spot(spotLandmark, l)
	}
	seen := map[uint32]bool{}
	before := ""
	for _, t := range text.Tokens(message) {
		if t.Kind != text.Word {
			if t.Kind == text.Mark {
				before = ""
			}
			continue
		}
		if kind := spotWords[before]; kind != 0 && (isNumber(t.Text) || len(t.Text) == 1 || numerals[t.Text]) {
			spot(kind, before+strings.TrimLeft(t.Text, "0"))
		}
		before = t.Text
		if len(t.Text) < fewLetter || isNumber(t.Text) || len(f.words) == mostWords {
			continue
		}
		if w := sign(stem(t.Text)); !seen[w] {
			seen[w] = true
			f.words = append(f.words, w)
		}
	}
	return f
}

var numerals = map[string]bool{"satu": true, "dua": true, "tiga": true, "empat": true, "lima": true, "enam": true, "tujuh": true, "delapan": true}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }

func stem(w string) string {
	n := 0
	for i := range w {
		if n++; n > stemRunes {
			return w[:i]
		}
	}
	return w
}

func sign(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(s))
	return h.Sum32()
}
