package fault

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tanggap/internal/store"
)

// seed is what a harness's chance begins with: always the same in `make test`, another
// one each time in `make campaign`, and TANGGAP_SEED where it is set.
func seed(t *testing.T) uint64 {
	t.Helper()
	n := uint64(7)
	if campaign() {
		n = rand.Uint64()
	}
	if s := os.Getenv("TANGGAP_SEED"); s != "" {
		var err error
		if n, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("seed %d", n)
	return n
}

func campaign() bool { return os.Getenv("TANGGAP_CAMPAIGN") != "" }

// ledger remembers what people wrote, each thing named by words that nothing else has,
// and whether they were told that it arrived. Every line stands in a file, synced, that
// no fault of the harness touches.
type ledger struct {
	t    *testing.T
	file *os.File

	mu    sync.Mutex
	last  int
	acked map[string]bool // by words: false as long as nobody knows
	ways  map[string]int  // acknowledged things by channel
}

// Answers to a sender.
const (
	told    = "ack"
	refused = "nack"
	silence = "unknown" // the connection broke, or it failed: it may have arrived
)

func newLedger(t *testing.T) *ledger {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(t.ArtifactDir(), "history.jsonl"), os.O_CREATE|os.O_WRONLY|os.O_APPEND|os.O_SYNC, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return &ledger{t: t, file: f, acked: map[string]bool{}, ways: map[string]int{}}
}

// words are new ones; whoever sends them says so first.
func (l *ledger) words(way string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	w := letters(l.last)
	l.acked[w] = false
	l.write(way, w, "sent")
	return w
}

// hear is what the sender of words was told.
func (l *ledger) hear(way, words, answer string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if answer == told {
		if l.acked[words] {
			return
		}
		l.acked[words] = true
		l.ways[way]++
	}
	l.write(way, words, answer)
}

func (l *ledger) write(way, words, op string) {
	b, err := json.Marshal(map[string]string{"at": time.Now().UTC().Format(time.RFC3339Nano), "way": way, "words": words, "op": op})
	if err == nil {
		_, err = l.file.Write(append(b, '\n'))
	}
	if err != nil {
		l.t.Error(err)
	}
}

// total counts what was acknowledged, by channel.
func (l *ledger) total() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, way := range slices.Sorted(maps.Keys(l.ways)) {
		out = append(out, fmt.Sprintf("%d by %s", l.ways[way], way))
	}
	return strings.Join(out, ", ")
}

var wordsForm = regexp.MustCompile(`rumah ((?:` + strings.Join(syllables, "|") + `)(?: (?:` + strings.Join(syllables, "|") + `)){4})\b`)

// kept counts the messages of citizens that hold each words.
func kept(db *store.Store) (map[string]int, error) {
	rows, err := db.SQL().QueryContext(context.Background(), `SELECT masked FROM messages WHERE direction = 'in'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var masked string
		if err := rows.Scan(&masked); err != nil {
			return nil, err
		}
		if m := wordsForm.FindStringSubmatch(masked); m != nil {
			out[m[1]]++
		}
	}
	return out, rows.Err()
}

// compare is what is wrong with the messages of citizens once nothing is pending.
func (l *ledger) compare(db *store.Store) []string {
	l.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	got, err := kept(db)
	if err != nil {
		l.t.Fatal(err)
	}
	var bad []string
	for words, acked := range l.acked {
		switch n := got[words]; {
		case n > 1:
			bad = append(bad, fmt.Sprintf("duplicate: %s stands in %d messages", words, n))
		case n == 0 && acked:
			bad = append(bad, "lost: "+words)
		}
		delete(got, words)
	}
	for words := range got {
		bad = append(bad, "phantom: nobody wrote "+words)
	}
	slices.Sort(bad)
	return bad
}

// syllables are words that no finder of personal data takes for a number or a name.
var syllables = []string{"bata", "kayu", "pasir", "genteng", "bambu", "semen", "paku", "cat", "kaca", "seng"}

// letters writes a number below 100,000 in syllables.
func letters(n int) string {
	var out []string
	for d := 10_000; d > 0; d /= 10 {
		out = append(out, syllables[n/d%10])
	}
	return strings.Join(out, " ")
}
