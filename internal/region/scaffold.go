package region

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"tanggap/internal/tanggap"
)

//go:embed scaffold
var scaffold embed.FS

// template is the pack whose words, rules, calendar, services and seed messages a
// new region starts with.
const template = "baubau"

// Scaffold writes a pack for a new region into dir, which must be empty or not
// exist. It passes Check with warnings only, and says in comments what to replace.
func Scaffold(dir, name string) error {
	name = strings.Join(strings.Fields(name), " ")
	if name == "" || len(name) > 100 || strings.ContainsAny(name, "\"\\") {
		return tanggap.Errorf(tanggap.Invalid, "Nama wilayah kosong, terlalu panjang, atau memuat tanda kutip. Tulis seperti Kota Contoh.")
	}
	if err := emptyDir(dir); err != nil {
		return err
	}
	base, err := Embedded(template)
	if err != nil {
		return err
	}
	for _, file := range allFiles() {
		data, err := fs.ReadFile(scaffold, "scaffold/"+file)
		if errors.Is(err, fs.ErrNotExist) {
			data, err = fs.ReadFile(base, file)
		}
		if errors.Is(err, fs.ErrNotExist) && optional(file) {
			continue // every city's own, such as its boundaries
		}
		if err != nil {
			return fmt.Errorf("scaffold %s: %w", file, err)
		}
		text := strings.ReplaceAll(string(data), "{{name}}", name)
		if err := writeFile(dir, file, []byte(text)); err != nil {
			return fmt.Errorf("scaffold %s: %w", file, err)
		}
	}
	return nil
}
