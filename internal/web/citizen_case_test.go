package web

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

const clerk = "00000000-0000-7000-8000-000000000001"

// reply is an officer's answer, question or word.
func (w *town) reply(c *store.Case, words string, to tanggap.State) {
	w.t.Helper()
	w.act(c, func(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error {
		if to == tanggap.Answered {
			if err := apptest.Prove(ctx, tx, c); err != nil {
				return err
			}
		}
		if err := w.Desk.Reply(ctx, tx, p, c, clerk, words, to); err != nil || c.CheckingAt.IsZero() {
			return err
		}
		return w.Desk.Pass(ctx, tx, p, c, "pemeriksa", true, func(*store.Case) bool { return false })
	})
}

func TestTracking(t *testing.T) {
	w := newTown(t)
	_, c := w.visitor().report("kontak", "tanpa")
	v := w.visitor()
	status := "/lacak/" + c.Code
	page := v.get("/lacak?kode="+strings.ToLower(c.Code[:4]+"+-"+c.Code[4:])).at(200, status)
	page.says(c.Number, w.anyArea().Name, "Dijawab paling lambat", "Perjalanan laporan").hides(said, "samping masjid", c.Link)
	if page.header.Get("Cache-Control") != "no-store" || page.header.Get("Referrer-Policy") != "same-origin" {
		t.Errorf("headers: %v", page.header)
	}
	v.get("/lacak/bau-"+strings.ToLower(view.GroupCode(c.Code))).at(200, status)
	v.get("/lacak?kode=").at(422, "/lacak").says(`href="#kode"`)
	v.get("/lacak?kode="+c.Number).at(422, "/lacak").says("Ini nomor laporan", `value="`+c.Number+`"`)
	v.get("/lacak?kode=halo").at(422, "/lacak").says("Kode ini tidak ada")
	v.get("/lacak/"+tanggap.NewTrackingCode()).at(404, "/lacak/.*").says("Kode ini tidak ada")
	v.get("/lacak/<script>alert(1)</script>").at(404, "/lacak/.*").hides("<script>alert")

	w.clock.Advance(60 * 24 * time.Hour)
	late := v.get(status)
	late.says("Terlambat")
	if strings.Index(late.body, "Terlambat") > strings.Index(late.body, "Diperiksa") {
		t.Error("that it is late does not come first")
	}
}

func TestGuessingIsLimited(t *testing.T) {
	w := newTown(t)
	_, c := w.visitor().report("kontak", "tanpa")
	v := w.visitor()
	for range 20 {
		path := "/lacak/" + tanggap.NewTrackingCode()
		v.get(path).at(404, path)
	}
	// Nobody learns any more whether a code exists, not even with a true one.
	v.get("/lacak/"+c.Code).at(429, "/lacak/.*").hides(c.Number)
	w.clock.Advance(time.Minute)
	v.get("/lacak/"+c.Code).at(200, "/lacak/.*").says(c.Number)
	for range 30 {
		path := "/l/" + tanggap.NewToken()
		v.get(path).at(404, path)
	}
	v.get("/l/"+c.Link).at(200, "/l/.*").says(c.Number)
}

func TestSecretCaseShowsStateAndDatesOnly(t *testing.T) {
	w := newTown(t)
	_, c := w.visitor().report("kontak", "tanpa")
	w.act(c, func(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error {
		return w.Desk.Flags(ctx, tx, p, c, clerk, true, true)
	})
	v := w.visitor()
	p := apptest.Pack(t)
	var service region.Service
	for _, x := range p.Services {
		if !x.Technical {
			service = x
			break
		}
	}
	w.act(c, func(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error {
		return w.Desk.Decide(ctx, tx, p, c, clerk, casework.Choice{Service: service.Code})
	})
	unit := unitName(p, w.caseOf(c.Number).Unit)
	v.get("/lacak/"+c.Code).says(c.Number, "Diteruskan").hides(service.Name, w.anyArea().Name, unit, said)
	v.get("/l/"+c.Link).says(service.Name, w.anyArea().Name, unit, said)
}

func TestPrivateConversation(t *testing.T) {
	w := newTown(t)
	_, c := w.visitor().report("kontak", "tanpa")
	v := w.visitor()
	link := "/l/" + c.Link
	page := v.get(link).at(200, link).says(said, "Tambah keterangan").hides("Belum beres", "Laporan lanjutan")
	if page.header.Get("Cache-Control") != "no-store" || page.header.Get("Referrer-Policy") != "same-origin" {
		t.Errorf("headers: %v", page.header)
	}
	key := page.find(`name="kunci" value="([^"]+)"`)
	v.send(link, nil, "teks", "", "kunci", key).at(422, link).says(`href="#teks"`)
	for range 2 { // sent twice, said once
		v.send(link, [][]byte{photo(t)}, "teks", "Tiangnya nomor 7", "kunci", key).at(200, link).says("Tiangnya nomor 7", "Pesan Anda terkirim")
	}
	page = v.get(link)
	if n := strings.Count(page.body, "Tiangnya nomor 7"); n != 1 {
		t.Errorf("the reply stands there %d times", n)
	}
	file := page.find(`href="(/l/[^"]+/berkas/[^"?]+)"`)
	for _, path := range []string{file, file + "?kecil=1"} {
		got := v.get(path)
		if got.status != 200 || got.header.Get("Content-Type") != "image/jpeg" || !strings.Contains(got.header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %d %v", path, got.status, got.header)
		}
	}
	// Another case's link does not open this case's files.
	_, other := w.visitor().report("kontak", "tanpa")
	stolen := strings.Replace(file, c.Link, other.Link, 1)
	v.get(stolen).at(404, stolen)

	w.act(c, func(ctx context.Context, tx *store.Store, _ *region.Pack, c *store.Case) error {
		return w.Desk.Note(ctx, tx, c, clerk, "catatan antar petugas")
	})
	w.reply(c, "Di tiang yang mana?", tanggap.WaitingCitizen)
	v.get(link).says("Di tiang yang mana?", "Jawab pertanyaan petugas", "Hitungan waktu berhenti").hides("catatan antar petugas")
	v.send(link, nil, "teks", "Tiang nomor 7", "kunci", v.get(link).find(`name="kunci" value="([^"]+)"`)).at(200, link)
	if got := w.caseOf(c.Number).State; got == tanggap.WaitingCitizen {
		t.Error("the answer did not start the clock again")
	}
}

func TestAnsweredSolvedAndReopened(t *testing.T) {
	w := newTown(t)
	_, c := w.visitor().report("kontak", "tanpa")
	v := w.visitor()
	link := "/l/" + c.Link
	v.post(link+"/beres").at(409, link+"/beres")
	v.post(link+"/buka", "teks", "masih gelap").at(409, link+"/buka")
	w.reply(c, "Lampu sudah diganti.", tanggap.Answered)
	v.get(link).says("Lampu sudah diganti.", "Sudah beres", "Belum beres", "Laporan dapat dibuka kembali sampai")
	for range 2 {
		v.post(link+"/buka", "teks", "masih gelap").at(200, link).says("Laporan dibuka kembali", "masih gelap")
	}
	if got := w.caseOf(c.Number); got.State != tanggap.Reopened || got.Reopens != 1 {
		t.Errorf("state %s, reopened %d times", got.State, got.Reopens)
	}
	w.reply(c, "Sekarang menyala.", tanggap.Answered)
	for range 2 {
		v.post(link+"/beres").at(200, link).says("Laporan ditutup sebagai selesai")
	}
	w.clock.Advance(40 * 24 * time.Hour)
	v.get(link).hides("Belum beres").says("Buat laporan lanjutan")
	v.post(link+"/buka", "teks", "gelap lagi").at(409, link+"/buka")

	v.post(link+"/lanjut").at(200, "/lapor")
	v.send("/lapor", nil, "teks", "Gelap lagi di tempat yang sama").at(200, "/lapor/lokasi").says(w.anyArea().Name)
	v.post("/lapor/lokasi", "patokan", "lorong 3", "bahaya", "tidak")
	w.clock.Advance(time.Minute)
	check := v.post("/lapor/kontak", "kontak", "tanpa").at(200, "/lapor/periksa")
	sent := v.post("/lapor/periksa", "kunci", check.find(`name="kunci" value="([^"]+)"`)).at(200, "/lapor/terkirim/.+")
	if got := w.caseOf(sent.find(`class="huge">(BAU-[0-9-]+)<`)); got.Follows != c.ID {
		t.Errorf("the new case follows %q, want %q", got.Follows, c.ID)
	}
}

func TestMergedCasePointsOn(t *testing.T) {
	w := newTown(t)
	_, c := w.visitor().report("kontak", "tanpa")
	_, into := w.visitor().report("kontak", "tanpa")
	w.act(c, func(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error {
		c.State, c.MergedInto = tanggap.Merged, into.ID
		return tx.SetCase(ctx, c)
	})
	v := w.visitor()
	v.get("/lacak/"+c.Code).says("digabung", `href="/lacak/`+into.Code+`"`).hides(into.Link)
	v.get("/l/"+c.Link).says("digabung", `href="/l/`+into.Link+`"`).hides("Tambah keterangan", "Buat laporan lanjutan")
}

func TestDecisionAndObjection(t *testing.T) {
	w := newTown(t)
	v := w.visitor()
	v.send("/lapor", nil, "teks", "Tolong, rumah tetangga kebakaran sekarang").at(200, "/lapor/lokasi")
	v.post("/lapor/lokasi", "kelurahan", w.anyArea().Code, "bahaya", "ya")
	w.clock.Advance(time.Minute)
	check := v.post("/lapor/kontak", "kontak", "tanpa").at(200, "/lapor/periksa")
	sent := v.post("/lapor/periksa", "kunci", check.find(`name="kunci" value="([^"]+)"`)).at(200, "/lapor/terkirim/.+").says("kami tandai darurat")
	c := w.caseOf(sent.find(`class="huge">(BAU-[0-9-]+)<`))
	path := "/l/" + c.Link + "/keputusan"
	v.get(path).at(200, path).says("Tanda bahaya", "kata tanda bahaya", "<mark>", "Wilayah", w.anyArea().Name, "Ajukan keberatan")
	for range 2 {
		v.post(path, "keberatan", "Ini bukan kebakaran").at(200, path).says("Keberatan Anda diterima").hides("Ajukan keberatan")
	}
	said, err := w.Store.Messages(t.Context(), c.Region, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, m := range said {
		if m.Body == "Ini bukan kebakaran" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the objection was stored %d times", n)
	}
}

func TestConfirmContact(t *testing.T) {
	w := newTown(t)
	_, c := w.visitor().report("kontak", "wa", "wa", "0811 0000 0001")
	owed := func() (keys []string) {
		list, err := w.Store.Notifications(t.Context(), c.Region, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range list {
			if strings.HasPrefix(n.Recipient, "citizen:") {
				keys = append(keys, n.Template)
			}
		}
		return keys
	}
	if diff := cmp.Diff([]string{region.TextConfirmContact}, owed()); diff != "" {
		t.Fatalf("before the confirmation: %s", diff)
	}
	leased, err := w.Store.LeaseNotifications(t.Context(), c.Region, "test", 10)
	if err != nil {
		t.Fatal(err)
	}
	path := ""
	for _, n := range leased {
		if _, rest, ok := strings.Cut(n.Body, notify.PathConfirm); ok && n.Template == region.TextConfirmContact {
			path = notify.PathConfirm + rest[:strings.IndexAny(rest, `"\ `)]
		}
	}
	who := func() *store.Identity {
		i, err := w.Store.Identity(t.Context(), c.Region, c.IdentityID)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	stranger := w.visitor()
	stranger.get(path).at(200, path).says("Ya, ini kontak saya").hides(c.Number, said)
	if !who().VerifiedAt.IsZero() {
		t.Fatal("opening the link confirmed the contact")
	}
	forged := path[:len(path)-1] + map[bool]string{true: "0", false: "1"}[path[len(path)-1] == '1']
	stranger.post(forged).at(404, forged)
	for range 2 {
		stranger.post(path).at(200, path).says("Kontak sudah dikonfirmasi")
	}
	if who().VerifiedAt.IsZero() {
		t.Error("the contact is not verified")
	}
	if diff := cmp.Diff([]string{region.TextConfirmContact, region.TextContactConfirmed}, owed()); diff != "" {
		t.Errorf("after the confirmation: %s", diff)
	}
}

func TestSpans(t *testing.T) {
	const text = "got meluap é di sini"
	for name, c := range map[string]struct {
		marks [][2]int
		want  []view.Span
	}{
		"none":             {nil, []view.Span{{Text: text}}},
		"one":              {[][2]int{{4, 10}}, []view.Span{{Text: "got "}, {Text: "meluap", Mark: true}, {Text: " é di sini"}}},
		"overlapping":      {[][2]int{{6, 10}, {4, 8}}, []view.Span{{Text: "got "}, {Text: "melu", Mark: true}, {Text: "ap", Mark: true}, {Text: " é di sini"}}},
		"whole":            {[][2]int{{0, len(text)}}, []view.Span{{Text: text, Mark: true}}},
		"beyond the end":   {[][2]int{{4, 400}}, []view.Span{{Text: text}}},
		"before the start": {[][2]int{{-5, 3}}, []view.Span{{Text: "got", Mark: true}, {Text: text[3:]}}},
		"inside a letter":  {[][2]int{{12, 14}}, []view.Span{{Text: text}}},
		"empty":            {[][2]int{{3, 3}}, []view.Span{{Text: text}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, spans(text, c.marks)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBudget(t *testing.T) {
	now := time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC)
	b := &budget{every: time.Minute, burst: 2, keys: 3}
	for i, want := range []bool{true, true, false} {
		if got := b.spend(now, "a"); got != want {
			t.Errorf("spend %d: %v", i, got)
		}
	}
	if !b.left(now.Add(time.Minute), "a") || b.left(now, "a") {
		t.Error("the budget does not come back with time")
	}
	for _, key := range []string{"b", "c", "d"} {
		b.spend(now, key)
	}
	if len(b.byKey) != 3 || b.order.Len() != 3 {
		t.Errorf("remembers %d keys, want 3", len(b.byKey))
	}
	if _, ok := b.byKey["a"]; ok {
		t.Error("the key unused for the longest time is still there")
	}
}

func TestNetworks(t *testing.T) {
	for ip, want := range map[string]string{"203.0.113.77": "203.0.113.0/24", "::ffff:203.0.113.9": "203.0.113.0/24", "2001:db8:1:2::3": "2001:db8:1::/48"} {
		if got := networkOf(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: %s, want %s", ip, got, want)
		}
	}
}
