package notify

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

const (
	digestLines = 5    // cases named in a digest
	digestMax   = 1000 // counts stop here
)

// digest puts a unit's digest together from what is open now; ok is false when
// nothing is. Secret cases are counted and not named.
func (o *Outbox) digest(ctx context.Context, s *store.Store, p *region.Pack, unit string, now time.Time) (c Content, ok bool, err error) {
	open := store.CaseFilter{Region: p.Identity.Code, Units: []string{unit}, Secret: true}
	for _, state := range tanggap.States {
		if state.Open() {
			open.States = append(open.States, state)
		}
	}
	local := now.In(p.Location())
	midnight := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, p.Location()).UTC()
	var counts [3]int
	for i, until := range []time.Time{{}, now.UTC(), midnight} {
		open.DueTo = until
		if counts[i], err = s.CountCases(ctx, open, digestMax); err != nil {
			return Content{}, false, err
		}
	}
	if counts[0] == 0 {
		return Content{}, false, nil
	}
	open.DueTo, open.Secret, open.Limit = time.Time{}, false, digestLines
	cases, err := s.Cases(ctx, open)
	if err != nil {
		return Content{}, false, err
	}
	var lines []string
	for _, x := range cases {
		lines = append(lines, p.Text(officerLang, region.OfficerLine, o.OfficerArgs(p, x)))
	}
	args := map[string]string{
		"count": strconv.Itoa(counts[0]),
		"late":  strconv.Itoa(counts[1]),
		"today": strconv.Itoa(counts[2] - counts[1]),
		"date":  Day(p, officerLang, now),
		"cases": strings.Join(lines, "\n"),
		"link":  o.baseURL(p) + PathInbox,
	}
	return Content{Key: region.OfficerDigest, Args: args, Lang: officerLang, Text: p.Text(officerLang, region.OfficerDigest, args),
		Subject: p.Text(officerLang, region.SubjectDigest, args)}, true, nil
}
