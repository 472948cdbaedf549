package main

import (
	"os"
	"path/filepath"
	"testing"

	"tanggap/internal/compose"
	"tanggap/internal/region"
)

// Packs that come with the program hold exactly what their sentences make.
func TestComposedMessagesAreUpToDate(t *testing.T) {
	const packs = "../../internal/region/packs"
	for _, name := range region.Names() {
		data, err := os.ReadFile(filepath.Join(packs, name, "phrases.txt"))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		p, err := region.Load(os.DirFS(filepath.Join(packs, name)))
		if err != nil {
			t.Fatal(err)
		}
		bank, err := compose.Parse(string(data), func(code string) bool { _, ok := p.Service(code); return ok })
		if err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(filepath.Join(packs, name, "composed.csv"))
		if err != nil {
			t.Fatal(err)
		}
		if made, _ := composed(p, bank, 1); string(made) != string(kept) {
			t.Errorf("%s: composed.csv is not what phrases.txt makes; run: go run ./cmd/tanggap region compose internal/region/packs/%s", name, name)
		}
	}
}
