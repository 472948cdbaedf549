package casework

import (
	"context"
	"math"

	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// The order of work: emergencies first, then by due time, moved forward by what is
// urgent, whom it touches and how many citizens one event touches. The hours are a rule
// of this program, shown with every case; how many reports a place sends moves nothing
// by itself, since only an officer says that reports are one event.
const (
	leadHigh       = 24
	leadVulnerable = 12
	leadIncident   = 4 // for every doubling of the citizens of an event
	mostIncident   = 12
)

// Lead is one reason why a case comes before others due at the same time.
type Lead struct {
	Why   string // LeadHigh, LeadVulnerable or LeadIncident
	Hours int64
}

// Reasons of a Lead.
const (
	LeadHigh       = "high"
	LeadVulnerable = "vulnerable"
	LeadIncident   = "incident"
)

// Leads explains a case's place in the order of work; citizens is how many the event
// touches that it reports, 1 where it stands alone.
func Leads(c *store.Case, citizens int) []Lead {
	var out []Lead
	if c.Urgency >= tanggap.High {
		out = append(out, Lead{LeadHigh, leadHigh})
	}
	if c.Vulnerable != "" {
		out = append(out, Lead{LeadVulnerable, leadVulnerable})
	}
	if citizens > 1 {
		out = append(out, Lead{LeadIncident, min(mostIncident, int64(leadIncident*math.Log2(float64(citizens))))})
	}
	return out
}

// order gives a case its place; it comes before the case is written.
func order(ctx context.Context, tx *store.Store, c *store.Case) error {
	citizens := 1
	if c.Incident != "" {
		n, err := touched(ctx, tx, c)
		if err != nil {
			return err
		}
		citizens = n
	}
	c.Lead = 0
	for _, l := range Leads(c, citizens) {
		c.Lead += l.Hours
	}
	return nil
}

// mostOfIncident bounds the cases of an event that are counted; more say no more.
const mostOfIncident = 64

// touched counts the citizens of a case's event.
func touched(ctx context.Context, tx *store.Store, c *store.Case) (int, error) {
	list, err := tx.IncidentCases(ctx, c.Region, c.Incident, mostOfIncident)
	if err != nil {
		return 0, err
	}
	who := map[string]bool{c.CitizenID: true}
	for _, x := range list {
		who[x.CitizenID] = true
	}
	return len(who), nil
}

// Touched is how many citizens the event of a case touches; 1 where it stands alone.
func Touched(ctx context.Context, s *store.Store, c *store.Case) (int, error) {
	if c.Incident == "" {
		return 1, nil
	}
	return touched(ctx, s, c)
}
