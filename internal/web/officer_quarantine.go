package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tanggap/internal/access"
	"tanggap/internal/intake"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const (
	quarantinePath = "/karantina"
	maxRaw         = 64 << 10 // bytes of an item that are shown
	replayAtOnce   = 200      // items of one reason that one press replays
)

// quarantine lists what was put aside, newest first, page by page after the last
// number of the page before.
func (s *Server) quarantine(w http.ResponseWriter, r *http.Request) error {
	v, ctx, q := at(r), r.Context(), r.URL.Query()
	base, err := s.staffBase(r)
	if err != nil {
		return err
	}
	page := &view.Quarantine{Base: base}
	counts, err := s.Store.CountQuarantine(ctx, v.pack.Identity.Code, maxCount)
	if err != nil {
		return err
	}
	f := store.QuarantineFilter{Region: v.pack.Identity.Code, Channel: q.Get("saluran"), Code: q.Get("sebab"), Limit: rowsPerPage}
	f.Before, _ = strconv.ParseInt(q.Get("sebelum"), 10, 64)
	for _, c := range counts {
		page.Total += int(c.N)
		only := url.Values{"saluran": {c.Channel}, "sebab": {c.Code}}
		x := view.QuarantineReason{Channel: c.Channel, Code: c.Code, Label: s.whyAside(v, c.Code), URL: quarantinePath + "?" + only.Encode(),
			Count: int(c.N), Current: c.Channel == f.Channel && c.Code == f.Code}
		page.Reasons = append(page.Reasons, x)
		if x.Current {
			page.Chosen = &x
		}
	}
	rows, err := s.Store.QuarantinePage(ctx, f)
	if err != nil {
		return err
	}
	for _, row := range rows {
		page.Rows = append(page.Rows, s.asideRow(v, row))
	}
	if len(rows) == rowsPerPage {
		q.Set("sebelum", strconv.FormatInt(rows[len(rows)-1].Seq, 10))
		q.Del("diulang")
		page.Next = quarantinePath + "?" + q.Encode()
	}
	if n, err := strconv.Atoi(q.Get("diulang")); err == nil && n >= 0 && n <= replayAtOnce {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(v.lang, "quarantine.replayed_some", "n", n)}
	}
	return s.renderPrivate(w, r, http.StatusOK, "quarantine", page)
}

// asideReasons are the codes that the pages have words for.
var asideReasons = []string{intake.ReasonUnreadable, intake.ReasonMalformed, intake.ReasonOld, intake.ReasonAccount, intake.ReasonCrash, intake.ReasonFault}

func (s *Server) whyAside(v *visit, code string) string {
	if !slices.Contains(asideReasons, code) {
		return s.View.T(v.lang, "quarantine.other")
	}
	return s.View.T(v.lang, "quarantine.why_"+code)
}

func (s *Server) asideRow(v *visit, row *store.Inbound) view.QuarantineRow {
	code, words := store.SplitReason(row.Reason)
	label := s.whyAside(v, code)
	if strings.EqualFold(label, words) {
		words = ""
	}
	return view.QuarantineRow{Seq: row.Seq, Reason: label, Detail: words, Channel: channelName(row.Channel), Kind: row.Kind,
		Received: row.ReceivedAt, Attempts: int(row.Attempts)}
}

func (s *Server) quarantineItem(w http.ResponseWriter, r *http.Request) error {
	row, err := s.aside(r)
	if err != nil {
		return err
	}
	page, err := s.asidePage(r, row)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("diulang") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), "quarantine.replayed")}
	}
	return s.renderPrivate(w, r, http.StatusOK, "quarantine_item", page)
}

// aside is the item that the address names: one that stands in quarantine, or whose
// replay the officer has just asked for.
func (s *Server) aside(r *http.Request) (*store.Inbound, error) {
	missing := tanggap.Errorf(tanggap.NotFound, "kiriman ini tidak ada di karantina")
	seq, err := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	if err != nil {
		return nil, missing
	}
	row, err := s.Store.Inbound(r.Context(), at(r).pack.Identity.Code, seq)
	if err == nil && row.State != store.InboundQuarantined && !r.URL.Query().Has("diulang") {
		err = missing
	}
	return row, err
}

// asidePage shows an item with what it says, masked, if it still waits and the officer
// may read it.
func (s *Server) asidePage(r *http.Request, row *store.Inbound) (*view.QuarantineItem, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	page := &view.QuarantineItem{Base: base, QuarantineRow: s.asideRow(v, row), CanRead: access.Can(v.actor, access.QuarantineRead, access.TriageOf(v.pack)),
		Gone: len(row.RawCT) == 0}
	if row.State != store.InboundQuarantined {
		page.Gone, page.Handled = true, s.View.T(v.lang, "quarantine.pending")
		if row.State == store.InboundDone {
			page.Handled = s.View.T(v.lang, "quarantine.processed")
		}
		page.CaseURL, err = s.asideCase(ctx, v, row)
		return page, err
	}
	if !row.HandledAt.IsZero() {
		names, err := s.names(ctx, row.Region)
		if err != nil {
			return nil, err
		}
		page.Handled, page.CanReplay = s.View.T(v.lang, "quarantine.handled", "who", s.who(v, "officer:"+row.HandledBy, names), "moment", s.View.Moment(v.lang, v.pack.Location(), row.HandledAt)), true
	}
	if page.Gone {
		return page, nil
	}
	if err := s.Store.OpenInbound(ctx, row); err != nil {
		return nil, err
	}
	page.Bytes = int64(len(row.Raw))
	if page.CanRead {
		page.Raw, page.Cut = readable(row.Raw)
		page.Raw = text.Mask(page.Raw)
	}
	return page, nil
}

