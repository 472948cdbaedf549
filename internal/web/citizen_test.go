package web

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/channel"
	form "tanggap/internal/channel/web"
	"tanggap/internal/store"
	"tanggap/internal/web/view"
)

func TestReportWithPhoto(t *testing.T) {
	w := newTown(t)
	v := w.visitor()
	v.get("/").at(200, "/").says("Kota Baubau", `href="/lapor"`)
	v.get("/lapor").at(200, "/lapor").says("Langkah 1 dari 4", `name="situs"`)
	v.send("/lapor", [][]byte{photo(t)}, "teks", said).at(200, "/lapor/lokasi")
	back := v.get("/lapor").says(said)
	thumb := v.get(back.find(`href="(/lapor/foto/[^"]+)"`))
	if thumb.status != 200 || thumb.header.Get("Content-Type") != "image/jpeg" || thumb.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the photo of the draft: %d %v", thumb.status, thumb.header)
	}
	area := w.anyArea()
	v.post("/lapor/lokasi", "kelurahan", area.Code, "patokan", "samping masjid", "lat", "-5.4712", "lon", "122.6011", "bahaya", "tidak").at(200, "/lapor/kontak")
	w.clock.Advance(20 * time.Second)
	check := v.post("/lapor/kontak", "kontak", "wa", "wa", "0811 0000 0001", "nama", "Warga Contoh").at(200, "/lapor/periksa")
	check.says(said, area.Name, "samping masjid", "+6281100000001", "Warga Contoh", "Langkah 4 dari 4")
	key := check.find(`name="kunci" value="([^"]+)"`)
	sent := v.post("/lapor/periksa", "kunci", key).at(200, "/lapor/terkirim/.+")
	number := sent.find(`class="huge">(BAU-[0-9-]+)<`)
	c := w.caseOf(number)
	sent.says(view.GroupCode(c.Code), "Dijawab paling lambat", "/l/"+c.Link)
	if c.Channel != channel.Web || !c.Anonymous || !strings.Contains(c.Place, "samping masjid") || !strings.Contains(c.Place, "-5.47120") {
		t.Errorf("case: channel %s, anonymous %v, place %q", c.Channel, c.Anonymous, c.Place)
	}
	who, err := w.Store.Identity(t.Context(), c.Region, c.IdentityID)
	if err != nil {
		t.Fatal(err)
	}
	if who.Phone != "+6281100000001" || !who.VerifiedAt.IsZero() {
		t.Errorf("identity: phone %q, verified %v", who.Phone, who.VerifiedAt)
	}
	files, err := w.Store.Attachments(t.Context(), c.Region, c.ID)
	if err != nil || len(files) != 1 || files[0].State != store.AttachmentPending {
		t.Fatalf("attachments: %+v %v", files, err)
	}
	w.opens(files[0])

	// The same again, by reload, by back and by two tabs, is the same report.
	for range 2 {
		again := v.post("/lapor/periksa", "kunci", key).at(200, "/lapor/terkirim/"+number)
		again.says(number)
	}
	v.get("/lapor/periksa").at(200, "/lapor").hides(said)
	if n := w.cases(); n != 1 {
		t.Errorf("%d cases, want 1", n)
	}
	// The number opens nothing for others.
	w.visitor().get("/lapor/terkirim/"+number).at(200, "/lacak").hides(c.Code, c.Link)
	// The next report is another one.
	v.send("/lapor", nil, "teks", "Sampah menumpuk").at(200, "/lapor/lokasi")
	v.get("/lapor").says("Sampah menumpuk").hides(said)
}

