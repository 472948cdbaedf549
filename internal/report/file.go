package report

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Formats of files.
const (
	FormatPDF  = "pdf"
	FormatXLSX = "xlsx"
	FormatHTML = "html"
)

// Formats in order.
var Formats = []string{FormatPDF, FormatXLSX, FormatHTML}

// states as they are printed.
var states = map[string]string{store.ReportDraft: "Draf", store.ReportApproved: "Disetujui", store.ReportPublished: "Disetujui"}

// Document is the report as it is printed now; names are those of officers by id.
func (o *Office) Document(r *store.Report, names map[string]string) (*Document, error) {
	w, err := WordsOf(r)
	if err != nil {
		return nil, err
	}
	n, err := ParseName(r.Name)
	if err != nil {
		return nil, err
	}
	var d *Document
	if n.Month != "" {
		m, err := MonthOf(r)
		if err != nil {
			return nil, err
		}
		if d, err = Monthly(m, w); err != nil {
			return nil, err
		}
	} else {
		b := &Book{}
		if err := json.Unmarshal([]byte(r.Figures), b); err != nil {
			return nil, fmt.Errorf("figures of report %s: %w", r.Name, err)
		}
		if d, err = b.document(w); err != nil {
			return nil, err
		}
	}
	d.State, d.Draft = states[r.State], r.State == store.ReportDraft
	d.Version, d.Hash = int(r.Version), r.Hash
	d.Made = d.DataTo
	if p, err := o.Packs.Get(r.Region); err == nil {
		d.Link = o.BaseURL(p) + PathCheck + r.Hash
	}
	d.Sign.Office = d.Owner
	if r.Author != System {
		d.Sign.Author = cmp.Or(names[r.Author], "petugas")
	}
	if r.ApprovedBy != "" {
		d.Sign.Approved, d.Sign.Alone, d.Sign.Day = cmp.Or(names[r.ApprovedBy], "petugas"), r.Alone, r.ApprovedAt.In(d.Zone)
		d.Made = r.ApprovedAt
	}
	return d, nil
}

// Render makes a file of a report.
func (o *Office) Render(r *store.Report, names map[string]string, format string) ([]byte, error) {
	d, err := o.Document(r, names)
	if err != nil {
		return nil, err
	}
	switch format {
	case FormatPDF:
		return d.PDF()
	case FormatHTML:
		return d.HTML()
	case FormatXLSX:
		if d.Cases, err = unpack(r.Cases, d.Zone); err != nil {
			return nil, err
		}
		return d.XLSX()
	}
	return nil, tanggap.Errorf(tanggap.NotFound, "bentuk %q tidak ada", format)
}

// File is a file of a report: of an approved version as it was made then, of a draft as it
// is now.
func (o *Office) File(ctx context.Context, r *store.Report, names map[string]string, format string) ([]byte, error) {
	if r.State == store.ReportDraft {
		return o.Render(r, names, format)
	}
	f, err := o.Store.ReportFile(ctx, r.Region, r.Name, r.Version, format)
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, tanggap.Errorf(tanggap.NotFound, "berkas ini tidak ada")
	}
	return f.Body, nil
}

// listed is one row of the kept list of cases.
type listed struct {
	Number, Service, Unit, Area, Channel, State string
	Urgency                                     int64
	Opened, Due                                 int64 // Unix seconds, 0 = none
}

// list packs the cases of a month with names as the pack has them now.
func (o *Office) list(ctx context.Context, p *region.Pack, m *Month) ([]byte, error) {
	from := m.start()
	rows, err := o.Store.ReportCases(ctx, p.Identity.Code, from, from.AddDate(0, 1, 0), mostCases)
	if err != nil {
		return nil, err
	}
	services, units, areas := map[string]string{}, map[string]string{}, map[string]string{}
	for _, s := range p.Services {
		services[s.Code] = s.Name
	}
	for _, u := range p.Units {
		units[u.Code] = u.Name
	}
	for _, a := range p.Areas {
		areas[a.Code] = a.Name
	}
	out := make([]listed, len(rows))
	for i, c := range rows {
		out[i] = listed{Number: c.Number, Service: cmp.Or(services[c.Service], c.Service), Unit: cmp.Or(units[c.Unit], c.Unit), Area: cmp.Or(areas[c.Area], c.Area),
			Channel: cmp.Or(channelNames[c.Channel], c.Channel), State: p.Text("id", region.TextState+string(c.State), nil), Urgency: c.Urgency, Opened: c.OpenedAt.Unix()}
		if !c.DueAt.IsZero() {
			out[i].Due = c.DueAt.Unix()
		}
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := errors.Join(gob.NewEncoder(z).Encode(out), z.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// channelNames are channels as people read them.
var channelNames = map[string]string{"whatsapp": "WhatsApp", "email": "Surel", "web": "Formulir web", "desk": "Loket dan telepon"}

var urgencies = map[int64]string{1: "biasa", 2: "tinggi", 3: "darurat"}

// unpack makes the table of a kept list.
func unpack(packed []byte, zone *time.Location) (*Table, error) {
	if len(packed) == 0 {
		return nil, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	var list []listed
	if err := gob.NewDecoder(io.LimitReader(z, 256<<20)).Decode(&list); err != nil {
		return nil, fmt.Errorf("list of cases: %w", err)
	}
	t := &Table{Sheet: "Daftar laporan", Columns: []Column{{Name: "Nomor"}, {Name: "Tanggal"}, {Name: "Layanan"}, {Name: "Unit"}, {Name: "Wilayah"}, {Name: "Saluran"}, {Name: "Urgensi"}, {Name: "Status"}, {Name: "Tenggat"}}}
	for _, c := range list {
		due := None()
		if c.Due != 0 {
			due = Day(dateOf(time.Unix(c.Due, 0).In(zone)))
		}
		t.Rows = append(t.Rows, []Cell{Str(c.Number), Day(dateOf(time.Unix(c.Opened, 0).In(zone))), Str(c.Service), Str(c.Unit), Str(c.Area), Str(c.Channel),
			Str(cmp.Or(urgencies[c.Urgency], "biasa")), Str(c.State), due})
	}
	return t, nil
}

// dateOf is the local day alone: a spreadsheet knows no zones.
func dateOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}
