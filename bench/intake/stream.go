package main

import (
	"fmt"

	"tanggap/bench/rig"
	"tanggap/internal/tanggap"
)

// stream makes deliveries that no other stream makes.
type stream struct {
	name  string
	items int // in each delivery
}

func newStream(items int) *stream { return &stream{tanggap.NewToken(), items} }

func (s *stream) id(n, item int) string { return fmt.Sprintf("wamid.%s.%d.%d", s.name, n, item) }

// request is the n-th delivery as it goes over the wire.
func (s *stream) request(n int) []byte { return rig.Request(s.body(n)) }

func (s *stream) body(n int) []byte {
	words := make([]rig.Words, s.items)
	for i := range words {
		words[i] = rig.Words{ID: s.id(n, i), Person: (n*s.items + i) % 10_000,
			Text: fmt.Sprintf("lampu jalan di lorong %d mati sudah tiga hari, gelap sekali kalau malam", n%400)}
	}
	return rig.Webhook(words...)
}

// ids are the items of the given deliveries.
func (s *stream) ids(deliveries []int) []string {
	out := make([]string, 0, len(deliveries)*s.items)
	for _, n := range deliveries {
		for i := range s.items {
			out = append(out, s.id(n, i))
		}
	}
	return out
}
