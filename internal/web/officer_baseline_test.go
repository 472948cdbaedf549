package web

import (
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/store"
)

const oldList = `nomor;nama;masuk;tanggapan;selesai;batas;dinas
1;Warga Contoh A;05/01/2026 09.00;05/01/2026 10.00;06/01/2026 09.00;08/01/2026;DLH
2;Warga Contoh B;05/01/2026 09.00;05/01/2026 11.00;12/01/2026 09.00;08/01/2026;dlh
5;Warga Contoh E;05/01/2026 09.00;;08/01/2026 15.30;08/01/2026;DLH
3;Warga Contoh C;2026-01-06;;2026-01-07;;PUPR
4;Warga Contoh D;2026-01-06 08:30;;;;
`

// The old list of a city is looked at before its sums are kept; the sums, and nothing else
// of it, then stand in the panel of benefit.
func TestTimeBeforeIsBroughtIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		koord := o.as("koord")
		o.as("wali").get("/dasbor/patokan").is(403)
		o.as("kepala").post("/dasbor/patokan", "aksi", "simpan", "angka", oldList).is(403)
		koord.get("/dasbor/patokan").is(200).says("Belum ada angka dari masa sebelum Tanggap")
		koord.post("/dasbor/patokan", "aksi", "lihat", "angka", "").is(422).says("Pilih berkas CSV.")
		koord.post("/dasbor/patokan", "aksi", "lihat", "angka", "tanggal,unit\n2026-01-01,DLH\n").is(422).says("kolom masuk tidak ada")
		koord.post("/dasbor/patokan", "aksi", "lihat", "angka", "masuk\n").is(422).says("hanya berisi judul kolom")
		koord.post("/dasbor/patokan", "aksi", "simpan", "angka", "masuk,selesai,unit\n2026-01-05,2026-01-04,DLH\nkemarin,,DLH\n2026-01-05,,DINAS X\n,,DLH\n2099-01-01,,DLH\n").is(422).
			says("baris 2: selesai lebih awal", "baris 3: ", "bukan waktu", "baris 4: unit", "DINAS X", "baris 5: waktu masuk kosong", "baris 6: waktu masuk belum tiba", "5 baris tidak terbaca")
		koord.post("/dasbor/patokan", "aksi", "simpan", "angka", "masuk,selesai\n2026-01-05,31/12/9999\n").is(422).says("belum tiba")
		koord.post("/dasbor/patokan", "aksi", "lihat", "angka", "nama;masuk\nWarga \"A\";05/01/2026\n").is(422).says("baris 2: tanda kutip")
		koord.post("/dasbor/patokan", "aksi", "lihat", "angka", "masuk,tanggapan,selesai\n05/01/2026 14.00,05/01/2026,05/01/2026\n05/01/2026,05/01/2026 09.30,\n").is(200).says("Belum disimpan")
		koord.get("/dasbor/patokan").says("Belum ada angka dari masa sebelum Tanggap")
		koord.post("/dasbor/patokan", "aksi", "lihat", "angka", oldList).is(200).says("Belum disimpan", "DLH", "PUPR", "Tanpa unit", "5–6 Januari 2026")
		if list, err := st.Baselines(o.ctx, apptest.Region); err != nil || len(list) != 0 {
			t.Fatalf("kept after a look: %v, %v", list, err)
		}
		koord.post("/dasbor/patokan", "aksi", "simpan", "angka", oldList).is(200).says("Hapus angka ini").hides("Warga Contoh A")
		list, err := st.Baselines(o.ctx, apptest.Region)
		o.must(err)
		if len(list) != 3 || list[1].Unit != "DLH" || list[1].Cases != 3 || list[1].OnTime != 2 || list[1].Late != 1 || list[0].Unit != "" || list[2].Cases != 1 {
			t.Errorf("kept: %+v %+v %+v", list[0], list[1], list[2])
		}
		koord.post("/dasbor/patokan", "aksi", "hapus").is(200).says("Belum ada angka dari masa sebelum Tanggap")
	})
}

func TestMomentsOfSheets(t *testing.T) {
	zone := apptest.Pack(t).Location()
	atNoon := time.Date(2026, 1, 5, 12, 0, 0, 0, zone)
	half := time.Date(2026, 1, 5, 9, 30, 0, 0, zone)
	for words, want := range map[string]time.Time{
		"2026-01-05": atNoon, "5/1/2026": atNoon, "05/01/2026": atNoon, "05-01-2026": atNoon, "5/1/26": atNoon,
		"2026-01-05 09:30": half, "05/01/2026 09.30": half, "2026-01-05T09:30": half, "05/01/2026 09:30:00": half,
		"31/02/2026": {}, "2026-13-01": {}, "kemarin": {}, "": {}, "05/01/2026 25.00": {},
	} {
		if got, _, ok := readMoment(words, 12*time.Hour, zone); ok == want.IsZero() || !got.Equal(want) {
			t.Errorf("%q: %v, %v", words, got, ok)
		}
	}
	if _, problems := readOld(apptest.Pack(t), "masuk\n"+strings.Repeat("2026-01-05\n", maxOutsideRows+1), atNoon.AddDate(1, 0, 0)); len(problems) != 1 || !strings.Contains(problems[0], "lebih dari") {
		t.Errorf("too many lines: %v", problems)
	}
}