// asideCase is the address of the case that an item became, "" for an officer who may
// not read it.
func (s *Server) asideCase(ctx context.Context, v *visit, row *store.Inbound) (string, error) {
	if row.CaseID == "" {
		return "", nil
	}
	c, err := s.Store.Case(ctx, row.Region, row.CaseID)
	if err != nil || s.mayDo(v, c, access.CaseRead) != nil {
		return "", err
	}
	return "/kasus/" + c.ID, nil
}

// readable is the beginning of raw as text: JSON on lines of its own, without control
// characters and without the links by which citizens open their own pages.
func readable(raw []byte) (words string, short bool) {
	var lines bytes.Buffer
	if len(raw) <= maxRaw && json.Indent(&lines, raw, "", "  ") == nil {
		raw = lines.Bytes()
	}
	// Cleaning takes out what may hide text; its limit is in bytes that are left.
	words = text.Clean(string(raw[:min(len(raw), maxRaw)]), maxRaw)
	return privateLink.ReplaceAllLiteralString(words, "[…]"), len(raw) > maxRaw
}

// quarantineReveal shows an item once as it came, on the answer to this form, after
// the purpose, one of a closed list, has been recorded.
func (s *Server) quarantineReveal(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v := at(r)
	row, err := s.aside(r)
	if err != nil {
		return err
	}
	purpose := r.PostForm.Get("tujuan")
	page, err := s.asidePage(r, row)
	if err != nil {
		return err
	}
	if !slices.Contains(page.Purposes(), purpose) {
		page.Errors = append(page.Errors, s.wrong(r, "buka-tujuan", "quarantine.purpose_empty"))
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "quarantine_item", page)
	}
	raw, err := s.Intake.Raw(r.Context(), row.Region, row.Seq, v.officer, purpose)
	if err != nil {
		return err
	}
	page.Raw, page.Cut = readable(raw)
	page.Revealed = true
	return s.renderPrivate(w, r, http.StatusOK, "quarantine_item", page)
}

func (s *Server) quarantineReplay(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	row, err := s.aside(r)
	if err != nil {
		return err
	}
	if err := s.Intake.Replay(r.Context(), row.Region, row.Seq, at(r).officer); err != nil {
		return err
	}
	return s.redirect(w, r, quarantinePath+"/"+strconv.FormatInt(row.Seq, 10)+"?diulang")
}

// quarantineReplayAll replays what waits for one reason, at most replayAtOnce at a
// press. What somebody else took meanwhile is left out.
func (s *Server) quarantineReplayAll(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	f := store.QuarantineFilter{Region: v.pack.Identity.Code, Channel: r.PostForm.Get("saluran"), Code: r.PostForm.Get("sebab"), Limit: replayAtOnce}
	if f.Channel == "" || f.Code == "" {
		return tanggap.Errorf(tanggap.Invalid, "pilih satu sebab dulu")
	}
	rows, err := s.Store.QuarantinePage(ctx, f)
	if err != nil {
		return err
	}
	n := 0
	for _, row := range rows {
		err := s.Intake.Replay(ctx, row.Region, row.Seq, v.officer)
		if tanggap.CodeOf(err) == tanggap.Conflict {
			continue
		}
		if err != nil {
			return err
		}
		n++
	}
	return s.redirect(w, r, quarantinePath+"?diulang="+strconv.Itoa(n))
}

// quarantineDiscard records that nothing more is needed, and why. The item stays, and
// can still be replayed.
func (s *Server) quarantineDiscard(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	row, err := s.aside(r)
	if err != nil {
		return err
	}
	why, err := typed(r, "alasan", 200)
	if err == nil && strings.TrimSpace(why) == "" {
		err = tanggap.Errorf(tanggap.Invalid, "%s", s.View.T(lang(r), "quarantine.discard_empty"))
	}
	if err != nil {
		page, readErr := s.asidePage(r, row)
		if readErr != nil {
			return readErr
		}
		page.Draft = cut(r.PostForm.Get("alasan"), 400)
		page.Errors = append(page.Errors, errorOf(err, "alasan"))
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "quarantine_item", page)
	}
	if err := s.Intake.Discard(r.Context(), row.Region, row.Seq, at(r).officer, why); err != nil {
		return err
	}
	return s.redirect(w, r, quarantinePath+"/"+strconv.FormatInt(row.Seq, 10))
}
