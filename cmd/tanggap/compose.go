package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tanggap/internal/app"
	"tanggap/internal/compose"
	"tanggap/internal/durable"
	"tanggap/internal/region"
	"tanggap/internal/tanggap"
)

type regionCompose struct {
	Dir    string `arg:"" help:"Folder paket dengan phrases.txt. / Folder of a pack with phrases.txt."`
	Seed   uint64 `default:"1" help:"Angka acak; sama menghasilkan contoh yang sama. / Equal numbers make equal messages."`
	DryRun bool   `help:"Tampilkan jumlahnya saja. / Only say how many."`
}

// Help implements kong.HelpProvider.
func (regionCompose) Help() string {
	return `Menyusun contoh pesan buatan dari kalimat inti dalam phrases.txt, dalam banyak gaya, ke composed.csv. Jalankan lagi setelah
mengubah kalimat atau wilayah. / Makes synthetic messages in many voices from the sentences of phrases.txt, into composed.csv.

Contoh / example:

  tanggap region compose ./kota-saya && tanggap region check ./kota-saya`
}

func (c regionCompose) Run(e *env) error {
	data, err := os.ReadFile(filepath.Join(c.Dir, "phrases.txt"))
	if err != nil {
		return tanggap.Errorf(tanggap.NotFound, "%s tidak memuat phrases.txt (%v).", c.Dir, err)
	}
	p, _, err := app.LoadPack(c.Dir)
	if err != nil {
		return err
	}
	bank, err := compose.Parse(string(data), func(code string) bool { _, ok := p.Service(code); return ok })
	if err != nil {
		return err
	}
	file, n := composed(p, bank, c.Seed)
	for _, s := range p.Services {
		fmt.Fprintf(e.out, "%-14s %d\n", s.Code, n[s.Code])
	}
	if c.DryRun {
		return nil
	}
	return durable.ReplaceBytes(filepath.Join(c.Dir, "composed.csv"), file)
}

// composed writes the messages as a table, without those that stand in seed.csv.
func composed(p *region.Pack, bank *compose.Bank, seed uint64) (file []byte, n map[string]int) {
	var areas []string
	for _, a := range p.Areas {
		if a.Parent != "" {
			areas = append(areas, a.Name)
		}
	}
	known := map[string]bool{}
	for _, s := range p.Seeds {
		if s.Core == "" {
			known[strings.ToLower(s.Text)] = true
		}
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Write([]string{"text", "service", "voice", "core"}) //nolint:errcheck // a buffer takes everything
	n = map[string]int{}
	for _, m := range bank.Compose(areas, seed) {
		if !known[strings.ToLower(m.Text)] {
			w.Write([]string{m.Text, m.Service, m.Voice, m.Core}) //nolint:errcheck // the same
			n[m.Service]++
		}
	}
	w.Flush()
	return out.Bytes(), n
}
