package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/job"
	"tanggap/internal/region"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

const systemPath = "/sistem"

// JobsPath is where River's pages about the jobs are mounted.
const JobsPath = systemPath + "/pekerjaan"

// jobsCSP lets River's pages set styles of elements, as they do; scripts are its files only.
const jobsCSP = "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// System is what a process knows of itself, for the page of admins.
type System struct {
	Program  string
	Began    time.Time
	Postgres bool
	// Parts says of each part of the process "ok" or what is wrong, as /readyz does.
	Parts func(context.Context) map[string]string
	// Stopped says whether a restore has stopped what goes out of a region.
	Stopped  func(region string) bool
	Jobs     *job.Queue
	JobPages http.Handler // River's
}

// system shows how the process that answers, and the region in it, are doing.
func (s *Server) system(w http.ResponseWriter, r *http.Request) error {
	v, x := at(r), s.System
	if x == nil {
		return tanggap.Errorf(tanggap.NotFound, "proses ini tidak tahu keadaannya")
	}
	base, err := s.staffBase(r)
	if err != nil {
		return err
	}
	ctx, code := r.Context(), v.pack.Identity.Code
	page := &view.System{Base: base, Program: x.Program, Began: x.Began, Postgres: x.Postgres, Pack: int(v.pack.Version), Stopped: x.Stopped(code)}
	for name, said := range x.Parts(ctx) {
		part := view.SystemPart{Name: name, Well: said == "ok"}
		if !part.Well {
			part.Words = said
		}
		page.Parts = append(page.Parts, part)
	}
	slices.SortFunc(page.Parts, func(a, b view.SystemPart) int { return strings.Compare(a.Name, b.Name) })
	arrived, err := s.Store.Counter(ctx, code, "inbound")
	if err != nil {
		return err
	}
	events, err := s.Store.AuditLog(code).Head(ctx)
	if err != nil {
		return err
	}
	page.Arrived, page.Events = int(arrived), int(events)
	n, err := x.Jobs.Counts(ctx)
	if err != nil {
		return err
	}
	page.Jobs = []view.SystemCount{{Key: "waiting", N: n.Waiting}, {Key: "running", N: n.Running}, {Key: "retrying", N: n.Retrying}, {Key: "given_up", N: n.GivenUp, Warn: n.GivenUp > 0}, {Key: "done", N: n.Done}}
	if mayJobs(v.actor, s.Packs.All()) {
		page.JobsURL = JobsPath + "/"
	}
	return s.renderPrivate(w, r, http.StatusOK, "system", page)
}

// mayJobs reports whether an officer is admin of every region: the jobs are those of all.
func mayJobs(actor access.Actor, all []*region.Pack) bool {
	return !slices.ContainsFunc(all, func(p *region.Pack) bool { return !access.CanIn(actor, access.AdminRegion, p.Identity.Code) })
}

// jobs hands a request to River's pages.
func (s *Server) jobs(w http.ResponseWriter, r *http.Request) error {
	v := at(r)
	if !mayJobs(v.actor, s.Packs.All()) {
		return tanggap.Errorf(tanggap.Forbidden, "pekerjaan latar menyangkut semua daerah di server ini; Anda bukan admin semuanya")
	}
	if s.System == nil || s.System.JobPages == nil {
		return tanggap.Errorf(tanggap.NotFound, "halaman pekerjaan tidak berjalan di server ini")
	}
	w.Header().Set("Content-Security-Policy", jobsCSP)
	s.System.JobPages.ServeHTTP(w, r)
	return nil
}
