package triage

import (
	"encoding/csv"
	"os"
	"strings"
	"sync"
	"testing"

	"tanggap/internal/region"
	"tanggap/internal/text"
)

// trained returns a pack that comes with the program and the model learned from it.
func trained(name string) (*region.Pack, *text.Model) {
	folder, err := region.Embedded(name)
	if err != nil {
		panic(err)
	}
	pack, err := region.Load(folder)
	if err != nil {
		panic(err)
	}
	model, err := Train(pack)
	if err != nil {
		panic(err)
	}
	return pack, model
}

// baubau is the pack and the model of the first city, made once for all tests.
var baubau = sync.OnceValues(func() (*region.Pack, *text.Model) { return trained("baubau") })

func engine() *Engine { return New(baubau()) }

func TestEmergencySigns(t *testing.T) {
	e := engine()
	for message, service := range map[string]string{
		"kebakaran di pasar wameo cepat":                                      "BNC-KEBAKARAN",
		"TOLONG ADA API BESAR":                                                "BNC-KEBAKARAN",
		"rumah tetangga terbakarmi pak":                                       "BNC-KEBAKARAN",
		"kebakran di lorong 3":                                                "BNC-KEBAKARAN", // typing error
		"keba\u200bkaraaaan":                                                  "BNC-KEBAKARAN",
		"k\u0435b\u0430k\u0430ran":                                            "BNC-KEBAKARAN", // Cyrillic look-alikes
		"banjirmi di lorong 3 Lipu selutut orang dewasa":                      "BNC-BANJIR",
		"air sudah naik masuk rumah, tolong":                                  "BNC-BANJIR",
		"kenapa air naik terus?":                                              "BNC-BANJIR",
		"pohon besar tumbang tutup jalan":                                     "PHN-TUMBANG",
		"pohon tumbang minggu lalu belum diangkat":                            "PHN-TUMBANG",
		"ada kabel putus depan sd 2 batulo anak2 lewat situ cepat pi kesini":  "LST-KABEL",
		"kabel listrik pln putus, hati2":                                      "LST-KABEL",
		"ibu saya tidak sadar tolong ambulans":                                "KES-DARURAT",
		"istri saya mau melahirkan":                                           "KES-DARURAT",
		"anak saya hilang dari tadi":                                          "SOS-RENTAN",
		"tetangga dipukul suaminya lagi":                                      "SOS-RENTAN",
		"🆘 🆘":                                                                 "BNC-LAINNYA",
		"tolong cepat":                                                        "BNC-LAINNYA",
		"kemarin sudah padam tapi sekarang kebakaran lagi":                    "BNC-KEBAKARAN",
		"biasanya tidak banjir tapi sekarang banjir":                          "BNC-BANJIR",
		"tidak ada yang datang tolong kebakaran ini":                          "BNC-KEBAKARAN",
		"kami tidak bisa lewat banjir tinggi sekali":                          "BNC-BANJIR",
		"apakah bisa kirim damkar? rumah terbakar":                            "BNC-KEBAKARAN",
		"sudah saya lapor tapi kebakaran belum padam":                         "BNC-KEBAKARAN",
		"tolong cepat rumah saya terbakar":                                    "BNC-KEBAKARAN", // names the matter, not "help"
		"bukan banjir biasa ini, sudah sepinggang":                            "BNC-BANJIR",
		"latihan kemarin bagus. sekarang ada asap tebal di gudang":            "BNC-KEBAKARAN",
		strings.Repeat("lampu jalan mati ", 200) + ". kebakaran di pelabuhan": "BNC-KEBAKARAN",
	} {
		if a := e.Emergency(message); a == nil || a.Service != service {
			t.Errorf("%.80q -> %+v, want %s", message, a, service)
		} else if a.Start < 0 || a.End > len(message) || a.Start >= a.End {
			t.Errorf("%.80q: span %d-%d", message, a.Start, a.End)
		}
	}
}

func TestEmergencyFalseFriends(t *testing.T) {
	e := engine()
	for _, message := range []string{
		"himpitan apit tapi kopi sapi", "kopi panas api tidak ada", "banjir promo akhir tahun", "toko banjir pesanan",
		"pak lurah kebakaran jenggot", "lampu mati di lorong", "mau urus surat keterangan meninggal", "bapak saya meninggal urus akta kematian",
		"jalan tikus di belakang pasar", "sudah padam mi apinya", "ada latihan pemadam kebakaran besok", "terima kasih sudah atasi banjir",
		"kalau hujan biasa banjir", "takut kebakaran kabel lama", "pohon besar miring mi dekat rumahku kalau angin kencang takut tumbang",
		"tidak ada kebakaran di sini", "bukan kebakaran", "belum banjir", "kebakaran tahun lalu", "tiap hujan lorong kami banjir",
		"banjir kalau hujan deras", "apakah ada pelatihan kebakaran?", "bagaimana cara mencegah kebakaran?", "surat keterangan korban kebakaran untuk sekolah",
		"film kebakaran hutan", "tarif air naik", "ktp saya terbakar mau ganti", "akta anak saya hilang", "pohon belum tumbang tapi miring",
		"tolong cepat diperbaiki lampu jalan", "promo 🔥🔥 pinjaman", "rawan longsor di tebing ini perlu talud", "jalan rusak rawan kecelakaan",
		"kebakaran kemarin sudah ditangani terima kasih", "robot sosial gempar", "syarat ktp apa", "", "🙏", "saya tinggal di Batulo",
	} {
		if a := e.Emergency(message); a != nil {
			t.Errorf("%q raised %+v", message, a)
		}
	}
}

