package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "tanggap.example.go.id/74.72"

// testSecret is a throw-away signing key; its seed is 32 zero bytes.
const testSecret = "PRIVATE+KEY+tanggap.example.go.id+3567a81a+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

var start = time.Date(2026, 11, 23, 1, 2, 3, 456789000, time.UTC)

// model is a region's store in memory: Tx and Reader.
type model struct {
	waiting []Row
	rows    []Row
	tree    []IndexedHash
	head    int64
	inbound []int64
}

func (m *model) Head(context.Context) (int64, error) { return m.head, nil }

func (m *model) Hashes(_ context.Context, indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range indexes {
		if i >= int64(len(m.tree)) {
			return nil, fmt.Errorf("no hash %d", i)
		}
		out = append(out, m.tree[i].Hash)
	}
	return out, nil
}

func (m *model) Pending(_ context.Context, max int) (out []Pending, err error) {
	for _, r := range m.waiting[:min(max, len(m.waiting))] {
		out = append(out, Pending{ID: r.ID, Leaf: r.Leaf})
	}
	return out, nil
}

func (m *model) Append(_ context.Context, b Batch) error {
	if m.head != b.First {
		return errors.New("head moved")
	}
	for i, id := range b.IDs {
		row := m.waiting[i]
		if row.ID != id {
			return errors.New("wrong event")
		}
		row.Seq = b.First + int64(i)
		m.rows = append(m.rows, row)
	}
	m.waiting = m.waiting[len(b.IDs):]
	for i, h := range b.Hashes {
		m.tree = append(m.tree, IndexedHash{b.FirstHash + int64(i), h})
	}
	m.head += int64(len(b.IDs))
	return nil
}

// pageOf returns at most max items whose key is >= from; items are sorted by key.
func pageOf[T any](items []T, key func(T) int64, from int64, max int) []T {
	i, _ := slices.BinarySearchFunc(items, from, func(it T, from int64) int { return int(key(it) - from) })
	return items[i:min(i+max, len(items))]
}

func (m *model) Rows(_ context.Context, from int64, max int) ([]Row, error) {
	return pageOf(m.rows, func(r Row) int64 { return r.Seq }, from, max), nil
}

func (m *model) Stored(_ context.Context, from int64, max int) ([]IndexedHash, error) {
	return pageOf(m.tree, func(h IndexedHash) int64 { return h.Index }, from, max), nil
}

func (m *model) Inbound(_ context.Context, from int64, max int) ([]int64, error) {
	return pageOf(m.inbound, func(n int64) int64 { return n }, from, max), nil
}

func event(i int) Event {
	return Event{
		Region: "74.72", ID: fmt.Sprintf("01900000-0000-7000-8000-%012d", i), CaseID: fmt.Sprintf("case-%d", i/3),
		CaseVersion: int64(i%3 + 1), Actor: "officer-7", Type: "case.assigned", PayloadVersion: 1,
		Payload: fmt.Appendf(nil, `{"unit":"DPUPR","n":%d}`, i), Private: fmt.Appendf(nil, "sealed %d", i),
		At: start.Add(time.Duration(i) * time.Second),
	}
}

// write puts n events in the queue.
func (m *model) write(tb testing.TB, n int) {
	tb.Helper()
	for range n {
		i := len(m.rows) + len(m.waiting)
		salt := make([]byte, SaltSize)
		copy(salt, fmt.Sprintf("salt %d", i))
		leaf, _, err := Leaf(event(i), salt)
		if err != nil {
			tb.Fatal(err)
		}
		m.waiting = append(m.waiting, Row{Event: event(i), Salt: salt, Leaf: leaf})
	}
}

func (m *model) sequence(tb testing.TB, batch int) {
	tb.Helper()
	for {
		n, err := Sequence(context.Background(), m, batch)
		if err != nil {
			tb.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func testKey(tb testing.TB) (Key, Trust) {
	tb.Helper()
	key, err := newKey(testSecret)
	if err != nil {
		tb.Fatal(err)
	}
	return key, Trust{Origin: origin, Keys: note.VerifierList(key.Verifier())}
}

func (m *model) checkpoint(tb testing.TB) []byte {
	tb.Helper()
	key, _ := testKey(tb)
	var inbound int64
	if len(m.inbound) > 0 {
		inbound = m.inbound[len(m.inbound)-1]
	}
	c, err := NewCheckpoint(context.Background(), m, origin, inbound, start)
	if err != nil {
		tb.Fatal(err)
	}
	msg, err := Sign(c, key.Signer)
	if err != nil {
		tb.Fatal(err)
	}
	return msg
}

// city returns a history of n events with checkpoints at 1/3, 2/3 and the end.
func city(tb testing.TB, n int) (*model, [][]byte) {
	tb.Helper()
	m := &model{}
	var notes [][]byte
	for i := range 3 {
		m.write(tb, n*(i+1)/3-n*i/3)
		m.sequence(tb, 7)
		for len(m.inbound) < 10*(i+1) {
			m.inbound = append(m.inbound, int64(len(m.inbound)+41))
		}
		notes = append(notes, m.checkpoint(tb))
	}
	return m, notes
}

func verify(tb testing.TB, m *model, notes [][]byte) Report {
	tb.Helper()
	_, trust := testKey(tb)
	r, err := Verify(context.Background(), m, trust, notes)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}
