package learn

import (
	"hash/fnv"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/store"
	"tanggap/internal/text"
)

// Origin says how a row got its label.
type Origin string

const (
	Accepted  Origin = "accepted"  // an officer agreed with the computer
	Corrected Origin = "corrected" // an officer chose otherwise, or where the computer abstained
)

// Row is one confirmed case: the masked words that opened it and the service an
// officer gave it. What the computer did alone, and nobody looked at, is no row: a
// model that learned from its own guesses would grow sure of its own mistakes.
type Row struct {
	Text, Service    string
	Origin           Origin
	Citizen, Officer string
	Channel          string
	At               time.Time
}

// Rows turns confirmed decisions into rows, in their order.
func Rows(list []*store.Confirmed) []Row {
	out := make([]Row, 0, len(list))
	for _, c := range list {
		r := Row{Text: text.Mask(c.Text), Service: c.Service, Origin: Accepted, Citizen: c.CitizenID, Officer: c.OfficerID, Channel: c.Channel, At: c.DecidedAt}
		if c.Suggested != c.Service {
			r.Origin = Corrected
		}
		out = append(out, r)
	}
	return out
}

// Shareable are the rows that a model may learn from which leaves the region. Meta's
// terms for WhatsApp keep what is said there out of models for others.
func Shareable(rows []Row) []Row {
	var out []Row
	for _, r := range rows {
		if r.Channel != channel.WhatsApp {
			out = append(out, r)
		}
	}
	return out
}

// judges is the share of citizens, one in so many, whose cases no model ever learns from.
const judges = 5

// Split parts the rows to learn from and those that judge. It goes by citizen, and so
// for ever: whatever model is compared with whatever other, neither has seen the words
// of the judging citizens, and nobody's habits stand on both sides.
func Split(rows []Row) (learn, judge []Row) {
	for _, r := range rows {
		if judging(r.Citizen) {
			judge = append(judge, r)
		} else {
			learn = append(learn, r)
		}
	}
	return learn, judge
}

func judging(citizen string) bool {
	h := fnv.New32a()
	h.Write([]byte("judge:" + citizen))
	return h.Sum32()%judges == 0
}
