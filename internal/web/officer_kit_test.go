package web

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/alexedwards/argon2id"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/media"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

const secretWord = "perahu hijau tujuh"

// secretHash is secretWord, hashed with far less work than the product asks: it is verified a
// thousand times here, and how hard it is to guess is not what these tests are about.
var secretHash = sync.OnceValue(func() string {
	hash, err := argon2id.CreateHash(secretWord, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		panic(err)
	}
	return hash
})

// staff are the officers who are hired when a test first needs them.
var staff = map[string]access.Grant{
	"dlh":    {Role: access.UnitOfficer, Unit: "DLH"},
	"rekan":  {Role: access.UnitOfficer, Unit: "DLH"},
	"kepala": {Role: access.UnitHead, Unit: "DLH"},
	"pupr":   {Role: access.UnitOfficer, Unit: "PUPR"},
	"meja":   {Role: access.CitizenDesk, Unit: "KOMINFO"},
	"koord":  {Role: access.Coordinator},
	"wali":   {Role: access.Leader},
	"admin":  {Role: access.Admin},
}

// office is a town with officers at work and cases waiting.
type office struct {
	*town
	ctx   context.Context
	who   *store.Identity
	dlh   *store.Case // open, in the unit DLH, with a file
	file  string      // id of its file
	other *store.Case // open, in the unit PUPR, with a file
	far   string      // id of the file of other
}

func newOffice(t *testing.T, st *store.Store) *office {
	t.Helper()
	o := &office{town: newTownOn(t, st), ctx: t.Context()}
	st.OnCommit(o.Hub.Publish)
	o.must(o.Store.InTx(o.ctx, func(tx *store.Store) error {
		c := &store.Citizen{Region: apptest.Region, Name: "Warga Contoh", Lang: "id"}
		if err := tx.AddCitizen(o.ctx, c); err != nil {
			return err
		}
		o.who = &store.Identity{Region: apptest.Region, CitizenID: c.ID, Channel: "whatsapp", Account: "PN", External: "628110000001",
			Phone: "+628110000001", VerifiedAt: o.clock.Now(), LastInboundAt: o.clock.Now()}
		return tx.AddIdentity(o.ctx, o.who)
	}))
	o.dlh, o.other = o.open("SMP-TUMPUK", "sampah menumpuk di pasar wameo"), o.open("JLN-RUSAK", "jalan berlubang dekat pasar wameo")
	o.file, o.far = o.attach(o.dlh), o.attach(o.other)
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) hire(name string, grants ...access.Grant) *store.Officer {
	o.t.Helper()
	x := &store.Officer{Email: name + "@contoh.example", Name: "Petugas " + strings.ToUpper(name), Password: secretHash()}
	for _, g := range grants {
		o.must(g.Check())
		x.Roles = append(x.Roles, store.Role{Region: g.Region, Role: string(g.Role), Unit: g.Unit})
	}
	o.must(o.Store.InTx(o.ctx, func(tx *store.Store) error { return tx.AddOfficer(o.ctx, x) }))
	return x
}

func (o *office) id(name string) string {
	o.t.Helper()
	x, err := o.Store.OfficerByEmail(o.ctx, name+"@contoh.example")
	if tanggap.CodeOf(err) == tanggap.NotFound {
		g := staff[name]
		g.Region = apptest.Region
		return o.hire(name, g).ID
	}
	o.must(err)
	return x.ID
}

