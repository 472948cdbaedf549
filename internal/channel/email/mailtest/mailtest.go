// Package mailtest reads the corpus of mails: archives in each of which a comment
// tells what the mail is, in.eml is the mail and parsed what must be read in it.
// Further sections, such as the outcome of a whole intake, belong to whoever reads
// them and are kept.
//
// A mail too large to be written down has a section make instead of in.eml, with one
// directive a line; their results are joined:
//
//	text "..."        the Go string
//	repeat N "..."    the Go string N times, each %d in it being the count from 0
//
// The lines of in.eml end with CRLF when read; what make makes is left as it is.
package mailtest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// Names of the sections that this package knows.
const (
	In     = "in.eml"
	Make   = "make"
	Parsed = "parsed"
)

// What the corpus was written for: the mailbox, another address of ours, and the name
// under which our server writes Authentication-Results.
const (
	Address    = "lapor@baubau.contoh.example"
	Other      = "layanan@baubau.contoh.example"
	AuthServer = "mx.baubau.contoh.example"
)

// Mail is one mail of the corpus.
type Mail struct {
	Name    string // of its file, without folder and extension
	Comment string // what it is and what it stands for
	Raw     []byte // the mail itself
	Made    bool   // by directives: large, and slow for what is not built for it

	path    string
	archive *txtar.Archive
}

// Read reads the mails of a folder, ordered by name.
func Read(dir string) ([]Mail, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return nil, err
	}
	var out []Mail
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			return nil, err
		}
		m := Mail{Name: strings.TrimSuffix(filepath.Base(path), ".txtar"), Comment: string(a.Comment), path: path, archive: a}
		if in, ok := m.Section(In); ok {
			m.Raw = []byte(strings.ReplaceAll(strings.ReplaceAll(in, "\r\n", "\n"), "\n", "\r\n"))
		} else if script, ok := m.Section(Make); ok {
			m.Made = true
			if m.Raw, err = expand(script); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		} else {
			return nil, fmt.Errorf("%s: no mail in it", path)
		}
		out = append(out, m)
	}
	return out, nil
}

// Section returns what stands under a name.
func (m Mail) Section(name string) (string, bool) {
	for _, f := range m.archive.Files {
		if f.Name == name {
			return string(f.Data), true
		}
	}
	return "", false
}

// Update writes a section into the file, which is read anew: others may have changed
// other sections.
func (m Mail) Update(name, data string) error {
	a, err := txtar.ParseFile(m.path)
	if err != nil {
		return err
	}
	found := false
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data, found = []byte(data), true
		}
	}
	if !found {
		a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(data)})
	}
	return os.WriteFile(m.path, txtar.Format(a), 0o600)
}

func expand(script string) ([]byte, error) {
	var out bytes.Buffer
	for line := range strings.Lines(script) {
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		times := 1
		switch verb {
		case "":
			continue
		case "text":
		case "repeat":
			var number string
			var err error
			number, rest, _ = strings.Cut(rest, " ")
			if times, err = strconv.Atoi(number); err != nil {
				return nil, fmt.Errorf("repeat %s: %w", number, err)
			}
		default:
			return nil, fmt.Errorf("no directive %q", verb)
		}
		text, err := strconv.Unquote(rest)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", verb, rest, err)
		}
		for i := range times {
			if verb == "repeat" {
				out.WriteString(strings.ReplaceAll(text, "%d", strconv.Itoa(i)))
			} else {
				out.WriteString(text)
			}
		}
	}
	return out.Bytes(), nil
}
