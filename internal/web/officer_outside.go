package web

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/forecast"
	"tanggap/internal/outlook"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const (
	outsideSeriesPath = "/data-luar"
	maxOutsideFile    = 1 << 20
	maxOutsideRows    = 50_000
	problemsShown     = 10
)

// outsideList lists the figures that were brought in from elsewhere, with a form for more.
func (s *Server) outsideList(w http.ResponseWriter, r *http.Request) error {
	page, err := s.outsideListPage(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), view.MsgSaved)}
	}
	return s.renderPrivate(w, r, http.StatusOK, "outside_series", page)
}

func (s *Server) outsideListPage(r *http.Request) (*view.OutsidePage, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	page := &view.OutsidePage{Base: base, CanBring: access.CanIn(v.actor, access.OutsideEdit, v.pack.Identity.Code)}
	if !access.Can(v.actor, access.ForecastRead, access.Object{Region: v.pack.Identity.Code}) {
		return nil, tanggap.Errorf(tanggap.Forbidden, "data luar dibaca oleh peran yang mencakup seluruh daerah")
	}
	list, err := s.Store.AllOutsideSeries(ctx, v.pack.Identity.Code)
	if err != nil {
		return nil, err
	}
	page.Form.Period = "week"
	page.Form.Drives = serviceGroups(v.pack, v.lang, "")
	page.Form.Into = []view.Option{{Value: "", Label: s.View.T(v.lang, "foresight.outside_new")}}
	for _, x := range list {
		page.Rows = append(page.Rows, outsideRow(v, x))
		page.Form.Into = append(page.Form.Into, view.Option{Value: x.ID, Label: x.Name})
	}
	return page, nil
}

func outsideRow(v *visit, x *store.OutsideSeries) view.OutsideRow {
	row := view.OutsideRow{ID: x.ID, Name: x.Name, Measure: x.Measure, Source: x.Source, Period: x.Period}
	if svc, ok := v.pack.Service(x.Drives); ok {
		row.Drives = svc.Name
	}
	return row
}

// outsideUpload looks at a file of figures and, once the officer has seen what it would
// bring, keeps them.
func (s *Server) outsideUpload(w http.ResponseWriter, r *http.Request) error {
	data, err := outsideFile(r)
	if err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	page, err := s.outsideListPage(r)
	if err != nil {
		return err
	}
	x := &store.OutsideSeries{Region: v.pack.Identity.Code, Name: text.Clean(r.PostForm.Get("nama"), 80), Measure: text.Clean(r.PostForm.Get("ukuran"), 40),
		Source: text.Clean(r.PostForm.Get("sumber"), 120), Period: r.PostForm.Get("selang"), Drives: r.PostForm.Get("dorong"), MadeBy: v.actor.ID}
	into := r.PostForm.Get("deret")
	if into != "" {
		if x, err = s.Store.OutsideSeries(ctx, v.pack.Identity.Code, into); err != nil {
			return err
		}
	}
	page.Form.Name, page.Form.Measure, page.Form.Source, page.Form.Period, page.Form.Data = x.Name, x.Measure, x.Source, x.Period, data
	page.Form.Drives = serviceGroups(v.pack, v.lang, x.Drives)
	for i := range page.Form.Into {
		page.Form.Into[i].Selected = page.Form.Into[i].Value == into
	}
	if err := s.checkOutside(v, x, data); err != nil {
		page.Errors = append(page.Errors, errorOf(err, "berkas"))
		return s.renderPrivate(w, r, statusOf(err), "outside_series", page)
	}
	values, problems := readOutside(data, x.Period)
	if len(problems) > 0 {
		page.Problems = problems[:min(len(problems), problemsShown)]
		page.Errors = append(page.Errors, view.FieldError{Field: "berkas", Message: s.View.T(v.lang, "foresight.outside_wrong", "n", len(problems))})
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "outside_series", page)
	}
	if r.PostForm.Get("aksi") != "simpan" {
		page.Preview, err = s.previewOutside(ctx, x, values)
		if err != nil {
			return err
		}
		return s.renderPrivate(w, r, http.StatusOK, "outside_series", page)
	}
	err = s.Store.InTx(ctx, func(tx *store.Store) error {
		if x.ID == "" {
			if err := tx.PutOutsideSeries(ctx, x); err != nil {
				return err
			}
		}
		return keepOutside(ctx, tx, x, "officer:"+v.actor.ID, values)
	})
	if err != nil {
		return err
	}
	return s.redirect(w, r, outsideSeriesPath+"?tersimpan")
}

