package web

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/deadline"
	"tanggap/internal/stat"
	"tanggap/internal/store"
)

// foreseen gives the office a past and lets it be foreseen.
func foreseen(t *testing.T, o *office) {
	t.Helper()
	p := apptest.Pack(t)
	today := deadline.DateOf(o.clock.Now(), p.Location())
	var list []*store.Figure
	for ago := 1; ago <= 120; ago++ {
		day := today.AddDays(-ago).String()
		n := int64(8 + (ago*5)%7)
		for _, f := range []store.Figure{{}, {Unit: "DLH"}, {Unit: "PUPR"}, {Dim: stat.Service, Name: "SMP-TUMPUK"}, {Dim: stat.Service, Name: "JLN-RUSAK"}} {
			f.Region, f.Day, f.Opened = apptest.Region, day, n
			if f.Unit == "" && f.Dim == "" {
				f.Opened = 2 * n
			}
			list = append(list, &f)
		}
	}
	o.must(o.Store.PutFigures(o.ctx, list))
	o.must(o.Store.PutFigureHead(o.ctx, &store.FigureHead{Region: apptest.Region, Layout: stat.Layout, AsOfAt: o.clock.Now()}))
	o.must(o.Outlook.Update(o.ctx, p))
}

func (o *office) surge(series string) *store.Surge {
	today := o.clock.Now().In(apptest.Pack(o.t).Location())
	x := &store.Surge{Region: apptest.Region, Series: series, Kind: store.SurgeMore, State: store.SurgeOpen, FromDay: today.AddDate(0, 0, -2).Format(time.DateOnly),
		ToDay: today.Format(time.DateOnly), Observed: 31, Expected: 9, Severity: 6}
	o.must(o.Store.AddSurge(o.ctx, x))
	return x
}

// A unit's head sees what is about his unit and nothing of another; leaders read all of it
// and judge nothing.
func TestForesightIsScoped(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		foreseen(t, o)
		own, other := o.surge("service:SMP-TUMPUK"), o.surge("service:JLN-RUSAK")
		head := o.as("kepala")
		head.get("/prakiraan").is(200).says("unit:DLH", "28 hari ke depan", own.ID).hides("unit:PUPR", "service:JLN-RUSAK", other.ID, `value="region"`)
		head.get("/prakiraan?deret=service:SMP-TUMPUK").is(200).says("Rentang 80%")
		for _, name := range []string{"unit:PUPR", "region", "service:JLN-RUSAK", "unit:TIDAK", "x"} {
			head.get("/prakiraan?deret=" + name).is(404)
		}
		head.get(warningPath+own.ID).is(200).says(o.dlh.Number, "Ya, ini lonjakan")
		head.get(warningPath + other.ID).is(404).hides(o.other.Number)
		head.post(warningPath+other.ID, "aksi", "benar").is(404)
		head.get("/data-luar").is(403)
		head.post("/prakiraan/beban", "unit", "PUPR", "menit", "20", "jam", "5", "tingkat", "90").is(403)
		leader := o.as("wali")
		leader.get("/prakiraan").is(200).says("region", "unit:PUPR").hides("Umumkan kegiatan", "Ubah beban kerja")
		leader.get(warningPath + other.ID).is(200).hides("Ya, ini lonjakan")
		leader.post(warningPath+other.ID, "aksi", "benar").is(403)
		o.as("dlh").get("/prakiraan").is(403)
		o.as("admin").get("/prakiraan").is(403)
		if x, err := o.Store.Surge(o.ctx, apptest.Region, other.ID); err != nil || x.State != store.SurgeOpen {
			t.Errorf("%+v, %v", x, err)
		}
	})
}

// A warning is judged once, with words where nothing is to be done, and its cases can be
// made one event; secret ones stay out of it.
func TestWarningIsJudged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		foreseen(t, o)
		second := o.open("SMP-TUMPUK", "sampah di pasar wameo belum diangkut")
		hidden := o.open("SMP-TUMPUK", "rahasia di pasar wameo")
		o.change(hidden, func(c *store.Case) { c.Secret, c.Summary = true, "" })
		x := o.surge("service:SMP-TUMPUK")
		v, path := o.as("koord"), warningPath+x.ID
		v.get(path).is(200).says(o.dlh.Number, second.Number, "Satukan").hides(hidden.Number)
		v.post(path, "aksi", "bukan").is(422).says("Catatan kosong")
		v.post(path, "aksi", "satukan").is(200)
		a, b, c := o.now(o.dlh), o.now(second), o.now(hidden)
		if a.Incident == "" || a.Incident != b.Incident || c.Incident != "" {
			t.Errorf("joined: %q %q, secret one %q", a.Incident, b.Incident, c.Incident)
		}
		v.post(path, "aksi", "benar", "catatan", "panel rusak, telepon 081100000001").is(200).says("dipastikan lonjakan").hides("081100000001")
		v.post(path, "aksi", "selesai", "catatan", "panel diganti").is(200).says("sudah selesai", "Petugas KOORD")
		v.post(path, "aksi", "benar").is(409).says("sudah diakhiri")
		v.post(path, "aksi", "meledak").is(409)
		v.get(warningPath + "tidak-ada").is(404)
	})
}

