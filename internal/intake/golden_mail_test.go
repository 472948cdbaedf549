package intake_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"tanggap/internal/apptest"
	"tanggap/internal/apptest/race"
	"tanggap/internal/channel/email/mailtest"
)

// TestMailTalkGolden plays the conversations by mail of testdata/mail, as
// TestWhatsAppGolden does; {{token:N}} is the token of the address to which the N-th
// message we sent is answered, {{msgid:N}} its Message-ID.
func TestMailTalkGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/mail/*.txtar")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d conversations, %v", len(paths), err)
	}
	for i, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, path, i, archive)
	}
}

// TestMailGolden takes every mail of the corpus all the way in, each into an empty
// region, and compares what became of it with the outcome beside it.
func TestMailGolden(t *testing.T) {
	mails, err := mailtest.Read("../channel/email/testdata/mail")
	if err != nil || len(mails) == 0 {
		t.Fatalf("%d mails, %v", len(mails), err)
	}
	for i, m := range mails {
		if race.Watches && i%12 != 0 {
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			if m.Made && testing.Short() {
				t.Skip("a mail of many megabytes")
			}
			d := newPlayer(t, apptest.SQLite(t))
			d.seqs = d.take("raw", m.Raw)
			d.process(d.seqs)
			d.deliver()
			got := d.outcome()
			if *update {
				if err := m.Update(outcomePart, got); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want, _ := m.Section(outcomePart); strings.TrimSpace(got) != strings.TrimSpace(want) {
				t.Errorf("outcome differs; look, then run with -update\n--- got\n%s\n--- want\n%s", got, want)
			}
		})
	}
}
