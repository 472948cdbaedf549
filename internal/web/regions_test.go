package web

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/intake"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Two regions of one server, by the host names that visitors type.
const (
	hostA  = "baubau.test"
	hostB  = "kudus.test"
	second = "33.19"
)

// neighbours is an office that shares its server with a second region.
type neighbours struct {
	*office
	b            *region.Pack
	reported     *store.Case // of the first region, written by a form
	confirm, ack string      // tokens of its contact and of an alarm
	undo         string      // token that takes a change of contact back
	task         string      // id of that task
	outside      string      // token of a task for hands outside
	invited      string      // token by which an officer chooses a password
	opening      string      // id of an opening of a closed case
	surge        string      // id of a warning
	series       string      // id of figures from elsewhere
	typed        string      // key of a report that an officer typed
	aside        string      // number of an item in quarantine
}

func newNeighbours(t *testing.T, st *store.Store) *neighbours {
	t.Helper()
	o := newOffice(t, st)
	folder, err := region.Embedded("kudus")
	o.must(err)
	b, err := region.Load(folder)
	o.must(err)
	o.must(o.Store.AddRegion(o.ctx, second))
	o.Packs.Set(b)
	o.must(o.Packs.Answer(apptest.Region, hostA))
	o.must(o.Packs.Answer(second, hostB))
	o.BaseURL = func(p *region.Pack) string {
		if p.Identity.Code == second {
			return "http://" + hostB
		}
		return "http://" + hostA
	}
	return &neighbours{office: o, b: b}
}

// at is a new browser in front of a host. Its cookies are kept by host, as a
// browser's are.
func (n *neighbours) at(host string) *visitor {
	there := *n.town
	there.http = &httptest.Server{URL: "http://" + host}
	v := there.visitor()
	server := n.town.http.Listener.Addr().String()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server)
	}}
	n.t.Cleanup(transport.CloseIdleConnections)
	v.client.Transport = transport
	return v
}

func (n *neighbours) logIn(host, name string) *visitor {
	n.t.Helper()
	n.id(name)
	v := n.at(host)
	v.post("/masuk", "nama", name+"@contoh.example", "sandi", secretWord)
	return v
}

// keysOfA puts into an address what opens something of the first region.
func (n *neighbours) keysOfA(pattern string) *strings.Replacer {
	n.t.Helper()
	c := n.reported
	token := map[string]string{"/l/": c.Link, notify.PathConfirm: n.confirm, notify.PathAck: n.ack, pathUndo: n.undo, access.PathInvite: n.invited, outsidePath: n.outside}
	for prefix, secret := range token {
		if strings.Contains(pattern, " "+prefix) {
			return strings.NewReplacer("{token}", secret, "{id}", n.file)
		}
	}
	return strings.NewReplacer("{number}", c.Number, "{code}", c.Code, "{id}", n.dlh.ID, "{file}", n.file, "{key}", n.typed, "{seq}", n.aside, "{officer}", n.id("dlh"), "{task}", n.task, "{opening}", n.opening,
		"{surge}", n.surge, "{series}", n.series, "{report}", n.dlh.ID, "{format}", "pdf", "{hash}", strings.Repeat("a", 64))
}

// prepare makes the secrets of the first region: a report with a contact that waits
// for its confirmation, and an alarm that nobody has taken.
func (n *neighbours) prepare() {
	n.t.Helper()
	_, n.reported = n.at(hostA).report("kontak", "wa", "wa", "0811 0000 0001")
	owed, err := n.Store.LeaseNotifications(n.ctx, apptest.Region, "test", 20)
	n.must(err)
	for _, x := range owed {
		if _, rest, ok := strings.Cut(x.Body, notify.PathConfirm); ok && x.Template == region.TextConfirmContact {
			n.confirm = rest[:strings.IndexAny(rest, "\"\\ ")]
		}
	}
	n.surge = n.office.surge("service:SMP-TUMPUK").ID
	figures := &store.OutsideSeries{Region: apptest.Region, Name: "DBD", Measure: "kasus", Source: "Dinkes", Period: "week", MadeBy: "o"}
	n.must(n.Store.PutOutsideSeries(n.ctx, figures))
	n.series = figures.ID
	dlh := n.id("dlh")
	n.ack = tanggap.NewToken()
	n.must(n.Store.InTx(n.ctx, func(tx *store.Store) error {
		return tx.AddAlarm(n.ctx, &store.Alarm{Region: apptest.Region, CaseID: n.dlh.ID, OfficerID: dlh, Step: 9, TokenHash: tanggap.HashToken(n.ack)})
	}))
	n.undo = tanggap.NewToken()
	n.must(n.Store.AddContactCode(n.ctx, &store.ContactCode{Region: apptest.Region, ID: tanggap.HashToken(n.undo), IdentityID: n.who.ID,
		CaseID: n.reported.ID, Purpose: store.CodeUndo}, "", changeLives))
	o := &store.Opening{Region: apptest.Region, CaseID: n.dlh.ID, CitizenID: n.dlh.CitizenID, OfficerID: n.id("koord"), Reason: "alasan", ExpiresAt: n.clock.Now().Add(time.Hour)}
	n.must(n.Store.AddOpening(n.ctx, o))
	n.opening = o.ID
	n.typed = tanggap.NewToken()
	clerk, err := n.Store.Officer(n.ctx, dlh)
	n.must(err)
	_, err = n.Intake.Typed(n.ctx, clerk, intake.TypedReport{Region: apptest.Region, Text: said, Way: intake.Phone, Key: n.typed})
	n.must(err)
	n.aside = strconv.FormatInt(n.office.aside("rusak"), 10)
	n.must(n.Store.InTx(n.ctx, func(tx *store.Store) (err error) {
		n.invited, err = tx.AddOfficerToken(n.ctx, dlh, "test", n.clock.Now().Add(time.Hour))
		return err
	}))
	n.must(n.Store.InTx(n.ctx, func(tx *store.Store) error {
		c, err := tx.Case(n.ctx, n.dlh.Region, n.dlh.ID)
		if err != nil {
			return err
		}
		x := &store.Task{Kind: store.TaskOutside, Outside: "PLN", Words: "sampah menumpuk di pasar", DueAt: n.clock.Now().Add(24 * time.Hour)}
		n.outside, err = n.Desk.Give(n.ctx, tx, apptest.Pack(n.t), c, dlh, x)
		n.task = x.ID
		return err
	}))
	n.dlh = n.now(n.dlh)
	if n.confirm == "" || n.reported.Link == "" || n.reported.Code == "" {
		n.t.Fatal("a secret of the first region is missing, so the test would show nothing")
	}
}