// open opens a case about a service; with "" it waits in triage.
func (o *office) open(service, words string, more ...*store.Decision) *store.Case {
	o.t.Helper()
	d := &store.Decision{Kind: casework.KindService, Value: service, Confidence: 0.93, State: store.DecisionAuto,
		Reasons: []store.Reason{{Rule: "model", Words: words[:6], Weight: 1, Start: 0, End: 6}}}
	if service == "" {
		d.State, d.Confidence = store.DecisionOpen, 0.4
		d.Candidates = []store.Candidate{{Value: "SMP-TUMPUK", P: 0.4}, {Value: "DRN-SUMBAT", P: 0.3}, {Value: "JLN-RUSAK", P: 0.1}, {Value: "AIR-MATI", P: 0.05}}
	}
	var c *store.Case
	o.must(o.Store.InTx(o.ctx, func(tx *store.Store) (err error) {
		c, err = o.Desk.Open(o.ctx, tx, apptest.Pack(o.t), casework.New{CitizenID: o.who.CitizenID, IdentityID: o.who.ID, Channel: "whatsapp",
			OpenedAt: o.clock.Now(), Decisions: append([]*store.Decision{d}, more...),
			Message: &store.Message{Channel: "whatsapp", Kind: "text", Body: words, Masked: text.Mask(words), IdentityID: o.who.ID}})
		return err
	}))
	return c
}

func (o *office) attach(c *store.Case) string {
	o.t.Helper()
	said, err := o.Store.Messages(o.ctx, c.Region, c.ID)
	o.must(err)
	a := &store.Attachment{Region: c.Region, CaseID: c.ID, MessageID: said[0].ID, CitizenID: c.CitizenID, State: store.AttachmentStored,
		Kind: "document", MIME: "application/pdf", Size: 4, Blob: media.NewKey()}
	o.must(o.Store.AddAttachment(o.ctx, a))
	sealed, err := o.Store.SealBlob(o.ctx, a, a.Blob, []byte("%PDF"))
	o.must(err)
	o.must(o.Media.Put(o.ctx, a.Blob, bytes.NewReader(sealed)))
	return a.ID
}

// now is a case as it stands now.
func (o *office) now(c *store.Case) *store.Case {
	o.t.Helper()
	c, err := o.Store.Case(o.ctx, c.Region, c.ID)
	o.must(err)
	return c
}

// change changes a case behind the pages' back.
func (o *office) change(c *store.Case, fn func(c *store.Case)) *store.Case {
	o.t.Helper()
	o.must(o.Store.InTx(o.ctx, func(tx *store.Store) error {
		x, err := tx.Case(o.ctx, c.Region, c.ID)
		if err != nil {
			return err
		}
		fn(x)
		return tx.SetCase(o.ctx, x)
	}))
	return o.now(c)
}

// as logs an officer in.
func (o *office) as(name string) *visitor {
	o.t.Helper()
	o.id(name)
	v := o.visitor()
	if p := v.post("/masuk", "nama", name+"@contoh.example", "sandi", secretWord); p.path == "/masuk" || p.status >= 500 {
		o.t.Fatalf("%s: log-in ends at %s with %d", name, p.path, p.status)
	}
	return v
}

// prove lets the results of cases be told that ask for evidence.
func (o *office) prove(cases ...*store.Case) {
	o.t.Helper()
	o.must(o.Store.InTx(o.ctx, func(tx *store.Store) error {
		for _, c := range cases {
			if err := apptest.Prove(o.ctx, tx, o.now(c)); err != nil {
				return err
			}
		}
		return nil
	}))
}

// on posts a form of a case's page with the version that it shows now.
func (v *visitor) on(o *office, c *store.Case, what string, fields ...string) *page {
	v.t.Helper()
	return v.post("/kasus/"+c.ID+"/"+what, append([]string{"versi", version(o.now(c))}, fields...)...)
}

func (p *page) is(status int) *page {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("%s: status %d, want %d\n%s", p.path, p.status, status, firstOf(p.body, 1500))
	}
	return p
}

func firstOf(s string, n int) string { return s[:min(n, len(s))] }

func state(t *testing.T, c *store.Case, want tanggap.State) {
	t.Helper()
	if c.State != want {
		t.Fatalf("case is %s, want %s", c.State, want)
	}
}

// raw is a page as it is sent, with its entities.
func (v *visitor) raw(path string) string {
	v.t.Helper()
	res, err := v.client.Get(v.http.URL + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return string(body)
}