// keepOutside keeps figures of a series and notes who brought them.
func keepOutside(ctx context.Context, tx *store.Store, x *store.OutsideSeries, actor string, values []*store.OutsideValue) error {
	for _, one := range values {
		one.Region, one.SeriesID = x.Region, x.ID
	}
	if err := tx.PutOutsideValues(ctx, values); err != nil {
		return err
	}
	return tx.AddRegionEvent(ctx, x.Region, actor, "outside.brought", map[string]any{"series": x.ID, "values": len(values)})
}

// outsideFile reads the form and the figures in it: those of the chosen file, or those
// that were looked at before.
func outsideFile(r *http.Request) (string, error) {
	if err := r.ParseMultipartForm(maxOutsideFile); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return "", tooLarge(err)
	}
	if f, _, err := r.FormFile("berkas"); err == nil {
		defer f.Close()
		b, err := io.ReadAll(io.LimitReader(f, maxOutsideFile+1))
		if err != nil || len(b) > 0 {
			return string(b), err
		}
	}
	return r.PostForm.Get("angka"), nil
}

func (s *Server) checkOutside(v *visit, x *store.OutsideSeries, data string) error {
	wrong := func(field, key string) error {
		return &tanggap.Error{Code: tanggap.Invalid, Field: field, Message: s.View.T(v.lang, key)}
	}
	switch {
	case x.Name == "":
		return wrong("nama", "foresight.outside_no_name")
	case x.Measure == "":
		return wrong("ukuran", "foresight.outside_no_measure")
	case x.Source == "":
		return wrong("sumber", "foresight.outside_no_source")
	case x.Period != "day" && x.Period != "week" && x.Period != "month":
		return wrong("selang", "foresight.outside_no_period")
	case strings.TrimSpace(data) == "":
		return wrong("berkas", "foresight.outside_no_file")
	case len(data) > maxOutsideFile:
		return wrong("berkas", "foresight.outside_too_large")
	}
	if _, ok := v.pack.Service(x.Drives); !ok {
		x.Drives = ""
	}
	return nil
}

// readOutside reads lines of day, place, value and population; place and population may be
// missing. The first line names the columns. Days become the first of their period.
func readOutside(data, period string) (out []*store.OutsideValue, problems []string) {
	c, col, err := openSheet(data)
	if err != nil {
		return nil, []string{"baris 1: " + plainError(err)}
	}
	day, okDay := column(col, "tanggal", "date", "day")
	value, okValue := column(col, "nilai", "jumlah", "value", "count")
	if !okDay || !okValue {
		return nil, []string{"baris 1: kolom tanggal dan nilai tidak ada. Tulis judul kolom: tanggal,tempat,nilai,penduduk."}
	}
	place, hasPlace := column(col, "tempat", "place")
	people, hasPeople := column(col, "penduduk", "population")
	seen := map[string]int{}
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			return out, problems
		}
		line := lineOf(c, err)
		if err != nil {
			return nil, append(problems, fmt.Sprintf("baris %d: %s", line, plainError(err)))
		}
		if len(out) >= maxOutsideRows {
			return nil, append(problems, fmt.Sprintf("baris %d: lebih dari %d baris. Bagi berkasnya.", line, maxOutsideRows))
		}
		cell := func(i int, ok bool) string {
			if !ok || i >= len(record) {
				return ""
			}
			return strings.TrimSpace(record[i])
		}
		x := &store.OutsideValue{Place: text.Clean(cell(place, hasPlace), 80)}
		when, err := time.Parse(time.DateOnly, cell(day, true))
		if err != nil {
			problems = append(problems, fmt.Sprintf("baris %d: %q bukan tanggal. Tulis seperti 2026-01-31.", line, text.Clean(cell(day, true), 40)))
			continue
		}
		x.Day = outlook.Begin(when, period).Format(time.DateOnly)
		if x.Value, err = strconv.ParseFloat(strings.Replace(cell(value, true), ",", ".", 1), 64); err != nil || math.IsNaN(x.Value) || math.IsInf(x.Value, 0) || math.Abs(x.Value) > 1e12 {
			problems = append(problems, fmt.Sprintf("baris %d: %q bukan angka. Tulis seperti 12 atau 3,5.", line, text.Clean(cell(value, true), 40)))
			continue
		}
		if p := cell(people, hasPeople); p != "" {
			if x.Population, err = strconv.ParseInt(p, 10, 64); err != nil || x.Population < 0 {
				problems = append(problems, fmt.Sprintf("baris %d: %q bukan jumlah penduduk. Tulis bilangan bulat tanpa titik.", line, text.Clean(p, 40)))
				continue
			}
		}
		key := x.Place + "\x00" + x.Day
		if before, twice := seen[key]; twice {
			problems = append(problems, fmt.Sprintf("baris %d: tempat dan waktu ini sudah ada di baris %d. Gabungkan.", line, before))
			continue
		}
		seen[key] = line
		out = append(out, x)
	}
}