// TestRegionsAreBlind asks for every address of this package that opens something,
// with the first region's numbers, codes, tokens and ids, on the second region's
// host: as a stranger, as an officer of the second region, and with the first
// region's session. None is there, and nothing of it is said.
func TestRegionsAreBlind(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		n := newNeighbours(t, st)
		n.prepare()
		n.hire("kabupaten", access.Grant{Role: access.Coordinator, Region: second}, access.Grant{Role: access.Admin, Region: second}, access.Grant{Role: access.DPO, Region: second})
		officer := n.logIn(hostB, "kabupaten")
		officer.get(inboxPath).is(200)
		thief := n.at(hostB) // holds A's session on B
		ours := n.logIn(hostA, "koord")
		a, _ := url.Parse("http://" + hostA)
		b, _ := url.Parse("http://" + hostB)
		thief.client.Jar.SetCookies(b, ours.client.Jar.Cookies(a))
		if len(thief.client.Jar.Cookies(b)) == 0 || ours.get("/kasus/"+n.dlh.ID).status != 200 {
			t.Fatal("the session to be stolen is worth nothing")
		}
		asked := 0
		for _, x := range n.routes() {
			method, path, _ := strings.Cut(x.pattern, " ")
			if !strings.Contains(path, "{") || strings.Contains(path, "{$}") || strings.HasPrefix(path, "/demo") || strings.HasPrefix(path, tablePath) { // a table's name opens one's own pack
				continue
			}
			if strings.HasPrefix(path, JobsPath) { // for admins of every region only; he is one of B
				officer.get(JobsPath + "/").is(403)
				continue
			}
			path = n.keysOfA(x.pattern).Replace(path)
			if strings.Contains(path, "{") {
				t.Fatalf("%s: no value for a part of the address", x.pattern)
			}
			for name, v := range map[string]*visitor{"stranger": n.at(hostB), "officer": officer, "thief": thief} {
				var p *page
				if method == http.MethodGet {
					p = v.get(path)
				} else {
					p = v.post(path, "versi", version(n.now(n.dlh)), "teks", "halo halo", "unit", "DPUPR", "layanan", "SMP-TPS", "alasan", "alasan panjang",
						"kepada", "x", "nomor", n.dlh.Number, "beres", "ya", "tujuan", "menelepon warga")
				}
				asked++
				p.hides(n.dlh.Number, n.reported.Number, "sampah menumpuk di pasar", said)
				switch {
				case p.path == "/masuk" && x.who != anyone && name != "officer": // was asked to log in
				case method == http.MethodGet && (strings.HasPrefix(path, notify.PathConfirm) || strings.HasPrefix(path, pathUndo)): // a button that any token shows
				case strings.HasPrefix(path, outsidePushPath) && p.status == http.StatusUnauthorized: // the same for whatever has no key
				case strings.HasPrefix(path, "/lapor/terkirim/") && p.path == "/lacak": // not sent from this browser
				case p.status != http.StatusNotFound:
					t.Errorf("%s as %s: status %d at %s", x.pattern, name, p.status, p.path)
				}
			}
		}
		if asked < 90 {
			t.Errorf("only %d requests", asked)
		}
		for _, list := range []string{"", "?tampil=semua", "?tampil=semua&cari=" + n.dlh.Number, "?tampil=semua&cari=sampah", "?unit=DLH&tampil=semua", "/baru"} {
			officer.get(inboxPath+list).is(200).hides(n.dlh.ID, "sampah menumpuk") // the search box repeats the number
		}
		officer.get("/triase").is(200).hides(n.dlh.ID, n.reported.Number)
		n.at(hostB).get("/lacak?kode=" + n.reported.Code).hides(n.reported.Number)
		if now := n.now(n.dlh); now.Version != n.dlh.Version {
			t.Error("the first region's case was changed from the second")
		}
		who, err := st.Identity(n.ctx, apptest.Region, n.reported.IdentityID)
		n.must(err)
		if !who.VerifiedAt.IsZero() {
			t.Error("a contact was confirmed on the other region's host")
		}
		// All of it works at home.
		home := n.at(hostA)
		home.get("/lacak/" + n.reported.Code).is(200).says(n.reported.Number)
		home.get("/l/" + n.reported.Link).is(200).says(said)
		home.get(notify.PathAck + n.ack).is(200).says(n.dlh.Number)
		home.post(notify.PathConfirm + n.confirm).is(200)
	})
}

