package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNormalise(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Lampu jalan matimi 3 hari", "lampu jalan mati 3 hari"},
		{"mati mi rusak'mi blm pi tolongmi", "mati rusak belum tolong"},
		{"adaji air tidakji apa", "ada air tidak apa"},
		{"belumpi mengalir sudahmi janganmi besokpi", "belum mengalir sudah jangan besok"},
		{"api tapi kopi sapi kami resmi ekonomi haji gaji biji kaki perbaiki buka kota toko data minta karena bencana rencana", "api tapi kopi sapi kami resmi ekonomi haji gaji biji kaki perbaiki buka kota toko data minta karena bencana rencana"},
		{"perbaikimi apinyami rumahta", "perbaiki apinya rumah"},
		{"tolooooong maaaaf banjirrrr", "tolong maaf banjir"},
		{"jln kel kec yg tdk ndak su", "jalan kelurahan kecamatan yang tidak tidak sudah"},
		{"anak2 lampu2", "anak lampu"},
		{"rt02 lorong3 2020", "rt02 lorong3 2020"},
		{"Jum'at kita' sa’ Bau-Bau", "jumat kita saya bau bau"},
		{"keba\u200bkaran b\u0301a\u0301njir ｂａｎｊｉｒ 𝐛𝐚𝐧𝐣𝐢𝐫 bаnjir", "kebakaran banjir banjir banjir banjir"},
		{"z̷̢̛a̵̢͝l̶̛̹g̵͖͝o̷", "zalgo"},
		{"", ""}, {"🔥🔥", ""}, {"\xff\xfe", ""},
	} {
		if got := Normalise(c.in); got != c.want {
			t.Errorf("Normalise(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct {
		in   string
		max  int
		want string
	}{
		{"a\x00b\xffc\u202ed\u200be", 99, "abcde"},
		{"satu\r\ndua\rtiga\u2028empat\tlima", 99, "satu\ndua\ntiga\nempat\tlima"},
		{"👨\u200d👩 ok", 99, "👨\u200d👩 ok"},
		{"a\u0301\u0301\u0301\u0301\u0301\u0301", 99, "a\u0301\u0301\u0301\u0301"},
		{"ééé", 5, "éé"},
		{"  x  ", 99, "x"},
		{"abc", 0, ""},
	} {
		if got := Clean(c.in, c.max); got != c.want {
			t.Errorf("Clean(%q, %d) = %q, want %q", c.in, c.max, got, c.want)
		}
	}
}

func TestLanguage(t *testing.T) {
	for in, want := range map[string]string{
		"lampu jalan mati mi": Indonesian,
		"":                    Indonesian,
		"🙏":                   Indonesian,
		"The street light near my house is broken": English,
		"привет как дела":                          Other,
		"水が出ません":                                   Other,
		"ada api di pasar":                         Indonesian,
	} {
		if got := Language(in); got != want {
			t.Errorf("Language(%q) = %s, want %s", in, got, want)
		}
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"rusak'mi anak2 matimiki", "a'b'c''mi", "maaaaaf\u200b", "\xffﷺﬁ", strings.Repeat("ka", 30), "İIıſ ǅ ß", "0000mi"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 4096 {
			return
		}
		last := 0 // one character may fold into several words, which then share its three bytes
		for _, k := range Tokens(s) {
			if k.Start < 0 || k.End > len(s) || k.Start >= k.End || k.Text == "" || k.Start < last-3 {
				t.Fatalf("%q: token %+v", s, k)
			}
			last = k.End
		}
		if c := Clean(s, 100); len(c) > 100 || !utf8.ValidString(c) || Clean(c, 100) != c {
			t.Fatalf("Clean(%q) = %q, again %q", s, c, Clean(c, 100))
		}
	})
}

func TestHugeInputsAreSafe(t *testing.T) {
	m := small(t)
	for _, s := range map[string]string{
		"words": strings.Repeat("lampu jalan mati ", 6000), "one word": strings.Repeat("a", 100_000), "digits": strings.Repeat("7 ", 50_000),
		"ats": strings.Repeat("a@", 50_000), "marks": "a" + strings.Repeat("\u0301", 50_000), "names": strings.Repeat("la ode ", 14_000),
		"long digits": strings.Repeat("7", 100_000), "plates": strings.Repeat("B 1 ", 25_000), "apostrophes": strings.Repeat("a'", 50_000),
		"emoji": strings.Repeat("🔥", 25_000), "nul": strings.Repeat("\x00", 100_000), "arabic": strings.Repeat("ﷺ", 33_000),
	} {
		if left := FindPersonal(Mask(s)); len(left) > 0 {
			t.Errorf("%.20q: %d personal spans survive masking", s, len(left))
		}
		if c := Clean(s, 1<<20); !utf8.ValidString(c) {
			t.Errorf("%.20q: not valid after cleaning", s)
		}
		m.Classify(s)
		Language(s)
	}
}