// opens checks that the file of an attachment lies where intake will look for it.
func (w *town) opens(a *store.Attachment) {
	w.t.Helper()
	full, err := w.Store.Attachment(w.t.Context(), a.Region, a.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	blob := regexp.MustCompile(`d-[a-z0-9]+`).FindString(full.Source)
	f, err := w.Media.Get(w.t.Context(), blob)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	sealed, err := io.ReadAll(f)
	if err != nil {
		w.t.Fatal(err)
	}
	data, err := w.Store.OpenRegion(w.t.Context(), sealed, form.BlobPlace(a.Region, blob))
	if err != nil || !bytes.HasPrefix(data, []byte("\xff\xd8\xff")) {
		w.t.Errorf("blob %q: %d bytes, %v", blob, len(data), err)
	}
	if bytes.Contains(sealed, data[:32]) {
		w.t.Error("the photo lies there unsealed")
	}
}

func (w *town) cases() int {
	w.t.Helper()
	n, err := w.Store.CountCases(w.t.Context(), store.CaseFilter{Region: apptest.Region, Secret: true}, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func TestAnonymousReport(t *testing.T) {
	w := newTown(t)
	sent, c := w.visitor().report("kontak", "tanpa")
	sent.says("tanpa nama")
	if !c.Anonymous {
		t.Error("the case is not anonymous")
	}
	owed, err := w.Store.Notifications(t.Context(), c.Region, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range owed {
		if strings.HasPrefix(n.Recipient, "citizen:") {
			t.Errorf("a notice is owed to somebody without contact: %+v", n)
		}
	}
}

func TestReportInEnglish(t *testing.T) {
	w := newTown(t)
	v := w.visitor()
	v.get("/en/lapor").at(200, "/en/lapor").says("Step 1 of 4")
	v.send("/en/lapor", nil, "teks", "The street light is broken").at(200, "/en/lapor/lokasi")
	v.post("/en/lapor/lokasi", "patokan", "near the mosque", "bahaya", "ragu").at(200, "/en/lapor/kontak")
	w.clock.Advance(time.Minute)
	check := v.post("/en/lapor/kontak", "kontak", "tanpa").at(200, "/en/lapor/periksa")
	sent := v.post("/en/lapor/periksa", "kunci", check.find(`name="kunci" value="([^"]+)"`)).at(200, "/en/lapor/terkirim/.+")
	c := w.caseOf(sent.find(`class="huge">(BAU-[0-9-]+)<`))
	who, err := w.Store.Citizen(t.Context(), c.Region, c.CitizenID)
	if err != nil || who.Lang != "en" {
		t.Errorf("language %q, %v", who.Lang, err)
	}
}

func TestMistakesKeepWhatWasTyped(t *testing.T) {
	w := newTown(t)
	v := w.visitor()
	for _, path := range []string{"/lapor/lokasi", "/lapor/kontak", "/lapor/periksa"} {
		v.get(path).at(200, "/lapor")
		v.post(path).at(200, "/lapor")
	}
	v.send("/lapor", nil, "teks", " \n ").at(422, "/lapor").says(`role="alert"`, `href="#teks"`, "Tulis apa yang terjadi")
	long := strings.Repeat("panjang ", 300)
	v.send("/lapor", nil, "teks", long).at(422, "/lapor").says("paling banyak 2000 huruf", strings.TrimSpace(long)[:1900])
	v.send("/lapor", [][]byte{[]byte("%PDF-1.7 bukan foto")}, "teks", said).at(422, "/lapor").says("bukan foto", said)
	v.send("/lapor", [][]byte{photo(t), photo(t), photo(t), photo(t)}, "teks", said).at(422, "/lapor").says("Paling banyak 3 foto", said)
	three := v.get("/lapor").says(said).hides(`type="file"`)
	v.send("/lapor", nil, "teks", said, "hapus", three.find(`name="hapus" value="([^"]+)"`)).at(200, "/lapor").says(`type="file"`)
	v.send("/lapor", nil, "teks", said).at(200, "/lapor/lokasi")
	v.get("/lapor/kontak").at(200, "/lapor/lokasi")
	v.post("/lapor/lokasi").at(422, "/lapor/lokasi").says(`href="#kelurahan"`, `href="#bahaya"`)
	v.post("/lapor/lokasi", "patokan", "lorong 3", "kelurahan", "99").at(422, "/lapor/lokasi").says(`value="lorong 3"`, `href="#bahaya"`).hides(`href="#kelurahan"`)
	v.post("/lapor/lokasi", "patokan", "lorong 3", "bahaya", "ya", "lat", "abc", "lon", "1").at(200, "/lapor/kontak")
	v.post("/lapor/kontak").at(422, "/lapor/kontak").says(`href="#kontak"`)
	v.post("/lapor/kontak", "kontak", "wa", "wa", "12ab").at(422, "/lapor/kontak").says(`href="#wa"`, `value="12ab"`)
	v.post("/lapor/kontak", "kontak", "email", "email", "warga@").at(422, "/lapor/kontak").says(`href="#email"`, `value="warga@"`)
	v.post("/lapor/kontak", "kontak", "merpati").at(422, "/lapor/kontak").says(`href="#kontak"`)
	if n := w.cases(); n != 0 {
		t.Errorf("%d cases", n)
	}
}

func TestRobots(t *testing.T) {
	w := newTown(t)
	v := w.visitor()
	v.send("/lapor", nil, "teks", said, "situs", "http://contoh.id").at(422, "/lapor")
	v.get("/lapor").hides(said)
	v.send("/lapor", nil, "teks", said)
	v.post("/lapor/lokasi", "patokan", "lorong 3", "bahaya", "ragu")
	quick := v.post("/lapor/kontak", "kontak", "tanpa").at(200, "/lapor/periksa")
	key := quick.find(`name="kunci" value="([^"]+)"`)
	v.post("/lapor/periksa", "kunci", key).at(422, "/lapor/periksa")
	w.clock.Advance(5 * time.Second)
	v.post("/lapor/periksa", "kunci", "the key of another draft").at(409, "/lapor/periksa").says(said)
	v.post("/lapor/periksa", "kunci", key, "situs", "x").at(422, "/lapor/periksa")
	if n := w.cases(); n != 0 {
		t.Errorf("%d cases", n)
	}
	v.post("/lapor/periksa", "kunci", key).at(200, "/lapor/terkirim/.+")
}

func TestContactIsNotPestered(t *testing.T) {
	w := newTown(t)
	for range 3 {
		w.visitor().report("kontak", "email", "email", "warga@contoh.id")
	}
	v := w.visitor()
	check := v.fill("kontak", "email", "email", "Warga@Contoh.id")
	v.post("/lapor/periksa", "kunci", check.find(`name="kunci" value="([^"]+)"`)).at(429, "/lapor/periksa").says("Kontak ini baru saja dipakai", said)
	v.post("/lapor/kontak", "kontak", "tanpa").at(200, "/lapor/periksa")
	v.post("/lapor/periksa", "kunci", check.find(`name="kunci" value="([^"]+)"`)).at(200, "/lapor/terkirim/.+")
}

func TestDraftEnds(t *testing.T) {
	w := newTown(t)
	v := w.visitor()
	v.send("/lapor", [][]byte{photo(t)}, "teks", said).at(200, "/lapor/lokasi")
	other := w.visitor()
	own := v.get("/lapor").find(`href="(/lapor/foto/[^"]+)"`)
	other.get(own).at(404, own)
	w.clock.Advance(draftDays*24*time.Hour + time.Minute)
	v.get("/lapor").hides(said)
}

// TestReportSurvivesTrouble breaks the work after the durable receive: the citizen is
// told to wait, nothing is lost, and sending again gives one number.
func TestReportSurvivesTrouble(t *testing.T) {
	w := newTown(t)
	v := w.visitor()
	key := v.fill("kontak", "tanpa").find(`name="kunci" value="([^"]+)"`)
	desk := w.Intake.Desk
	w.Intake.Desk = &casework.Desk{} // fails with a panic, which intake takes for an error
	v.post("/lapor/periksa", "kunci", key).at(503, "/lapor/periksa")
	w.Intake.Desk = desk
	v.post("/lapor/periksa", "kunci", key).at(200, "/lapor/terkirim/.+")
	if n := w.cases(); n != 1 {
		t.Errorf("%d cases, want 1", n)
	}
}

func TestHostileUploads(t *testing.T) {
	w := newTown(t)
	v := w.visitor()
	v.send("/lapor", [][]byte{make([]byte, maxPhoto+1)}, "teks", said).at(422, "/lapor").says("Foto terlalu besar", said)
	big := make([]byte, maxPhoto)
	v.send("/lapor", [][]byte{big, big, big, big}, "teks", said).at(422, "/lapor").says("Foto terlalu besar", said)
	v.send("/lapor", nil, "teks", strings.Repeat("a", maxField+1)).at(413, "/lapor")
	var many []string
	for i := range maxParts + 1 {
		many = append(many, fmt.Sprint("isian", i), "x")
	}
	v.send("/lapor", nil, many...).at(422, "/lapor")

	// The connection breaks in the middle of the photo: the words are kept.
	cutOff := "--x\r\nContent-Disposition: form-data; name=\"teks\"\r\n\r\n" + said +
		"\r\n--x\r\nContent-Disposition: form-data; name=\"foto\"; filename=\"a.jpg\"\r\n\r\n\xff\xd8\xff"
	r, err := http.NewRequest(http.MethodPost, v.http.URL+"/lapor", strings.NewReader(cutOff))
	if err == nil {
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	}
	v.do(r, err).at(422, "/lapor").says(said, "sambungan putus")
	v.get("/lapor").says(said)
	if n := w.cases(); n != 0 {
		t.Errorf("%d cases", n)
	}
}

// TestSentTwiceAtOnce presses the button twice before the first answer came.
func TestSentTwiceAtOnce(t *testing.T) {
	w := newTown(t)
	v := w.visitor()
	key := v.fill("kontak", "tanpa").find(`name="kunci" value="([^"]+)"`)
	got := make(chan string)
	for range 4 {
		go func() {
			res, err := v.client.PostForm(v.http.URL+"/lapor/periksa", url.Values{"kunci": {key}})
			if err != nil {
				got <- err.Error()
				return
			}
			got <- res.Request.URL.Path
			res.Body.Close()
		}()
	}
	first := <-got
	for range 3 {
		if again := <-got; again != first || !strings.HasPrefix(first, "/lapor/terkirim/") {
			t.Errorf("ended at %q and %q", first, again)
		}
	}
	if n := w.cases(); n != 1 {
		t.Errorf("%d cases, want 1", n)
	}
}

func TestReportsAreLimited(t *testing.T) {
	w := newTown(t)
	v := w.visitor()
	key := v.fill("kontak", "tanpa").find(`name="kunci" value="([^"]+)"`)
	for range 10 {
		if !w.limits.reports.spend(w.clock.Now(), netip.MustParseAddr("127.0.0.1")) {
			t.Fatal("the budget is smaller than the test thinks")
		}
	}
	v.post("/lapor/periksa", "kunci", key).at(429, "/lapor/periksa")
	w.clock.Advance(time.Minute)
	v.post("/lapor/periksa", "kunci", key).at(200, "/lapor/terkirim/.+")
}

func TestDangerNamesTheNumber(t *testing.T) {
	v := newTown(t).visitor()
	v.send("/lapor", nil, "teks", said)
	v.post("/lapor/lokasi", "patokan", "lorong 3", "bahaya", "ya").at(200, "/lapor/kontak").says("Ada yang terancam sekarang? Telepon 110")
}
