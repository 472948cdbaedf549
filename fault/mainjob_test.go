package fault

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/media"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/sim"
	"tanggap/internal/store"
)

// Officers of the tests: those who are on duty in the pack, and one of another unit.
const (
	dishub = "dishub@baubau.example"
	damkar = "damkar@baubau.example"
	dlh    = "dlh@baubau.example"
)

const lampWords = "lampu jalan di kelurahan Lipu mati sudah tiga hari"

// TestMainJob is the whole way over real HTTP: a citizen writes, the right office has
// the case at once, and the citizen a number, a due date and a link.
func TestMainJob(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real program; runs in make test")
	}
	c := newCity(t, "", sim.MetaConfig{Statuses: []string{}})
	c.hire(dishub, string(access.UnitOfficer), "DISHUB")
	c.hire(damkar, string(access.UnitOfficer), "DAMKAR")
	c.hire(dlh, string(access.UnitOfficer), "DLH")
	c.start(c.program)
	c.learned()
	c.listen()
	db := c.open()
	t.Run("chat", func(t *testing.T) { c.with(t).chat() })
	t.Run("form", func(t *testing.T) { c.with(t).form(db) })
	t.Run("statuses", func(t *testing.T) { c.with(t).statuses(db) })
	t.Run("emergency", func(t *testing.T) { c.with(t).emergency(db) }) // last: it borrows notices
}

// with is the city in a subtest.
func (c *city) with(t *testing.T) *city {
	s := *c.site
	s.t = t
	return &city{&s, c.program, c.meta}
}

func (c *city) browser() *browser {
	c.t.Helper()
	return newBrowser(c.t, c.url())
}

// learned waits for the classifier, which a site learns once, after its first start.
func (c *city) learned() {
	c.t.Helper()
	if !within(30*time.Second, func() bool {
		models, err := filepath.Glob(filepath.Join(c.data(), "models", "*.model"))
		return err == nil && len(models) > 0
	}) {
		c.t.Fatal("no model was learned")
	}
}

// chat goes from the first words by WhatsApp to the citizen's own "solved".
func (c *city) chat() {
	const phone = "628110000201"
	began := time.Now()
	c.say(phone, lampWords)
	line, m := c.hears(phone, 0, `(?s)(BAU-\d\d-\d{6}).*Ditanggapi paling lambat .*20\d\d.*(http://\S+/l/\S+)`)
	// The promise is 2 s on an idle machine; tests share theirs.
	took := time.Since(began)
	c.t.Logf("number, due date and link were in the chat after %d ms", took.Milliseconds())
	if took > 15*time.Second {
		c.t.Errorf("number, due date and link took %v", took)
	}
	number, link := m[1], m[2]

	citizen := c.browser()
	private := citizen.get(link).at(200, "/l/.+").says(number, lampWords)
	code := strings.ReplaceAll(private.find(`class="code">([0-9A-Z-]+)<`), "-", "")
	public := c.browser()
	public.get("/lacak/"+code).at(200, "/lacak/.+").says(number, "Lampu jalan padam").hides(lampWords, phone)

	officer := c.browser()
	officer.logIn(dishub)
	id := c.caseOn(officer, lampWords)
	other := c.browser()
	other.logIn(dlh).hides(lampWords)
	other.get("/kasus/"+id).at(404, "/kasus/.+").hides(number)

	officer.post("/kasus/"+id+"/bukti", "tanpa_foto", "Sudah gelap saat diperiksa").at(200, "/kasus/.+")
	page := officer.get("/kasus/"+id).at(200, "/kasus/.+").says(number, lampWords)
	heard := len(c.meta.Chat(phone))
	officer.post("/kasus/"+id+"/balas", "versi", page.find(`name="versi" value="(\d+)"`), "teks", "Sudah diganti", "lalu", "answered").at(200, "/kasus/.+")
	line, _ = c.hears(phone, heard, "Sudah diganti")
	if len(line.Buttons) != 3 {
		c.t.Fatalf("the answer has the buttons %+v", line.Buttons)
	}
	public.get("/lacak/" + code).says("Menunggu tanggapan Anda")
	solved := line.Buttons[0]
	if solved.Title != "Sudah beres" {
		c.t.Errorf("the first button says %q", solved.Title)
	}
	if _, err := c.meta.TapButton(phone, line.ID, solved.ID); err != nil {
		c.t.Fatal(err)
	}
	c.hears(phone, heard+1, number+`\* selesai`)
	if s := public.get("/lacak/" + code).find(`(?s)<section class="card status".*?<p>(.*?)</p>`); !strings.Contains(s, "Selesai") {
		c.t.Errorf("the public page says %s", s)
	}
}

