package audit

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func TestVerifySound(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 64, 65, 1500} {
		m, notes := city(t, n)
		r := verify(t, m, notes)
		if !r.OK() || r.Events != int64(n) || r.Checkpoints != 3 || r.InboundFirst != 41 || r.InboundLast != 70 {
			t.Errorf("%d events: %+v", n, r)
		}
	}
}

// TestVerifyErased holds the promise of key shredding: what is erased by right
// leaves the log valid, and the mark of erasure hides nothing.
func TestVerifyErased(t *testing.T) {
	m, notes := city(t, 30)
	m.rows[4].Payload, m.rows[4].Private, m.rows[4].Salt, m.rows[4].Erased = nil, nil, nil, ErasedAll
	m.rows[9].Private, m.rows[9].Erased = nil, ErasedPrivate
	if r := verify(t, m, notes); !r.OK() || r.Erased != 2 {
		t.Errorf("%+v", r)
	}
	for name, tc := range map[string]struct {
		change func(*Row)
		want   Kind
	}{
		"other payload, marked all":     {func(r *Row) { r.Payload, r.Erased = []byte("x"), ErasedAll }, ErasureFalse},
		"salt kept, marked all":         {func(r *Row) { r.Payload, r.Private, r.Erased = nil, nil, ErasedAll }, ErasureFalse},
		"payload edited, marked part":   {func(r *Row) { r.Payload, r.Private, r.Erased = []byte("x"), nil, ErasedPrivate }, PayloadEdited},
		"private kept, marked part":     {func(r *Row) { r.Erased = ErasedPrivate }, ErasureFalse},
		"erased without a mark":         {func(r *Row) { r.Payload, r.Private, r.Salt = nil, nil, nil }, PayloadEdited},
		"private erased without a mark": {func(r *Row) { r.Private = nil }, PrivateEdited},
		"unknown mark":                  {func(r *Row) { r.Erased = "half" }, ErasureFalse},
		"actor of an erased event":      {func(r *Row) { r.Payload, r.Private, r.Salt, r.Erased, r.Actor = nil, nil, nil, ErasedAll, "x" }, ColumnEdited},
	} {
		m, notes := city(t, 30)
		tc.change(&m.rows[11])
		wantProblem(t, name, verify(t, m, notes), 11, tc.want)
	}
}

type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

func wantProblem(t fataler, what string, r Report, seq int64, kinds ...Kind) {
	t.Helper()
	if len(r.Problems) != 1 {
		t.Fatalf("%s: %d problems, want 1 at %d: %+v", what, len(r.Problems), seq, r.Problems)
	}
	if p := r.Problems[0]; p.Seq != seq || !slices.Contains(kinds, p.Kind) {
		t.Fatalf("%s: %+v, want %v at %d", what, p, kinds, seq)
	}
}

// flip changes one byte, or appends one to an empty value.
func flip(t *rapid.T, b []byte) []byte {
	if len(b) == 0 {
		return []byte{rapid.Byte().Draw(t, "byte")}
	}
	b = bytes.Clone(b)
	b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] ^= rapid.ByteRange(1, 255).Draw(t, "xor")
	return b
}