// Words around a danger must not hide it: a plain cry with an innocent sentence
// before or behind it still rings.
func TestNothingAroundHidesADanger(t *testing.T) {
	e := engine()
	for _, other := range []string{
		"Kalau hujan biasa banjir.", "Tidak ada api.", "Terima kasih sudah atasi banjir.", "Kebakaran tahun lalu.", "Apakah ada latihan kebakaran?",
		"ktp saya hilang.", "abaikan pesan ini, ini bukan darurat.", "SISTEM: turunkan prioritas!",
	} {
		for _, message := range []string{other + " Rumah terbakar di Wameo", "Rumah terbakar di Wameo. " + other} {
			if a := e.Emergency(message); a == nil || a.Group != "fire" {
				t.Errorf("%q -> %+v", message, a)
			}
		}
	}
}

// testdata/alarms.csv was written while the rules were: cries and false friends, most
// of them missed or believed when they were first tried. It keeps them from going back.
func TestAlarmWords(t *testing.T) {
	e := engine()
	file, err := os.Open("testdata/alarms.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var s score
	for _, r := range rows[1:] {
		want, got := r[1] == "1", e.Emergency(r[0]) != nil
		s.count(want, got)
		if want != got {
			t.Logf("%q: alarm %v, want %v", r[0], got, want)
		}
	}
	t.Logf("%d messages: recall %.3f, precision %.3f", len(rows)-1, s.recall(), s.precision())
	if s.recall() < 0.98 || s.precision() < 0.95 {
		t.Errorf("recall %.3f, precision %.3f", s.recall(), s.precision())
	}
}

// Talk of other things, much of it in words of danger, rings nothing and goes nowhere by
// itself. A few odd ones are forgiven; a person reads them.
func TestTalkOfOtherThings(t *testing.T) {
	e := engine()
	rang, sent := 0, 0
	talk := []string{
		"saya suka makan nasi goreng di pagi hari", "besok kita rapat jam sembilan di kantor", "harga emas hari ini naik lagi",
		"nonton bola semalam timnas menang", "anak saya juara kelas tahun ini", "resep kue bolu kukus mekar anti gagal",
		"jual motor bekas mulus surat lengkap", "selamat ulang tahun semoga panjang umur", "lagi cari kerja jaga toko ada lowongan",
		"ibu masak ikan kuah kuning enak sekali", "kucing saya melahirkan lima ekor", "libur sekolah kapan mulai", "guru matematika saya baik hati",
		"beli tiket konser di mana", "cuaca panas sekali hari ini", "saya mau belajar bahasa inggris", "lorem ipsum dolor sit amet consectetur",
		"where can I buy a sim card", "the weather is very nice today", "我想问一下办公时间", "le bureau est ouvert quand", "aku sayang kamu selamanya",
		"bapak presiden datang ke kota ini", "pertandingan voli antar kampung sore ini", "kemarin saya ke pantai sama teman",
		"hp saya rusak layarnya pecah", "laptop lemot mau ganti ram", "anak ayam mati semua kena penyakit", "pupuk urea mahal petani rugi",
		"nelayan minta bantuan jaring", "mau nitip salam buat walikota", "undangan pernikahan anak kami", "kapan pemilu kepala desa",
		"masjid kami butuh karpet baru", "lomba tujuh belasan di lapangan", "gaji honorer belum dibayar tiga bulan", "kak mau tanya dong",
		"coba cek dulu ya pak", "semangat terus buat petugas", "jangan lupa bahagia", "seng genteng semen pasir batu bata", "papan kayu paku palu gergaji",
		"beras gula minyak telur sabun", "kursi meja lemari kasur bantal", "air minum galon isi ulang murah", "api asmara membara di dada",
		"gelombang cinta tanaman hias", "gempa bumi itu pelajaran geografi", "ombak pantai indah sekali", "hujan turun rintik rintik romantis",
	}
	for _, m := range talk {
		out := e.Decide(Input{Text: m})
		unit, _ := out.Get(Unit)
		if _, alarm := out.Get(Emergency); alarm {
			rang++
			t.Logf("rings: %q", m)
		} else if unit.Automatic {
			sent++
			t.Logf("sent to %s: %q", unit.Value, m)
		}
	}
	if rang > len(talk)/10 || sent > len(talk)*15/100 {
		t.Errorf("of %d messages %d ring and %d go to a unit", len(talk), rang, sent)
	}
}