// caseOn returns the id of the case that an officer's inbox shows with these words.
func (c *city) caseOn(officer *browser, words string) string {
	c.t.Helper()
	return officer.get("/kotak-masuk").at(200, "/kotak-masuk").find(`(?s)href="/kasus/([0-9a-f-]{36})"[^>]*>\s*<span class="title">(?:<span.*?</span></span>)?` + words)
}

// emergency: the citizen is told whom to call in the same message as the number, and
// the officer on duty is asked to take it.
func (c *city) emergency(db *store.Store) {
	const phone = "628110000202"
	c.say(phone, "kebakaran rumah di Wameo")
	c.hears(phone, 0, `BAU-`)
	first := c.meta.Chat(phone)[1] // the line after the citizen's
	if !strings.Contains(first.Text, "Telepon sekarang: *1") || !strings.Contains(first.Text, "BAU-") {
		c.t.Errorf("the first line is %q", first.Text)
	}
	ctx := context.Background()
	list, err := db.Cases(ctx, store.CaseFilter{Region: regionOf, Text: "kebakaran wameo", Limit: 10})
	if err != nil || len(list) != 1 {
		c.t.Fatalf("cases about the fire: %v, %v", list, err)
	}
	link := c.alarmLink(db, list[0].ID)
	duty := c.browser()
	form := duty.get(link).at(200, "/ack/.+").says(list[0].Number)
	duty.post(form.path).at(200, "/ack/.+")
	alarms, err := db.Alarms(ctx, regionOf, list[0].ID)
	if err != nil || len(alarms) != 1 || alarms[0].AckedAt.IsZero() {
		c.t.Errorf("after the acknowledgement: %+v, %v", alarms, err)
	}
	duty.logIn(damkar).says("kebakaran rumah")
}

// alarmLink waits for the alarm of the officer on duty and opens its sealed words.
// Only a sender sees them, so the harness plays one whose time has not come: the
// notice is owed again in a hundred years, and taken by a clock that shows them.
func (c *city) alarmLink(db *store.Store, caseID string) string {
	c.t.Helper()
	id := ""
	if !within(15*time.Second, func() bool {
		owed, err := db.Notifications(context.Background(), regionOf, caseID)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, n := range owed {
			if n.Template == region.OfficerAlarm && n.State == store.NoticeSent {
				id = n.ID
			}
		}
		return id != ""
	}) {
		c.t.Fatal("the officer on duty has no alarm")
	}
	later := c.openAt(apptest.NewClock(time.Now().AddDate(100, 0, 0)))
	if _, err := later.SQL().ExecContext(context.Background(), `UPDATE notifications SET state = 'ready', not_before_at = '21' || substr(not_before_at, 3) WHERE id = ?`, id); err != nil {
		c.t.Fatal(err)
	}
	taken, err := later.LeaseNotifications(context.Background(), regionOf, "harness", 1000)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, n := range taken {
		var words notify.Content
		if n.ID == id && json.Unmarshal([]byte(n.Body), &words) == nil {
			_, link, _ := strings.Cut(words.Text, "menanganinya: ")
			link, _, _ = strings.Cut(link, "\n")
			return link
		}
	}
	c.t.Fatal("the alarm cannot be opened")
	return ""
}