// openSheet reads the first line of a sheet that was saved as CSV, which names its columns.
func openSheet(data string) (c *csv.Reader, col map[string]int, err error) {
	c = csv.NewReader(strings.NewReader(strings.TrimPrefix(data, "\uFEFF")))
	first, _, _ := strings.Cut(data, "\n")
	if strings.Count(first, ";") > strings.Count(first, ",") {
		c.Comma = ';' // spreadsheets here write so
	}
	c.FieldsPerRecord, c.TrimLeadingSpace, c.ReuseRecord = -1, true, true
	head, err := c.Read()
	col = map[string]int{}
	for i, name := range head {
		col[strings.ToLower(strings.TrimSpace(name))] = i
	}
	return c, col, err
}

// lineOf is where a record begins that was read, or that could not be.
func lineOf(c *csv.Reader, err error) int {
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong):
		return wrong.StartLine
	case err != nil:
		return 1
	}
	line, _ := c.FieldPos(0)
	return line
}

func column(col map[string]int, names ...string) (int, bool) {
	for _, n := range names {
		if i, ok := col[n]; ok {
			return i, true
		}
	}
	return 0, false
}

func plainError(err error) string {
	if errors.Is(err, io.EOF) {
		return "berkas kosong"
	}
	return "tanda kutip atau koma tidak terbaca"
}

// previewOutside says what figures would bring.
func (s *Server) previewOutside(ctx context.Context, x *store.OutsideSeries, values []*store.OutsideValue) (*view.OutsidePreview, error) {
	p := &view.OutsidePreview{Rows: len(values)}
	places, known := map[string]bool{}, map[string]bool{}
	if x.ID != "" {
		old, err := s.Store.OutsideValues(ctx, x.Region, x.ID)
		if err != nil {
			return nil, err
		}
		for _, o := range old {
			known[o.Place+"\x00"+o.Day] = true
		}
	}
	for _, one := range values {
		places[one.Place] = true
		if known[one.Place+"\x00"+one.Day] {
			p.Replaced++
		}
		day, _ := time.Parse(time.DateOnly, one.Day)
		if p.From.IsZero() || day.Before(p.From) {
			p.From = day
		}
		if day.After(p.To) {
			p.To = day
		}
	}
	p.Places = len(places)
	return p, nil
}

// outsideSeries shows what is to be expected of one series, place by place, and with
// ?stok=N how so much of something would be shared out.
func (s *Server) outsideSeries(w http.ResponseWriter, r *http.Request) error {
	v, ctx := at(r), r.Context()
	if !access.Can(v.actor, access.ForecastRead, access.Object{Region: v.pack.Identity.Code}) {
		return tanggap.Errorf(tanggap.Forbidden, "data luar dibaca oleh peran yang mencakup seluruh daerah")
	}
	x, err := s.Store.OutsideSeries(ctx, v.pack.Identity.Code, r.PathValue("series"))
	if err != nil {
		return err
	}
	page, err := s.outsideOne(r, x)
	if err != nil {
		return err
	}
	return s.renderPrivate(w, r, http.StatusOK, "outside_one", page)
}

