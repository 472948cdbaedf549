package compose

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func all(string) bool { return true }

const bankFile = `
[*di]
di {kel}
dekat (masjid|pasar)
[*lama]
sudah {nomor} hari
[*pembuka]
halo (pak|bu|)
[*penutup]
tolong
[*singkatan]
tidak = tdk
[A]
lampu (jalan|lorong) {di} tidak menyala {lama}, gelap
[B]
!terima kasih (pak|bu)
`

func TestComposeSaysEveryCoreInManyVoices(t *testing.T) {
	b, err := Parse(bankFile, all)
	if err != nil {
		t.Fatal(err)
	}
	list := b.Compose([]string{"Lipu"}, 1)
	n := map[string]int{}
	for _, m := range list {
		n[m.Core]++
		if strings.ContainsAny(m.Text, "(){}|") {
			t.Errorf("left over: %q", m.Text)
		}
		if !strings.HasPrefix(m.Voice, Synthetic) {
			t.Errorf("%q is not marked as synthetic", m.Text)
		}
	}
	if n["A/1"] != len(voices) || n["B/1"] == 0 || n["B/1"] >= len(voices) {
		t.Errorf("messages by core: %v", n)
	}
}

func TestNewSentencesChangeNoOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		more := rapid.StringMatching(`[a-z]{3,9} [a-z]{3,9} \((a|b)\) \{di\}`).Draw(t, "core")
		seed := rapid.Uint64().Draw(t, "seed")
		a, err := Parse(bankFile, all)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Parse(bankFile+"[C]\n"+more+"\n", all)
		if err != nil {
			t.Fatal(err)
		}
		areas := []string{"Lipu", "Wameo"}
		before, after := a.Compose(areas, seed), b.Compose(areas, seed)
		for i, m := range before {
			if after[i] != m {
				t.Fatalf("%+v became %+v", m, after[i])
			}
		}
	})
}

func TestParseNamesTheLine(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{"[X]\nlampu", "baris 1: layanan \"X\""},
		{"lampu", "baris 1: kalimat sebelum"},
		{"[A]\n\nlampu (jalan", "baris 3: kurung"},
		{"[A]\nlampu {dimana}", "{dimana} tidak dikenal"},
	} {
		_, err := Parse(c.file, func(code string) bool { return code == "A" })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.file, err, c.want)
		}
	}
}

func FuzzCompose(f *testing.F) {
	f.Add(bankFile)
	f.Add("[A]\n!((x)|y) {nomor}\n[*dialek]\nx = y|z\n")
	f.Add("[A]\n)(\n")
	f.Fuzz(func(_ *testing.T, file string) {
		if b, err := Parse(file, all); err == nil && len(file) < 4096 {
			b.Compose(nil, 1)
		}
	})
}
