package notify

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"tanggap/internal/access"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

// PathReport is the page of a report; what follows is its name.
const PathReport = "/laporan/"

// Report owes officers the news that a report is published. The words are put together
// when they are sent, and only to those who may still read it then.
func (o *Outbox) Report(ctx context.Context, tx *store.Store, p *region.Pack, officers []string, name string, version int64) error {
	for _, id := range officers {
		// CaseID stays empty: a report is about no citizen, and there is nothing to seal.
		if err := tx.AddNotification(ctx, &store.Notification{Region: p.Identity.Code, EventID: fmt.Sprintf("report:%s:%d", name, version),
			Recipient: officerPrefix + id, Channel: ChannelOfficer, Template: region.OfficerReport, Pack: p.Version}); err != nil {
			return err
		}
	}
	return nil
}

// report is what an officer reads of a published report.
func (o *Outbox) report(p *region.Pack, n *store.Notification) Content {
	name := strings.Split(strings.TrimPrefix(n.EventID, "report:"), ":")[0]
	args := map[string]string{"title": reportTitle(p, name), "link": o.baseURL(p) + PathReport + name}
	return Content{Key: region.OfficerReport, Args: args, Lang: officerLang, Text: p.Text(officerLang, region.OfficerReport, args),
		Subject: p.Text(officerLang, region.SubjectReport, args)}
}

// reportTitle is Oktober 2026 for 2026-10, and year and area of a planning book.
func reportTitle(p *region.Pack, name string) string {
	year, rest, _ := strings.Cut(name, "-")
	if m, err := strconv.Atoi(rest); err == nil && m >= 1 && m <= 12 && len(rest) == 2 {
		return "bulan " + months[officerLang][m-1] + " " + year
	}
	if a, ok := p.Area(rest); ok {
		return "perencanaan " + year + " " + a.Name
	}
	return name
}

// mayReadReports reports whether an officer may read the reports of a whole region.
func mayReadReports(x *store.Officer, code string) bool {
	return access.Can(access.ActorOf(x), access.ReportRead, access.Object{Region: code})
}
