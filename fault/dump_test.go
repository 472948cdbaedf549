package fault

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/sim"
	"tanggap/internal/store"
)

// person is somebody plainly made up about whom the system learns everything.
type person struct {
	phone string // digits, with 62
	name  string
	email string
	nik   string
}

var people = []person{
	{"6281100000301", "Sitirahma Contohnia", "sitirahma.contohnia@surat.example", "7472014101900301"},
	{"6281100000302", "Ladjumani Umpamawan", "ladjumani.umpamawan@surat.example", "7472014101900302"},
	{"6281100000303", "Waodeika Misalkanti", "waodeika.misalkanti@surat.example", "7472014101900303"},
	{"6281100000304", "Hasanuddi Semisalman", "hasanuddi.semisalman@surat.example", "7472014101900304"},
	{"6281100000305", "Rostinawa Contohsari", "rostinawa.contohsari@surat.example", "7472014101900305"},
}

// split writes digits in groups of the given sizes, the rest as the last.
func split(digits, between string, sizes ...int) string {
	var out []string
	for _, n := range sizes {
		out, digits = append(out, digits[:n]), digits[n:]
	}
	return strings.Join(append(out, digits), between)
}

// spellings are the forms in which what is known of a person may stand somewhere.
func (p person) spellings() []string {
	mail, _, _ := strings.Cut(p.email, "@")
	out := append(strings.Fields(p.name), p.name, p.email, mail)
	for _, between := range []string{"", " ", "-", "."} {
		// Without 0, 62 or +62, which differ, and whatever stands behind them.
		out = append(out, split(p.phone[2:], between, 3, 4), split(p.phone[2:], between, 3, 4, 3), split("0"+p.phone[2:], between, 4, 4),
			split(p.nik, between, 4, 4, 4), split(p.nik, between, 6, 6))
	}
	return out
}

// said is what a person types, everything in it, in one of several spellings.
func (p person) said(i int) string {
	local := "0" + p.phone[2:]
	switch i % 5 {
	case 0:
		return fmt.Sprintf("nama saya %s, lampu jalan mati, hubungi %s", p.name, split(local, " ", 4, 4))
	case 1:
		return fmt.Sprintf("sampah menumpuk. saya %s nik %s, hp +62-%s", p.name, split(p.nik, " ", 4, 4, 4), split(p.phone[2:], "-", 3, 4))
	case 2:
		return fmt.Sprintf("jalan berlubang depan rumah. Nama: %s, NIK %s, email %s", p.name, p.nik, p.email)
	case 3:
		return fmt.Sprintf("air pdam mati. perkenalkan nama saya %s wa %s atau %s", p.name, local, p.email)
	}
	return fmt.Sprintf("got tersumbat, a.n. %s telp %s, no ktp %s", p.name, split(local, ".", 4, 4), split(p.nik, ".", 4, 4, 4))
}

// needles finds many byte strings at once, whatever their case.
type needles map[[shortest]byte][]string

const shortest = 8 // bytes of the shortest needle

// sought is everything that must not stand anywhere: each spelling as it is, in
// hexadecimal and inside base64.
func sought() needles {
	out := needles{}
	add := func(s string) {
		s = strings.ToLower(s)
		key := [shortest]byte([]byte(s))
		if !slices.Contains(out[key], s) {
			out[key] = append(out[key], s)
		}
	}
	values := []string{photographer}
	for _, p := range people {
		values = append(values, p.spellings()...)
	}
	for _, v := range values {
		add(v)
		add(hex.EncodeToString([]byte(v)))
		for shift := range 3 {
			// Inside base64 a value begins at one of three places in a group.
			coded := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), v...))
			whole := (shift + len(v)) * 8 / 6
			add(coded[(shift*8+5)/6 : whole])
		}
	}
	return out
}