// Events are declared and taken back; what makes no sense is told at its field.
func TestEventsAreDeclared(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	foreseen(t, o)
	v := o.as("koord")
	for field, form := range map[string][]string{
		"nama kegiatan kosong": {"nama", "", "dari", "2026-12-01"},
		"tanggal mulai kosong": {"nama", "Bansos", "dari", "besok"},
		"tanggal selesai":      {"nama", "Bansos", "dari", "2026-12-05", "sampai", "2026-12-01"},
		"paling lama 120":      {"nama", "Bansos", "dari", "2026-12-05", "sampai", "2029-12-01"},
	} {
		if p := v.post("/prakiraan/kegiatan", form...).is(422); !strings.Contains(strings.ToLower(p.body), field) {
			t.Errorf("%v: the page does not say %q", form, field)
		}
	}
	v.post("/prakiraan/kegiatan", "nama", "Pendaftaran <b>bansos</b>", "jenis", "Bansos", "dari", "2026-12-01", "sampai", "2026-12-05", "layanan", "SRT-DOM").is(200).
		says("Pendaftaran <b>bansos</b>", "Surat keterangan domisili")
	list, err := o.Store.DeclaredEvents(o.ctx, apptest.Region)
	o.must(err)
	if len(list) != 1 || list[0].Kind != "bansos" || list[0].Services != "SRT-DOM" {
		t.Fatalf("%+v", list)
	}
	v.post("/prakiraan/kegiatan", "batal", list[0].ID).is(200).hides("Pendaftaran <b>")
	o.as("kepala").post("/prakiraan/beban", "unit", "DLH", "menit", "abc", "jam", "5", "tingkat", "90").is(422).says("antara 1 dan 600")
	o.as("kepala").post("/prakiraan/beban", "unit", "DLH", "menit", "45", "jam", "5,5", "tingkat", "95").is(200).says(`value="45"`, `value="5,5"`)
}

// TestTooFewHands holds that work beyond a unit's hours is told where it is decided: to its
// head, to the leader and in the morning, not to another unit, and only once somebody has
// said how many officers there are.
func TestTooFewHands(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		foreseen(t, o)
		head, leader := o.as("kepala"), o.as("wali")
		const told = "jam kerja untuk laporan baru"
		say := func(minutes, officers string) *page {
			return head.post("/prakiraan/beban", "unit", "DLH", "menit", minutes, "jam", "5", "petugas", officers, "tingkat", "90")
		}
		say("300", "").is(200).hides("melebihi petugas")
		head.get("/dasbor").hides(told)
		say("300", "lima").is(422).says("antara 0 dan 500", `value="lima"`)
		say("300", "0,5").is(200).says("melebihi petugas", `value="0,5"`)
		head.get("/dasbor").says(told, "0,5 petugas")
		leader.get("/dasbor").says(told)
		brief, _, err := o.Outlook.Brief(o.ctx, apptest.Pack(t))
		o.must(err)
		if !strings.Contains(brief["matters"], told) {
			t.Errorf("the morning brief: %q", brief["matters"])
		}
		say("1", "400").is(200).hides("melebihi petugas")
		head.get("/dasbor").hides(told)
	})
}

