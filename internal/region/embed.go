package region

import (
	"embed"
	"io/fs"

	"tanggap/internal/tanggap"
)

//go:embed packs
var packs embed.FS

// Names returns the packs that come with the program.
func Names() []string {
	entries, err := packs.ReadDir("packs")
	if err != nil {
		return nil // the folder is embedded, so this cannot happen
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// Embedded returns the folder of a pack that comes with the program.
func Embedded(name string) (fs.FS, error) {
	for _, n := range Names() {
		if n == name {
			return fs.Sub(packs, "packs/"+name)
		}
	}
	return nil, tanggap.Errorf(tanggap.NotFound, "Tidak ada paket wilayah bawaan bernama %q.", name)
}