func (s *Server) outsideOne(r *http.Request, x *store.OutsideSeries) (*view.OutsideSeries, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	page := &view.OutsideSeries{HasKey: x.KeyHash != "", Base: base, Row: outsideRow(v, x), Stock: strings.TrimSpace(r.URL.Query().Get("stok")),
		CanBring: access.CanIn(v.actor, access.OutsideEdit, v.pack.Identity.Code)}
	values, err := s.Store.OutsideValues(ctx, x.Region, x.ID)
	if err != nil {
		return nil, err
	}
	for _, one := range values { // by place and day: the last of a place is its newest
		n := len(page.Places)
		if n == 0 || page.Places[n-1].Name != one.Place {
			page.Places = append(page.Places, view.OutsidePlace{Name: one.Place, Series: outlook.OutsideName(x.ID, one.Place)})
			n++
		}
		p := &page.Places[n-1]
		p.Last, p.Population = one.Value, int(one.Population)
		p.Day, _ = time.Parse(time.DateOnly, one.Day)
	}
	for i := range page.Places {
		if err := s.foreseePlace(ctx, x, &page.Places[i]); err != nil {
			return nil, err
		}
		page.Total += page.Places[i].Next
	}
	if page.Stock != "" {
		stock, err := strconv.Atoi(page.Stock)
		if err != nil || stock < 1 || stock > 10_000_000 {
			page.Errors = append(page.Errors, view.FieldError{Field: "stok", Message: s.View.T(v.lang, "foresight.bad_stock")})
		} else {
			needs := make([]float64, len(page.Places))
			for i, p := range page.Places {
				needs[i] = p.High
			}
			for i, n := range outlook.ShareOut(stock, needs) {
				page.Places[i].Share = n
			}
		}
	}
	slices.SortStableFunc(page.Places, func(a, b view.OutsidePlace) int {
		return cmp.Or(cmp.Compare(b.Rate, a.Rate), cmp.Compare(b.Next, a.Next), cmp.Compare(a.Name, b.Name))
	})
	return page, nil
}

// ahead is how many steps count as the time to prepare for, by period.
var ahead = map[string]int{"day": 7, "week": 4, "month": 1}

// foreseePlace adds what is to be expected of one place.
func (s *Server) foreseePlace(ctx context.Context, x *store.OutsideSeries, p *view.OutsidePlace) error {
	row, err := s.Store.Forecast(ctx, x.Region, p.Series)
	if err != nil {
		return err
	}
	p.NoForecast = true
	p.Next, p.High = p.Last*float64(ahead[x.Period]), p.Last*float64(ahead[x.Period]) // as lately, while nothing better is known
	if row != nil {
		v, err := outlook.Read(row)
		if err != nil {
			return err
		}
		for period, steps := range map[forecast.Period]*outlook.Steps{forecast.Daily: v.Days, forecast.Weekly: v.Weeks, forecast.Monthly: v.Months} {
			if steps == nil {
				continue
			}
			f, err := steps.Forecast(period)
			if err != nil {
				return err
			}
			mean, q := f.Sum(0, min(ahead[x.Period], len(f.Mean)))
			p.Next, p.High, p.NoForecast = mean, q[forecast.High80], false
		}
	}
	if p.Population > 0 {
		p.Rate = p.Next / float64(p.Population) * 10_000
	}
	return nil
}

// outsideChange takes a series out of use.
func (s *Server) outsideChange(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	x, err := s.Store.OutsideSeries(ctx, v.pack.Identity.Code, r.PathValue("series"))
	if err != nil {
		return err
	}
	if r.PostForm.Get("aksi") != "hapus" {
		return tanggap.Errorf(tanggap.Invalid, "tindakan ini tidak dikenal")
	}
	x.RetiredAt = s.Clock.Now().UTC()
	err = s.Store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.PutOutsideSeries(ctx, x); err != nil {
			return err
		}
		return tx.AddRegionEvent(ctx, x.Region, "officer:"+v.actor.ID, "outside.retired", map[string]any{"series": x.ID})
	})
	if err != nil {
		return err
	}
	return s.redirect(w, r, outsideSeriesPath+"?tersimpan")
}