// form is the same by the web form: four pages, a photo that knows where it was taken,
// and a second press of the last button.
func (c *city) form(db *store.Store) {
	picture := photo(c.t)
	if clean, err := media.Sanitise(picture); err != nil || clean.GPS == nil {
		c.t.Fatalf("the photo of the test is not one with a position: %v", err)
	}
	const words = "lampu jalan padam di depan pasar, sudah seminggu gelap"
	before := text(c.t, db, `SELECT count(*) FROM cases`)
	b := c.browser()
	b.get("/lapor").at(200, "/lapor")
	place := b.send("/lapor", [][]byte{picture}, "teks", words).at(200, "/lapor/lokasi")
	b.post("/lapor/lokasi", "kelurahan", place.find(`<option value="([^"]+)">Lipu`), "patokan", "depan pasar", "bahaya", "tidak").at(200, "/lapor/kontak")
	check := b.post("/lapor/kontak", "kontak", "tanpa").at(200, "/lapor/periksa").says(words)
	key := check.find(`name="kunci" value="([^"]+)"`)
	var sent *page
	// Nobody fills in four pages within three seconds, so the first tries are refused.
	if !within(15*time.Second, func() bool {
		sent = b.post("/lapor/periksa", "kunci", key)
		return sent.status == 200 && strings.HasPrefix(sent.path, "/lapor/terkirim/")
	}) {
		c.t.Fatalf("the form was never accepted: %d %s\n%s", sent.status, sent.path, sent.body)
	}
	number := sent.find(`class="huge">(BAU-[0-9-]+)<`)
	sent.says("Dijawab paling lambat")
	code := strings.ReplaceAll(sent.find(`class="code huge">([0-9A-Z-]+)<`), "-", "")
	link := sent.find(`href="(/l/[^"]+)"`)
	b.post("/lapor/periksa", "kunci", key).at(200, "/lapor/terkirim/"+number)
	if after := text(c.t, db, `SELECT count(*) FROM cases`); fmt.Sprint(1+atoi(c.t, before)) != after {
		c.t.Errorf("%s cases before the form was sent twice, %s after", before, after)
	}
	c.browser().get("/lacak/"+code).at(200, "/lacak/.+").says(number)
	officer := c.browser()
	officer.logIn(dishub)
	id := c.caseOn(officer, words)

	var shown string
	if !within(15*time.Second, func() bool {
		private := b.get(link).at(200, "/l/.+")
		if !strings.Contains(private.body, "/berkas/") {
			return false
		}
		shown = private.find(`href="(/l/[^"]+/berkas/[^"?]+)"`)
		return true
	}) {
		c.t.Fatal("the photo never appeared")
	}
	file := b.get(shown).at(200, "/l/.+")
	clean, err := media.Sanitise([]byte(file.body))
	if err != nil || clean.GPS != nil || clean.Kind != media.Image || bytes.Contains([]byte(file.body), []byte("Exif")) ||
		strings.Contains(file.body, photographer) {
		c.t.Errorf("the photo as served: %s, %d bytes, %+v, %v", file.kind, len(file.body), clean.GPS, err)
	}
	officer.get("/kasus/"+id).at(200, "/kasus/.+").says("/berkas/", words)
}

// statuses: whatever the order in which the provider tells them, a delivery only moves
// forward.
func (c *city) statuses(db *store.Store) {
	for i, order := range [][]string{{"read", "sent", "delivered"}, {"delivered", "read", "sent"}, {"sent", "read", "delivered", "read", "sent"}} {
		phone := fmt.Sprintf("62811000021%d", i)
		c.say(phone, lampWords)
		line, m := c.hears(phone, 0, `(BAU-\d\d-\d{6})`)
		for k, status := range order {
			if code, err := c.meta.Post(context.Background(), statusBody(phone, line.ID, status, k)); err != nil || code != 200 {
				c.t.Fatalf("status: %d, %v", code, err)
			}
			c.settled(db)
			got := text(c.t, db, `SELECT max(n.delivery) FROM notifications AS n JOIN cases AS k ON k.region = n.region AND k.id = n.case_id
				WHERE n.template LIKE 'citizen.received%' AND k.number = '`+m[1]+`'`)
			if want := furthest(order[:k+1]); got != want {
				c.t.Errorf("after %v the delivery is %q, want %q", order[:k+1], got, want)
			}
		}
	}
}

func furthest(told []string) string {
	for _, s := range []string{"read", "delivered", "sent"} {
		for _, x := range told {
			if x == s {
				return s
			}
		}
	}
	return ""
}

func statusBody(phone, message, status string, k int) []byte {
	return fmt.Appendf(nil, `{"object":"whatsapp_business_account","entry":[{"id":"W","changes":[{"field":"messages","value":{
"messaging_product":"whatsapp","metadata":{"display_phone_number":"62402000000","phone_number_id":"100000000000001"},
"statuses":[{"id":%q,"status":%q,"timestamp":"%d","recipient_id":%q}]}}]}]}`, message, status, time.Now().Unix()+int64(k), phone)
}
