package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"tanggap/internal/durable"
	"tanggap/internal/tanggap"
)

const (
	maxKept = 1000     // checkpoints a file keeps; each covers all events before it
	maxFile = 16 << 20 // bytes a checkpoint file may have
)

// File keeps a region's newest signed checkpoints outside the database, one note
// after another with an empty line between: text that can be mailed or printed.
// One process writes it.
type File struct {
	Path  string
	Trust Trust
}

// Load returns the notes of the file, oldest first, unchecked; none if there is
// no file yet.
func (f File) Load() ([][]byte, error) {
	file, err := os.Open(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("audit: checkpoints: %w", err)
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("audit: checkpoints: %w", err)
	}
	if len(b) > maxFile {
		return nil, tanggap.Errorf(tanggap.Invalid, "%s is not a checkpoint file: it is larger than %d MB", f.Path, maxFile>>20)
	}
	return splitNotes(b), nil
}

// splitNotes cuts a file into notes. A note is a text, an empty line and
// signatures, so every second empty line parts two notes. Whatever else stands
// in the file comes out as a note that Open refuses: nothing is skipped.
func splitNotes(b []byte) [][]byte {
	if len(b) == 0 {
		return nil
	}
	blank := []byte("\n\n")
	parts := bytes.Split(b, blank)
	var notes [][]byte
	for i := 0; i < len(parts); i += 2 {
		n := bytes.Join(parts[i:min(i+2, len(parts))], blank)
		if i+2 < len(parts) {
			n = append(n, '\n') // the newline that ended the signatures
		}
		notes = append(notes, n)
	}
	return notes
}

// Newest returns the newest checkpoint of the file; ok is false if there is none.
// A note that Trust does not open is a tanggap.Error.
func (f File) Newest() (c Checkpoint, ok bool, err error) {
	notes, err := f.Load()
	if err != nil || len(notes) == 0 {
		return Checkpoint{}, false, err
	}
	c, err = f.Trust.Open(notes[len(notes)-1])
	if err != nil {
		return Checkpoint{}, false, tanggap.Errorf(tanggap.Conflict, "the newest checkpoint in %s was changed or is not signed by a known key: %v", f.Path, err)
	}
	return c, true, nil
}

// Append adds a signed checkpoint and keeps the newest thousand. The file is
// replaced atomically and synced before Append returns. A checkpoint with fewer
// events or inbound messages than the newest one, or with another root for as
// many events, is refused with a tanggap.Error: the database went back.
func (f File) Append(signed []byte) error {
	next, err := f.Trust.Open(signed)
	if err != nil {
		return err
	}
	last, ok, err := f.Newest()
	if err != nil {
		return err
	}
	if ok && (next.Size < last.Size || next.Inbound < last.Inbound || next.Size == last.Size && next.Root != last.Root) {
		return tanggap.Errorf(tanggap.Conflict,
			"history went back: %s signed %d events and inbound number %d, the database has %d and %d",
			f.Path, last.Size, last.Inbound, next.Size, next.Inbound)
	}
	notes, err := f.Load()
	if err != nil {
		return err
	}
	notes = append(notes, signed)
	if len(notes) > maxKept {
		notes = notes[len(notes)-maxKept:]
	}
	return durable.ReplaceBytes(f.Path, bytes.Join(notes, []byte("\n")))
}
