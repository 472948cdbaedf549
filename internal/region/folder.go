package region

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"tanggap/internal/tanggap"
)

// Names of the files of a pack, in the order in which they are read and hashed.
const (
	fileRegion     = "region.toml"
	fileAreas      = "areas.csv"
	fileLandmarks  = "landmarks.csv"
	fileUnits      = "units.csv"
	fileDuty       = "duty.csv"
	fileServices   = "services.csv"
	fileRoutes     = "routes.csv"
	fileRules      = "rules.csv"
	fileCalendar   = "calendar.csv"
	fileEmergency  = "emergency.csv"
	fileTextID     = "texts/id.toml"
	fileTextEN     = "texts/en.toml"
	fileSeed       = "seed.csv"
	fileComposed   = "composed.csv" // made by tanggap region compose; may be missing
	filePhrases    = "phrases.txt"  // what it is made from; may be missing
	filePlaybook   = "playbook.csv" // may be missing
	fileSupplies   = "supplies.csv" // may be missing
	fileBoundaries = BoundaryFile   // made by tanggap region boundaries; may be missing
	fileReadme     = "README.md"
)

var packFiles = []string{fileRegion, fileAreas, fileLandmarks, fileUnits, fileDuty, fileServices, fileRoutes,
	fileRules, fileCalendar, fileEmergency, fileTextID, fileTextEN, fileSeed, fileComposed, filePlaybook, fileSupplies, fileBoundaries}

// carried are files that stand in a pack's folder and archive and change nothing.
var carried = []string{fileReadme, filePhrases}

// optional files may be missing.
func optional(name string) bool {
	return slices.Contains([]string{fileComposed, filePlaybook, fileSupplies, fileBoundaries}, name) || slices.Contains(carried, name)
}

// allFiles are the files of a pack's folder.
func allFiles() []string { return append(slices.Clone(carried), packFiles...) }

// BoundaryFile is the name of the outlines in a pack's folder.
const BoundaryFile = "boundaries.geojson"

const (
	maxFile = 5 << 20 // bytes of one file
	maxRows = 20_000  // of one table
)

var errTooLarge = errors.New("file too large")

// readFile reads at most maxFile bytes, so that a huge file costs no memory.
// Windows line ends and the byte order mark of spreadsheets are taken away.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, errTooLarge
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	return bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), nil
}

// hash is SHA-256 over name, length and content of every file, as read by readFile.
func hash(files Files) string {
	h := sha256.New()
	for _, name := range packFiles {
		if _, ok := files[name]; !ok && optional(name) {
			continue
		}
		fmt.Fprintf(h, "%s %d\n", name, len(files[name]))
		h.Write(files[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Archive packs a pack's files into one zip, always the same for the same content,
// so that the database can keep a version as one value. Other files are left out; a
// missing one that must be there is an error.
func Archive(fsys fs.FS) ([]byte, error) {
	files := Files{}
	for _, name := range allFiles() {
		data, err := readFile(fsys, name)
		if optional(name) && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("archive %s: %w", name, err)
		}
		files[name] = data
	}
	return files.Archive()
}

// Archive packs the files that there are; see Archive.
func (f Files) Archive() ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range allFiles() {
		data, ok := f[name]
		if !ok {
			continue
		}
		// Without a time the header is the same whenever it is written.
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err != nil {
			return nil, fmt.Errorf("archive %s: %w", name, err)
		}
		if _, err := w.Write(data); err != nil {
			return nil, fmt.Errorf("archive %s: %w", name, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	return out.Bytes(), nil
}

// Unpack writes the files of an archive into dir, which must be empty or not exist.
func Unpack(archive []byte, dir string) error {
	fsys, err := FromArchive(archive)
	if err != nil {
		return err
	}
	if err := emptyDir(dir); err != nil {
		return err
	}
	for _, name := range allFiles() {
		data, err := readFile(fsys, name)
		if optional(name) && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = writeFile(dir, name, data)
		}
		if err != nil {
			return fmt.Errorf("unpack %s: %w", name, err)
		}
	}
	return nil
}

// emptyDir refuses a folder in which something is.
func emptyDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("folder: %w", err)
	}
	if len(entries) > 0 {
		return tanggap.Errorf(tanggap.Conflict, "Folder %s sudah berisi. Pilih folder kosong.", dir)
	}
	return nil
}

// writeFile writes one file of a pack and makes the folders above it.
func writeFile(dir, name string, data []byte) error {
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// FromArchive opens what Archive made. A file that unpacks to more than 5 MB is
// refused when it is read.
func FromArchive(data []byte) (fs.FS, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, tanggap.Errorf(tanggap.Invalid, "Arsip paket wilayah rusak; ekspor ulang dari folder asalnya.")
	}
	if len(z.File) > len(allFiles()) {
		return nil, tanggap.Errorf(tanggap.Invalid, "Arsip paket wilayah berisi terlalu banyak file; isinya harus sama dengan folder paket.")
	}
	return z, nil
}