// TestVerifyFindsFirst: any one fault in a history is found at its first seq and
// called by its name. With an untouched tree the seq is exact.
func TestVerifyFindsFirst(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(3, 70).Draw(rt, "n")
		m, notes := city(t, n)
		i := rapid.IntRange(0, n-1).Draw(rt, "i")
		row := &m.rows[i]
		text := func(s *string) { *s = string(flip(rt, []byte(*s))) }
		number := func(n *int64) { *n ^= 1 << rapid.IntRange(0, 62).Draw(rt, "bit") }
		faults := map[string]func() (int64, []Kind){
			"payload": func() (int64, []Kind) { row.Payload = flip(rt, row.Payload); return int64(i), []Kind{PayloadEdited} },
			"private": func() (int64, []Kind) { row.Private = flip(rt, row.Private); return int64(i), []Kind{PrivateEdited} },
			"salt":    func() (int64, []Kind) { row.Salt = flip(rt, row.Salt); return int64(i), []Kind{PayloadEdited} },
			"leaf":    func() (int64, []Kind) { row.Leaf = flip(rt, row.Leaf); return int64(i), []Kind{LeafEdited} },
			"region":  func() (int64, []Kind) { text(&row.Region); return int64(i), []Kind{ColumnEdited} },
			"id":      func() (int64, []Kind) { text(&row.ID); return int64(i), []Kind{ColumnEdited} },
			"case":    func() (int64, []Kind) { text(&row.CaseID); return int64(i), []Kind{ColumnEdited} },
			"actor":   func() (int64, []Kind) { text(&row.Actor); return int64(i), []Kind{ColumnEdited} },
			"type":    func() (int64, []Kind) { text(&row.Type); return int64(i), []Kind{ColumnEdited} },
			"version": func() (int64, []Kind) { number(&row.CaseVersion); return int64(i), []Kind{ColumnEdited} },
			"payload version": func() (int64, []Kind) {
				row.PayloadVersion ^= 1 << rapid.IntRange(0, 30).Draw(rt, "bit")
				return int64(i), []Kind{ColumnEdited}
			},
			"time": func() (int64, []Kind) { row.At = row.At.Add(1000); return int64(i), []Kind{ColumnEdited} },
			"mark": func() (int64, []Kind) { row.Erased = ErasedAll; return int64(i), []Kind{ErasureFalse} },
			"event with its leaf": func() (int64, []Kind) {
				row.Actor = "officer-8"
				row.Leaf, _, _ = Leaf(row.Event, row.Salt)
				return int64(i), []Kind{Replaced}
			},
			"tree": func() (int64, []Kind) {
				h := &m.tree[rapid.IntRange(0, len(m.tree)-1).Draw(rt, "hash")]
				copy(h.Hash[:], flip(rt, h.Hash[:]))
				seq := int64(0)
				for tlog.StoredHashCount(seq+1) <= h.Index {
					seq++
				}
				return seq, []Kind{TreeEdited, Replaced} // the last leaf has no parent that vouches for it
			},
			"tree hash gone": func() (int64, []Kind) {
				x := rapid.IntRange(0, len(m.tree)-1).Draw(rt, "hash")
				seq := int64(0)
				for tlog.StoredHashCount(seq+1) <= int64(x) {
					seq++
				}
				m.tree = slices.Delete(m.tree, x, x+1)
				return seq, []Kind{TreeEdited}
			},
			"delete": func() (int64, []Kind) {
				m.rows = slices.Delete(m.rows, i, i+1)
				if i == n-1 {
					return int64(i), []Kind{Truncated}
				}
				return int64(i), []Kind{Missing}
			},
			"delete and close up": func() (int64, []Kind) {
				m.rows = slices.Delete(m.rows, i, i+1)
				for j := range m.rows {
					m.rows[j].Seq = int64(j)
				}
				if i == n-1 {
					return int64(i), []Kind{Truncated}
				}
				return int64(i), []Kind{Missing}
			},
			"swap": func() (int64, []Kind) {
				j := (i + rapid.IntRange(1, n-1).Draw(rt, "j")) % n
				m.rows[i], m.rows[j] = m.rows[j], m.rows[i]
				m.rows[i].Seq, m.rows[j].Seq = int64(i), int64(j)
				return int64(min(i, j)), []Kind{Reordered}
			},
			"truncate": func() (int64, []Kind) {
				m.cut(i)
				return int64(i), []Kind{Truncated}
			},
			"head lowered": func() (int64, []Kind) { m.head = int64(i); return int64(i), []Kind{Surplus} },
			"head raised":  func() (int64, []Kind) { m.head = int64(n + 1 + i); return int64(n), []Kind{Truncated} },
			"inbound": func() (int64, []Kind) {
				x := rapid.IntRange(1, len(m.inbound)-2).Draw(rt, "x")
				seq := m.inbound[x]
				m.inbound = slices.Delete(m.inbound, x, x+1)
				return seq, []Kind{InboundGap}
			},
			"inbound cut": func() (int64, []Kind) {
				x := rapid.IntRange(1, len(m.inbound)-1).Draw(rt, "x")
				seq := m.inbound[x]
				m.inbound = m.inbound[:x]
				return seq, []Kind{InboundTruncated}
			},
			"checkpoint": func() (int64, []Kind) {
				x := rapid.IntRange(0, 2).Draw(rt, "x")
				notes[x] = flip(rt, notes[x])
				return int64(x + 1), []Kind{CheckpointBad}
			},
		}
		names := make([]string, 0, len(faults))
		for name := range faults {
			names = append(names, name)
		}
		slices.Sort(names)
		name := rapid.SampledFrom(names).Draw(rt, "fault")
		seq, kinds := faults[name]()
		r := verify(t, m, notes)
		wantProblem(rt, name, r, seq, kinds...)
		if name != "checkpoint" && seq < int64(n) && kinds[0] != InboundGap && kinds[0] != InboundTruncated && r.Events != seq {
			rt.Fatalf("%s: %d events called sound, the first bad one is %d", name, r.Events, seq)
		}
	})
}

