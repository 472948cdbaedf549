package fault

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/sim"
	"tanggap/internal/store"
)

// TestRedeliveredItemsHaveOneOutcome sends a thousand items five times each, shuffled,
// in webhooks of different sizes, from eight senders at once.
func TestRedeliveredItemsHaveOneOutcome(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real program; runs in make test")
	}
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { redeliver(t, "") })
	t.Run("postgres", func(t *testing.T) { redeliver(t, apptest.EmptyPostgresURL(t)) })
}

func redeliver(t *testing.T, database string) {
	const items, copies = 1000, 5
	// Answers tell no statuses of their own: the items are counted.
	c := newCity(t, database, sim.MetaConfig{Statuses: []string{}})
	changes := c.changes(items)
	rng := rand.New(rand.NewPCG(5, 8))
	var bodies [][]byte
	for range copies {
		rng.Shuffle(len(changes), func(i, j int) { changes[i], changes[j] = changes[j], changes[i] })
		for rest := changes; len(rest) > 0; {
			n := min(1+rng.IntN(60), len(rest))
			bodies = append(bodies, envelope(rest[:n]))
			rest = rest[n:]
		}
	}
	rng.Shuffle(len(bodies), func(i, j int) { bodies[i], bodies[j] = bodies[j], bodies[i] })

	node := c.start(c.program)
	queue := make(chan []byte, len(bodies))
	for _, b := range bodies {
		queue <- b
	}
	close(queue)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for body := range queue {
				if !within(time.Minute, func() bool {
					code, err := c.meta.Post(context.Background(), body)
					return err == nil && code == 200
				}) {
					t.Error("a webhook was not taken within a minute")
				}
			}
		})
	}
	wg.Wait()
	db := c.open()
	c.settled(db)
	node.stop()
	t.Logf("%d webhooks with %d items; outcomes: %s", len(bodies), items*copies, outcomes(t, db))
	for _, f := range findings(t, db, nil) {
		t.Error(f)
	}
	for _, f := range disorder(t, db, items) {
		t.Error(f)
	}

	// The check can fail: a second copy of somebody's words is noticed.
	if _, err := db.SQL().ExecContext(context.Background(), `UPDATE messages SET masked = (SELECT min(masked) FROM messages WHERE direction = 'in' AND masked <> '')
		WHERE id = (SELECT max(id) FROM messages WHERE direction = 'in' AND masked <> '')`); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(disorder(t, db, items), "\n"), "two cases") {
		t.Error("words in two cases went unnoticed")
	}
}

// disorder says what is wrong with the outcomes of n different items whose words all
// differ.
func disorder(t *testing.T, db *store.Store, n int) []string {
	t.Helper()
	var bad []string
	for _, q := range []struct{ what, sql, want string }{
		{"items", `SELECT count(*) FROM inbounds`, fmt.Sprint(n)},
		{"the last number", `SELECT max(seq) FROM inbounds`, fmt.Sprint(n)},
		{"items with one outcome", `SELECT count(*) FROM inbounds WHERE state = 'done' AND outcome IN ('message', 'status', 'ignored')
			OR state = 'quarantined' AND outcome = ''`, fmt.Sprint(n)},
		{"items that are words of two messages", `SELECT count(*) FROM (SELECT inbound_seq FROM messages WHERE direction = 'in' GROUP BY inbound_seq HAVING count(*) > 1) AS x`, "0"},
		{"texts that stand in two cases", `SELECT count(*) FROM (SELECT masked FROM messages WHERE direction = 'in' AND masked <> ''
			GROUP BY masked HAVING count(*) > 1) AS x`, "0"},
	} {
		if got := text(t, db, q.sql); got != q.want {
			bad = append(bad, fmt.Sprintf("%s: %s, want %s", q.what, got, q.want))
		}
	}
	return bad
}

func outcomes(t *testing.T, db *store.Store) string {
	t.Helper()
	var out []string
	for _, o := range []string{"message", "status", "ignored", ""} {
		out = append(out, fmt.Sprintf("%q %s", o, text(t, db, `SELECT count(*) FROM inbounds WHERE outcome = '`+o+`'`)))
	}
	return strings.Join(out, ", ")
}

// changes are n items as Meta wraps each: texts, images, statuses, types that nobody
// knows, and messages without an end.
func (c *city) changes(n int) []json.RawMessage {
	c.t.Helper()
	picture := photo(c.t)
	var out []json.RawMessage
	for i := range n {
		phone := fmt.Sprintf("62811000%04d", i%170)
		words := fmt.Sprintf("sampah menumpuk di lorong dekat rumah %s", letters(i))
		var err error
		switch i % 10 {
		case 0:
			_, err = c.meta.SendImage(phone, picture, words)
		case 1, 2:
			out = append(out, change(c.t, statusBody(phone, fmt.Sprintf("wamid.status%04d", i/3), []string{"sent", "delivered", "read"}[i%3], i)))
			continue
		case 3:
			_, err = c.meta.Raw(phone, map[string]any{"type": "hologram", "hologram": map[string]any{"size": i}})
		case 4:
			_, err = c.meta.Raw(phone, map[string]any{"type": "text", "text": i}) // no words where words belong
		default:
			_, err = c.meta.Say(phone, words)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
	bodies, err := c.meta.Take()
	if err != nil {
		c.t.Fatal(err)
	}
	for _, b := range bodies {
		out = append(out, change(c.t, b))
	}
	if len(out) != n {
		c.t.Fatalf("%d items, want %d", len(out), n)
	}
	return out
}

type webhookBody struct {
	Object string         `json:"object"`
	Entry  []webhookEntry `json:"entry"`
}

type webhookEntry struct {
	ID      string            `json:"id"`
	Changes []json.RawMessage `json:"changes"`
}

// change takes the only item out of a webhook.
func change(t *testing.T, body []byte) json.RawMessage {
	t.Helper()
	var w webhookBody
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&w); err != nil || len(w.Entry) != 1 || len(w.Entry[0].Changes) != 1 {
		t.Fatalf("not a webhook with one item: %v\n%s", err, body)
	}
	return w.Entry[0].Changes[0]
}

func envelope(changes []json.RawMessage) []byte {
	b, err := json.Marshal(webhookBody{"whatsapp_business_account", []webhookEntry{{"W", changes}}})
	if err != nil {
		panic(err) // raw messages that were read as JSON
	}
	return b
}