// An officer is let in where he has a role, and sees the way to his other region.
func TestOfficerOfTwoRegions(t *testing.T) {
	n := newNeighbours(t, apptest.SQLite(t))
	n.hire("kabupaten", access.Grant{Role: access.Coordinator, Region: second}, access.Grant{Role: access.Admin, Region: second})
	_, err := n.Access.AddOfficer(n.ctx, access.NewOfficer{Email: "dua@contoh.example", Name: "Petugas Dua", Password: secretWord,
		Grants: []access.Grant{{Role: access.Coordinator, Region: apptest.Region}, {Role: access.Coordinator, Region: second}}})
	n.must(err)
	n.at(hostA).post("/masuk", "nama", "kabupaten@contoh.example", "sandi", secretWord).is(403).hides("Kudus")
	n.logIn(hostB, "kabupaten").get(inboxPath).is(200).hides("Kota Baubau", "http://"+hostA)
	n.logIn(hostA, "koord").get(inboxPath).is(200).hides("Kabupaten Kudus", "http://"+hostB)
	both := n.logIn(hostA, "dua")
	both.get(inboxPath).at(200, inboxPath).says("http://"+hostB+inboxPath, "Kabupaten Kudus", n.dlh.Number)
	both.get("/kasus/" + n.dlh.ID).is(200)
	n.logIn(hostB, "dua").get(inboxPath).is(200).says("http://"+hostA+inboxPath, "Kota Baubau").hides(n.dlh.Number)
}

// Each host shows its own region, in its own colour; a host of nobody names neither.
func TestHostsShowTheirRegion(t *testing.T) {
	n := newNeighbours(t, apptest.SQLite(t))
	n.at(hostA).get("/").is(200).says("Kota Baubau", "--primary:#0B5C5B").hides("Kudus")
	n.at(hostB).get("/").is(200).says("Kabupaten Kudus", "--primary:#7A3B12").hides("Baubau")
	for _, host := range []string{"lain.test", "127.0.0.1", "baubau.test.jahat.test"} {
		for _, path := range []string{"/", "/lacak", inboxPath, "/kasus/" + n.dlh.ID} {
			n.at(host).get(path).is(404).says("tidak dilayani").hides("Baubau", "Kudus", "Tanggap")
		}
	}
}

// The stream of one region is silent about the other.
func TestStreamOfOtherRegionIsSilent(t *testing.T) {
	n := newNeighbours(t, apptest.SQLite(t))
	_, err := n.Access.AddOfficer(n.ctx, access.NewOfficer{Email: "dua@contoh.example", Name: "Petugas Dua", Password: secretWord,
		Grants: []access.Grant{{Role: access.Coordinator, Region: apptest.Region}, {Role: access.Coordinator, Region: second}}})
	n.must(err)
	v := n.logIn(hostB, "dua") // may see both, but not here
	res, err := v.client.Get("http://" + hostB + "/alir?topik=antrean")
	n.must(err)
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() && lines.Text() != "" { // the greeting
	}
	n.open("SMP-TUMPUK", "sampah lagi di pasar wameo")
	var own *store.Case
	n.must(n.Store.InTx(n.ctx, func(tx *store.Store) error {
		who := &store.Citizen{Region: second, Name: "Warga Contoh", Lang: "id"}
		if err := tx.AddCitizen(n.ctx, who); err != nil {
			return err
		}
		own, err = n.Desk.Open(n.ctx, tx, n.b, casework.New{CitizenID: who.ID, Channel: "web", OpenedAt: n.clock.Now(),
			Message: &store.Message{Channel: "web", Kind: "text", Body: "irigasi bocor", Masked: "irigasi bocor"}})
		return err
	}))
	if !strings.HasPrefix(own.Number, "KDS-") {
		t.Errorf("the number of the second region is %s", own.Number)
	}
	event := ""
	for lines.Scan() && lines.Text() != "" {
		event += lines.Text() + "\n"
	}
	changes, err := n.Store.Events(n.ctx, second, own.ID)
	n.must(err)
	if !strings.Contains(event, "data:") || len(changes) == 0 {
		t.Fatalf("no event of the own region: %q", event)
	}
	if strings.Contains(event, n.dlh.ID) {
		t.Errorf("the stream of the second region tells of the first: %q", event)
	}
}
