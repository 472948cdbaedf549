package web

import (
	"context"
	"strings"
	"testing"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/job"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

type nothingArgs struct{}

func (nothingArgs) Kind() string { return "test.nothing" }

// Admins see how the program is doing; River's pages are for those who are admin of every
// region of the server, for its jobs are those of all.
func TestSystem(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		admin := o.as("admin")
		admin.get("/sistem").is(404)

		q, err := job.New(st, job.NewHandlers(), job.Config{}, apptest.Log())
		o.must(err)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		pages, err := q.Pages(ctx, JobsPath, apptest.Log())
		o.must(err)
		parts := map[string]string{"database": "ok", "disk": "only 9 MB free"}
		stopped := ""
		o.System = &System{Program: "v9.9.9-uji", Began: o.clock.Now(), Parts: func(context.Context) map[string]string { return parts },
			Stopped: func(code string) bool { return code == stopped }, Jobs: q, JobPages: pages}
		o.must(st.InTx(o.ctx, func(tx *store.Store) error { return q.Add(o.ctx, tx, job.Job{Args: nothingArgs{}}) }))

		p := admin.get("/sistem").is(200).says("v9.9.9-uji", "only 9 MB free", "Kosongkan disk", "<dt>Menunggu</dt><dd>1</dd>", JobsPath+"/")
		p.hides("tidak ada kabar yang keluar")
		stopped = apptest.Region
		admin.get("/sistem").is(200).says("tidak ada kabar yang keluar")
		list := admin.get(JobsPath + "/api/jobs?state=available&limit=10").is(200).says("test.nothing")
		if csp := list.header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self';") || strings.Contains(csp, "nonce") {
			t.Errorf("policy of River's pages: %s", csp)
		}
		admin.get(JobsPath + "/").is(200).says("River")
		for _, name := range []string{"koord", "wali", "kepala"} {
			o.as(name).get("/sistem").is(403)
			o.as(name).get(JobsPath + "/api/jobs").is(403)
		}
		v := o.visitor()
		if p := v.get(JobsPath + "/"); p.path != "/masuk" {
			t.Errorf("a stranger comes to %s", p.path)
		}
	})
}

func TestJobsAreForAdminsOfEveryRegion(t *testing.T) {
	here, there := &region.Pack{Identity: region.Identity{Code: "74.72"}}, &region.Pack{Identity: region.Identity{Code: "33.19"}}
	grant := func(role access.Role, codes ...string) access.Actor {
		a := access.Actor{ID: "x"}
		for _, code := range codes {
			a.Grants = append(a.Grants, access.Grant{Role: role, Region: code})
		}
		return a
	}
	for name, x := range map[string]struct {
		actor access.Actor
		want  bool
	}{
		"both":        {grant(access.Admin, "74.72", "33.19"), true},
		"one":         {grant(access.Admin, "74.72"), false},
		"coordinator": {grant(access.Coordinator, "74.72", "33.19"), false},
		"nobody":      {access.Actor{}, false},
	} {
		if got := mayJobs(x.actor, []*region.Pack{here, there}); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