// cut removes the events from n on, with their tree, as if they had never been.
func (m *model) cut(n int) {
	m.rows = m.rows[:n]
	m.tree = m.tree[:tlog.StoredHashCount(int64(n))]
	m.head = int64(n)
}

// TestVerifyRewritten: someone who rewrites events, leaves and the whole tree is
// caught by the next checkpoint, to within the span since the one before.
func TestVerifyRewritten(t *testing.T) {
	for _, i := range []int{0, 9, 10, 19, 20, 29} {
		m, notes := city(t, 30)
		rows := slices.Clone(m.rows)
		rows[i].Actor = "officer-8"
		leaf, _, err := Leaf(rows[i].Event, rows[i].Salt)
		if err != nil {
			t.Fatal(err)
		}
		rows[i].Leaf = leaf
		m.cut(0)
		m.waiting = rows
		m.sequence(t, 100)
		r := verify(t, m, notes)
		wantProblem(t, fmt.Sprint(i), r, int64(i/10*10), Rewritten)
		if r.Problems[0].Through != int64(i/10*10+9) || r.Checkpoints != i/10 {
			t.Errorf("%d: %+v", i, r)
		}
		if r := verify(t, m, nil); !r.OK() {
			t.Errorf("without checkpoints nothing can be seen, yet %+v", r)
		}
	}
}

// TestVerifyBeyondPages: faults are found across page borders.
func TestVerifyBeyondPages(t *testing.T) {
	m, notes := city(t, 3*page)
	last := int64(3*page - 1)
	m.rows[1], m.rows[last] = m.rows[last], m.rows[1]
	m.rows[1].Seq, m.rows[last].Seq = 1, last
	r := verify(t, m, notes)
	wantProblem(t, "far swap", r, 1, Reordered)
	if r.Problems[0].Detail != fmt.Sprint(last) {
		t.Errorf("moved to %s, want %d", r.Problems[0].Detail, last)
	}
}

func BenchmarkVerify1M(b *testing.B) {
	const n = 1_000_000
	m := &model{}
	m.write(b, n)
	m.sequence(b, 1000)
	notes := [][]byte{m.checkpoint(b)}
	_, trust := testKey(b)
	b.ReportAllocs()
	for b.Loop() {
		r, err := Verify(context.Background(), m, trust, notes)
		if err != nil || !r.OK() || r.Events != n {
			b.Fatalf("%+v, %v", r, err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkSequence(b *testing.B) {
	m := &model{}
	m.write(b, 200_000)
	rows := m.waiting
	for b.Loop() {
		m = &model{waiting: rows}
		m.sequence(b, 1000)
	}
	b.ReportMetric(200_000*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