// Figures from elsewhere are looked at before they are kept, and refused whole when a line
// cannot be read.
func TestFiguresAreBroughtIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v := o.as("koord")
		send := func(data, action string, fields ...string) *page {
			var b bytes.Buffer
			w := multipart.NewWriter(&b)
			for i := 0; i+1 < len(fields); i += 2 {
				o.must(w.WriteField(fields[i], fields[i+1]))
			}
			o.must(w.WriteField("aksi", action))
			f, err := w.CreateFormFile("berkas", "dbd.csv")
			o.must(err)
			_, err = f.Write([]byte(data))
			o.must(err)
			o.must(w.Close())
			r, err := http.NewRequest(http.MethodPost, o.http.URL+"/data-luar", &b)
			o.must(err)
			r.Header.Set("Content-Type", w.FormDataContentType())
			return v.do(r, nil)
		}
		about := []string{"nama", "Demam berdarah", "ukuran", "kasus", "sumber", "Dinas Kesehatan", "selang", "week"}
		send("", "lihat", about...).is(422).says("Belum ada berkas")
		send("a,b\n1,2\n", "lihat", about...).is(422).says("kolom tanggal dan nilai")
		send("tanggal,nilai\nkemarin,3\n2026-01-05,banyak\n", "simpan", about...).is(422).says("baris 2", "baris 3", "bukan angka")
		send("tanggal,nilai\n2026-01-05,3\n2026-01-06,4\n", "lihat", about...).is(422).says("sudah ada di baris 2") // one week
		send("tanggal,nilai\n2026-01-05,3\n", "lihat", "nama", "", "ukuran", "kasus", "sumber", "x", "selang", "week").is(422).says("Nama deret kosong")
		var csv strings.Builder
		csv.WriteString("\uFEFFtanggal;tempat;nilai;penduduk\n")
		for w := range 60 {
			day := time.Date(2025, 1, 6, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 7*w).Format(time.DateOnly)
			fmt.Fprintf(&csv, "%s;Wajo;%d,5;16000\n%s;=HYPERLINK(1);2;\n", day, 3+w%4, day)
		}
		send(csv.String(), "lihat", about...).is(200).says("120 angka dari 2 tempat")
		if list, err := o.Store.AllOutsideSeries(o.ctx, apptest.Region); err != nil || len(list) != 0 {
			t.Fatalf("looking kept %v, %v", list, err)
		}
		send(csv.String(), "simpan", about...).is(200).says("Demam berdarah")
		list, err := o.Store.AllOutsideSeries(o.ctx, apptest.Region)
		o.must(err)
		if len(list) != 1 {
			t.Fatal(list)
		}
		send("tanggal,tempat,nilai\n2026-02-23,Wajo,9\n2026-03-02,Wajo,1\n", "lihat", append(about, "deret", list[0].ID)...).is(200).says("2 angka", "1 di antaranya mengganti")
		one := "/data-luar/" + list[0].ID
		v.get(one+"?stok=90").is(200).says("Wajo", "Bagian", "seperti terakhir")
		v.get(one + "?stok=banyak").is(200).says("bilangan bulat")
		o.as("wali").get(one).is(200).hides("Hentikan")
		o.as("wali").post(one, "aksi", "hapus").is(403)
		outsidePushed(t, o, v, list[0])
		v.post(one, "aksi", "hapus").is(200).hides("Demam berdarah</a>")
		v.get(one).is(404)
	})
}

// Verbs of foresight are held by those who answer for something, and never by who keeps
// the program running.
func TestForesightVerbs(t *testing.T) {
	for _, role := range []access.Role{access.Admin, access.DPO, access.UnitOfficer, access.CitizenDesk} {
		actor := access.Actor{ID: "x", Grants: []access.Grant{{Role: role, Region: apptest.Region, Unit: "DLH"}}}
		if access.CanIn(actor, access.ForecastWork, apptest.Region) || access.CanIn(actor, access.OutsideEdit, apptest.Region) {
			t.Errorf("%s may judge warnings", role)
		}
	}
}

var shownKey = regexp.MustCompile(`Bearer ([A-Z0-9a-z_-]+)"`)

// outsidePushed holds what a program may do with a key: bring figures into its one series,
// all or none, as often as it likes, until the key ends.
func outsidePushed(t *testing.T, o *office, v *visitor, x *store.OutsideSeries) {
	t.Helper()
	push := func(key, id, data string) *page {
		r, err := http.NewRequest(http.MethodPost, o.http.URL+"/api/data-luar/"+id, strings.NewReader(data))
		o.must(err)
		if key != "" {
			r.Header.Set("Authorization", "Bearer "+key)
		}
		return o.visitor().do(r, nil)
	}
	count := func() int {
		list, err := o.Store.OutsideValues(o.ctx, x.Region, x.ID)
		o.must(err)
		return len(list)
	}
	before, one := count(), "/data-luar/"+x.ID
	const good = "tanggal,tempat,nilai\n2026-03-02,Baru,4\n2026-03-09,Baru,6\n"
	push("", x.ID, good).is(401)
	push("salah", x.ID, good).is(401)
	o.as("wali").post(one+"/kunci", "aksi", "buat").is(403)
	key := shownKey.FindStringSubmatch(v.post(one+"/kunci", "aksi", "buat").is(200).says("hanya tampil sekali").body)
	if key == nil {
		t.Fatal("no key")
	}
	v.get(one).is(200).hides(key[1]).says("Ganti dengan kunci baru")
	push(key[1], "tidak-ada", good).is(401)
	push(key[1], x.ID, "tanggal,nilai\nkemarin,3\n").is(422).says("baris 2")
	push(key[1], x.ID, strings.Repeat("x", maxOutsideFile+1)).is(413)
	if count() != before {
		t.Fatal("figures were kept that were refused")
	}
	push(key[1], x.ID, good).is(200).says(`"values":2`)
	push(key[1], x.ID, good).is(200)
	if n := count(); n != before+2 {
		t.Errorf("%d figures, want %d", n, before+2)
	}
	newer := shownKey.FindStringSubmatch(v.post(one+"/kunci", "aksi", "buat").is(200).body)
	push(key[1], x.ID, good).is(401)
	push(newer[1], x.ID, good).is(200)
	v.post(one+"/kunci", "aksi", "cabut").is(200).says("Buat kunci")
	push(newer[1], x.ID, good).is(401)
}
