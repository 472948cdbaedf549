package text

import (
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"NIK saya 7472990101990001 tolong", "NIK saya [NIK] tolong"},
		{"7472 9901 0199 0001", "[NIK]"},
		{"747299-010199-0001 dan 7472.9901.0199.0002", "[NIK] dan [NIK]"},
		{"nik 7 4 7 2 9 9 0 1 0 1 9 9 0 0 0 1 ya", "nik [NIK] ya"},
		{"no kk 7472990101990001\nno ktp 7472990101990002", "no kk [NIK]\nno ktp [NIK]"},
		{"７４７２９９０１０１９９０００１", "[NIK]"},
		{"7472\u200b990101\u200b990001", "[NIK]"},
		{"٧٤٧٢٩٩٠١٠١٩٩٠٠٠١", "[NIK]"},
		{"NPWP 99.999.999.9-999.999", "NPWP [NPWP]"},
		{"hp 081100000012, 0811-0000-0012, +62 811-0000-0012", "hp [telepon], [telepon], [telepon]"},
		{"wa 62811 0000 0012 atau 0811.000.0012", "wa [telepon] atau [telepon]"},
		{"0 8 1 1 0 0 0 0 0 0 1 2", "[telepon]"},
		{"(0811) 0000 0012 dan +60 12-000 0012", "[telepon] dan [telepon]"},
		{"081100000012 081100000013", "[telepon] [telepon]"},
		{"081100000012 3 hari lalu", "[telepon] 3 hari lalu"},
		{"email warga.contoh@contoh.example dan WARGA@CONTOH.CO.ID.", "email [email] dan [email]."},
		{"warga @ gmail.com", "[email]"},
		{"rek BRI 0000 0101 2345 509 a.n. Warga Contoh", "rek BRI [rekening] a.n. [nama]"},
		{"norek 1234567890", "norek [rekening]"},
		{"mobil DT 1234 XX parkir, motor dt 4321 ab, plat b 123 cd", "mobil [plat] parkir, motor [plat], plat [plat]"},
		{"Nama saya Budi Contoh, tinggal di Wameo", "Nama saya [nama], tinggal di Wameo"},
		{"nama saya wa ode contoh mau urus ktp", "nama saya [nama] mau urus ktp"},
		{"saya bernama budi contoh dari Lipu", "saya bernama [nama] dari Lipu"},
		{"nama: Warga Contoh\nalamat: Lipu", "nama: [nama]\nalamat: Lipu"},
		{"atas nama Warga Contoh", "atas nama [nama]"},
		{"La Ode Contoh dan Wa Contoh serta WA ODE CONTOH", "[nama] dan [nama] serta [nama]"},
		{"Pak Contoh minta uang, tapi Pak Lurah diam", "Pak [nama] minta uang, tapi Pak Lurah diam"},
		// What must stay readable.
		{"lampu mati sejak 12.05.2026 jam 08.15-12.00 13.30-16.00", "lampu mati sejak 12.05.2026 jam 08.15-12.00 13.30-16.00"},
		{"harga Rp 1.500.000 di RT 03 RW 02 lorong 5", "harga Rp 1.500.000 di RT 03 RW 02 lorong 5"},
		{"tahun 2020 2021 2022", "tahun 2020 2021 2022"},
		{"posisi -5.465012, 122.601234", "posisi -5.465012, 122.601234"},
		{"Jalan La Ode Boha rusak", "Jalan La Ode Boha rusak"},
		{"WA saya tidak dibalas. Wa admin mana", "WA saya tidak dibalas. Wa admin mana"},
		{"atas nama keluarga kami, nama jalan itu", "atas nama keluarga kami, nama jalan itu"},
		{"jl 5 ke b 12 di sana", "jl 5 ke b 12 di sana"},
		{"halo @lurah", "halo @lurah"},
	} {
		if got := Mask(c.in); got != c.want {
			t.Errorf("Mask(%q)\n got %q\nwant %q", c.in, got, c.want)
		}
	}
}

func TestMaskShort(t *testing.T) {
	for in, want := range map[string]string{
		"+6281100005678": "+62811****5678", "081100005678": "0811****5678", "+62 811-0000-5678": "+62811****5678",
		"12345": "****", "": "****",
	} {
		if got := MaskPhone(in); got != want {
			t.Errorf("MaskPhone(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"lina@contoh.example": "l***@contoh.example", "x": "***", "@a": "***", "": "***"} {
		if got := MaskEmail(in); got != want {
			t.Errorf("MaskEmail(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzMask(f *testing.F) {
	for _, s := range []string{
		"nama saya La Ode Contoh NIK 7472990101990001 hp 0811-0000-0012 rek BRI 000001012345509",
		"a@b.co a @ b.co DT 1234 XX dt 1234 xx", "0 8 1 1 0 0 0 0 0 0 1 2 3 4 5 6 7 8 9", "\xff\xfe7472\x00990101990001", "ﷺ١٢٣٤٥٦٧٨",
		strings.Repeat("08 11 ", 40), "rek 1 [NIK] 12345678", "+62 (0) 811 0000 0012",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 4096 {
			return
		}
		for _, p := range FindPersonal(s) {
			if p.Start < 0 || p.End > len(s) || p.Start >= p.End {
				t.Fatalf("span %v outside %d bytes", p, len(s))
			}
		}
		if m := Mask(s); len(FindPersonal(m)) > 0 {
			t.Fatalf("Mask(%q) = %q still shows %v", s, m, FindPersonal(m))
		}
	})
}

func TestHideNIK(t *testing.T) {
	for in, want := range map[string]string{
		"NIK saya 7472990101990001, tolong": "NIK saya ************0001, tolong",
		"7472 9901 0199 0001":               "************0001",
		"telepon 0811 0000 0001":            "telepon 0811 0000 0001",
		"lampu mati di RT 3":                "lampu mati di RT 3",
		"":                                  "",
	} {
		if got := HideNIK(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