// in lists which needles stand in b.
func (n needles) in(b []byte) []string {
	b = bytes.ToLower(b)
	found := map[string]bool{}
	for i := 0; i+shortest <= len(b); i++ {
		for _, s := range n[[shortest]byte(b[i:i+shortest])] {
			if strings.HasPrefix(string(b[i:min(i+len(s), len(b))]), s) {
				found[s] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// leaks lists what stands in clear in the files of the site and, read through the
// database itself, in its tables.
func (c *city) leaks(n needles, db *store.Store) []string {
	c.t.Helper()
	var bad []string
	files := 0
	err := filepath.WalkDir(c.data(), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		// In a process of its own: closing a file here would drop the locks that the
		// harness's SQLite holds on it, and the server would take its log away.
		b, err := exec.Command("cat", path).Output()
		if _, gone := os.Lstat(path); errors.Is(gone, fs.ErrNotExist) {
			return nil // what is written anew stands beside the old for a moment
		}
		files++
		for _, s := range n.in(b) {
			bad = append(bad, fmt.Sprintf("%s: %q", filepath.Base(path), s))
		}
		return err
	})
	if err != nil || files < 3 {
		c.t.Fatalf("%d files, %v", files, err)
	}
	for name, b := range tables(c.t, db) {
		for _, s := range n.in(b) {
			bad = append(bad, fmt.Sprintf("table %s: %q", name, s))
		}
	}
	return bad
}

// tables returns all rows of all tables as text: of PostgreSQL, whose files are not
// the site's; of SQLite the words of the search index, which its file holds in parts.
func tables(t *testing.T, db *store.Store) map[string][]byte {
	t.Helper()
	ctx := context.Background()
	out := map[string][]byte{}
	if !db.Postgres() {
		if _, err := db.SQL().ExecContext(ctx, `CREATE VIRTUAL TABLE IF NOT EXISTS temp.words USING fts5vocab('main', 'case_search', 'row')`); err != nil {
			t.Fatal(err)
		}
		out["case_search"] = []byte(strings.Join(column(t, db, `SELECT term FROM temp.words`), "\n"))
		if !bytes.Contains(out["case_search"], []byte("lampu")) {
			t.Fatal("the search index is empty")
		}
		return out
	}
	for _, name := range column(t, db, `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`) {
		out[name] = []byte(strings.Join(column(t, db, `SELECT x::text FROM "`+name+`" AS x`), "\n"))
	}
	if len(out["cases"]) == 0 || len(out["river_job"]) == 0 {
		t.Fatal("the dump is empty")
	}
	return out
}

func column(t *testing.T, db *store.Store, query string) (out []string) {
	t.Helper()
	rows, err := db.SQL().QueryContext(context.Background(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestNothingPersonalStandsInClear reads every byte that the site keeps.
func TestNothingPersonalStandsInClear(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real program; runs in make test")
	}
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { dump(t, "") })
	t.Run("postgres", func(t *testing.T) { dump(t, apptest.EmptyPostgresURL(t)) })
}

func dump(t *testing.T, database string) {
	c := newCity(t, database, sim.MetaConfig{})
	c.hire("koordinator@baubau.example", string(access.Coordinator), "")
	node := c.start(c.program)
	c.learned()
	c.listen()
	db := c.open()
	for i, p := range people {
		c.writes(p, i)
	}
	for i, p := range people {
		c.fills(p, i)
	}
	for _, p := range people {
		c.hears(p.phone, 0, "BAU-")
	}
	c.answers()
	if !within(time.Minute, func() bool { return text(t, db, `SELECT count(*) FROM attachments WHERE state = 'pending'`) == "0" }) {
		t.Fatal("photos wait for ever")
	}
	c.settled(db)
	t.Logf("%s cases, %s messages, %s attachments, %s notices", text(t, db, `SELECT count(*) FROM cases`), text(t, db, `SELECT count(*) FROM messages`),
		text(t, db, `SELECT count(*) FROM attachments`), text(t, db, `SELECT count(*) FROM notifications`))
	if wal, err := os.Stat(filepath.Join(c.data(), "tanggap.db-wal")); database == "" && (err != nil || wal.Size() == 0) {
		t.Errorf("there is no log beside the database to read: %v", err)
	}
	n := sought()
	for _, bad := range c.leaks(n, db) {
		t.Errorf("while the server runs: %s", bad)
	}
	node.stop()
	for _, bad := range c.leaks(n, db) {
		t.Errorf("after its end: %s", bad)
	}
	for _, s := range n.in(node.log.Bytes()) {
		t.Errorf("in the log: %q", s)
	}
	if !t.Failed() {
		c.scanFails(n, db)
	}
}

// scanFails shows that the scan finds a value that somebody left in a file, in a
// media file or in a row.
func (c *city) scanFails(n needles, db *store.Store) {
	c.t.Helper()
	path := filepath.Join(c.data(), "media", "forgotten")
	for i, left := range []string{split(people[0].phone[2:], "-", 3, 4), strings.ToUpper(people[1].name), people[2].nik,
		base64.StdEncoding.EncodeToString([]byte("..." + people[3].phone + "...")), photographer} {
		if err := os.WriteFile(path, []byte("words before "+left), 0o600); err != nil {
			c.t.Fatal(err)
		}
		if len(c.leaks(n, db)) == 0 {
			c.t.Errorf("value %d left in a file went unnoticed", i)
		}
	}
	if err := os.Remove(path); err != nil {
		c.t.Fatal(err)
	}
	if _, err := db.SQL().ExecContext(context.Background(), `UPDATE cases SET summary = '`+people[4].email+`'`); err != nil {
		c.t.Fatal(err)
	}
	if len(c.leaks(n, db)) == 0 {
		c.t.Error("a value left in a row went unnoticed")
	}
}

// writes is a person writing by WhatsApp, with an id that holds the number as Meta's
// ids do, and sending a photo.
func (c *city) writes(p person, i int) {
	c.t.Helper()
	c.meta.AddUser(sim.MetaUser{Phone: p.phone, Name: p.name})
	id := "wamid." + base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "\x1d\x18\x0d%s\x15\x02\x00\x12\x18%016d", p.phone, i))
	if _, err := c.meta.Raw(p.phone, map[string]any{"id": id, "type": "text", "text": map[string]any{"body": p.said(i)}}); err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.meta.SendImage(p.phone, photo(c.t), "ini rumah "+p.name); err != nil {
		c.t.Fatal(err)
	}
}

// fills is a person using the web form: one contact each, and one form left unfinished.
func (c *city) fills(p person, i int) {
	c.t.Helper()
	b := c.browser()
	place := b.send("/lapor", [][]byte{photo(c.t)}, "teks", p.said(i+1)).at(200, "/lapor/lokasi")
	b.post("/lapor/lokasi", "kelurahan", place.find(`<option value="([^"]+)">Lipu`), "patokan", "rumah "+p.name, "bahaya", "tidak").at(200, "/lapor/kontak")
	contact := []string{"kontak", "email", "email", p.email, "nama", p.name}
	if i%2 == 0 {
		contact = []string{"kontak", "wa", "wa", "0" + p.phone[2:], "nama", p.name, "tampil", "1"}
	}
	check := b.post("/lapor/kontak", contact...).at(200, "/lapor/periksa")
	if i == 0 {
		return
	}
	key := check.find(`name="kunci" value="([^"]+)"`)
	if !within(15*time.Second, func() bool {
		return strings.HasPrefix(b.post("/lapor/periksa", "kunci", key).path, "/lapor/terkirim/")
	}) {
		c.t.Fatal("the form was never accepted")
	}
}

// answers is an officer who calls a citizen by name and repeats the number.
func (c *city) answers() {
	c.t.Helper()
	officer := c.browser()
	id := officer.logIn("koordinator@baubau.example").find(`href="/kasus/([0-9a-f-]{36})"`)
	officer.post("/kasus/"+id+"/bukti", "tanpa_foto", "Sudah gelap saat diperiksa").at(200, "/kasus/.+")
	page := officer.get("/kasus/"+id).at(200, "/kasus/.+")
	version := page.find(`name="versi" value="(\d+)"`)
	words := fmt.Sprintf("Bapak %s, kami menelepon 0%s, surel %s, NIK %s", people[1].name, people[1].phone[2:], people[1].email, people[1].nik)
	officer.post("/kasus/"+id+"/balas", "versi", version, "teks", words, "lalu", "answered").at(200, "/kasus/.+")
}
