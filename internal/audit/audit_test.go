package audit

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"tanggap/internal/tanggap"
)

// TestLeafGolden holds format version 1 for ever: the vectors were computed once
// from the description in Leaf and may not change.
func TestLeafGolden(t *testing.T) {
	b, err := os.ReadFile("testdata/leaf_v1.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Name                                          string
		Event                                         Event
		Salt, PayloadText, PrivateText, LeafHex, Hash string
	}
	if err := json.Unmarshal(b, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 2 {
		t.Fatal("no vectors")
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			e := v.Event
			e.Payload, e.Private = []byte(v.PayloadText), []byte(v.PrivateText)
			salt, err := hex.DecodeString(v.Salt)
			if err != nil {
				t.Fatal(err)
			}
			leaf, hash, err := Leaf(e, salt)
			if err != nil {
				t.Fatal(err)
			}
			if got := hex.EncodeToString(leaf); got != v.LeafHex {
				t.Errorf("leaf\n got %s\nwant %s", got, v.LeafHex)
			}
			if hash.String() != v.Hash {
				t.Errorf("hash %s, want %s", hash, v.Hash)
			}
		})
	}
}

func TestLeafRefuses(t *testing.T) {
	if _, _, err := Leaf(event(1), make([]byte, SaltSize-1)); err == nil {
		t.Error("short salt taken")
	}
	e := event(1)
	e.Actor = string(make([]byte, maxField+1))
	if _, _, err := Leaf(e, NewSalt()); err == nil {
		t.Error("long actor taken")
	}
	if bytes.Equal(NewSalt(), NewSalt()) {
		t.Error("salt repeats")
	}
}

func FuzzParseLeaf(f *testing.F) {
	leaf, _, err := Leaf(event(1), make([]byte, SaltSize))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(leaf)
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := parseLeaf(b); err == nil && !bytes.Equal(appendLeaf(nil, c), b) {
			t.Fatalf("%x is read but written otherwise", b)
		}
	})
}

// TestSequenceIsTlog compares our incremental tree with the library's for all sizes and batches.
func TestSequenceIsTlog(t *testing.T) {
	for _, batch := range []int{1, 3, 8, 100} {
		m := &model{}
		var want []tlog.Hash
		stored := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
			var out []tlog.Hash
			for _, i := range indexes {
				out = append(out, want[i])
			}
			return out, nil
		})
		m.write(t, 70)
		m.sequence(t, batch)
		var edge frontier
		for i, row := range m.rows {
			hashes, err := tlog.StoredHashes(int64(i), row.Leaf, stored)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, hashes...)
			edge.add(tlog.RecordHash(row.Leaf), nil)
			root, err := tlog.TreeHash(int64(i+1), stored)
			if err != nil || root != edge.root() {
				t.Fatalf("size %d: root %v, want %v (%v)", i+1, edge.root(), root, err)
			}
		}
		got, err := m.Hashes(context.Background(), seqTo(len(m.tree)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("batch %d: %s", batch, diff)
		}
	}
}

func seqTo(n int) (out []int64) {
	for i := range n {
		out = append(out, int64(i))
	}
	return out
}

// raced is a log whose head another leader moves before the batch is written.
type raced struct{ *model }

func (r raced) Append(ctx context.Context, b Batch) error {
	r.head++
	return r.model.Append(ctx, b)
}

func TestSequenceRaced(t *testing.T) {
	m := &model{}
	m.write(t, 3)
	n, err := Sequence(context.Background(), raced{m}, 10)
	if err == nil || n != 0 || len(m.rows) != 0 {
		t.Errorf("sequenced %d (%d rows) on a moved head, %v", n, len(m.rows), err)
	}
}

func TestProof(t *testing.T) {
	ctx := context.Background()
	m, notes := city(t, 50)
	_, trust := testKey(t)
	c, err := trust.Open(notes[1])
	if err != nil {
		t.Fatal(err)
	}
	for seq := range c.Size {
		proof, err := Prove(ctx, m, seq, c.Size)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckProof(proof, seq, m.rows[seq].Leaf, c); err != nil {
			t.Errorf("seq %d: %v", seq, err)
		}
		if CheckProof(proof, seq, m.rows[seq+1].Leaf, c) == nil {
			t.Errorf("seq %d: proof holds for another leaf", seq)
		}
	}
	if _, err := Prove(ctx, m, 3, m.head+1); err == nil {
		t.Error("proof beyond the head")
	}
	if _, err := Prove(ctx, m, c.Size, c.Size); err == nil {
		t.Error("proof of an event after the checkpoint")
	}
}

func TestCheckpointText(t *testing.T) {
	m, notes := city(t, 9)
	const want = origin + "\n9\nCBmxQR3+XJAVhEuLh1dcqJJeo0Le2yrS6zJKviBRaXo=\ninbound 70\nat 2026-11-23T01:02:03.456789Z\n\n" +
		"— tanggap.example.go.id "
	if got := string(notes[2]); len(got) < len(want) || got[:len(want)] != want {
		t.Errorf("note\n%s\nwant\n%s", got, want)
	}
	_, trust := testKey(t)
	c, err := trust.Open(notes[2])
	if err != nil || c.Size != m.head || c.Inbound != 70 || !c.At.Equal(start) {
		t.Errorf("%+v, %v", c, err)
	}
	trust.Origin = "tanggap.example.go.id/74.71"
	if _, err := trust.Open(notes[2]); err == nil {
		t.Error("checkpoint of another region taken")
	}
	key, _ := testKey(t)
	if _, err := Sign(Checkpoint{Origin: "two\nlines"}, key.Signer); err == nil {
		t.Error("origin of two lines signed")
	}
}

func FuzzOpen(f *testing.F) {
	_, notes := city(f, 9)
	for _, n := range notes {
		f.Add(n)
	}
	f.Add([]byte("x\n1\n\n— y z\n"))
	_, trust := testKey(f)
	known := map[string]bool{}
	for _, n := range notes {
		c, err := trust.Open(n)
		if err != nil {
			f.Fatal(err)
		}
		known[c.Text()] = true
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := trust.Open(b); err == nil && !known[c.Text()] {
			t.Fatalf("forged: %q", b)
		}
		if c, err := parseCheckpoint(string(b)); err == nil && c.Text() != string(b) {
			t.Fatalf("%q is read but written otherwise", b)
		}
		splitNotes(b)
	})
}

func TestCheckHead(t *testing.T) {
	ctx := context.Background()
	m, notes := city(t, 30)
	_, trust := testKey(t)
	c, err := trust.Open(notes[1])
	if err != nil {
		t.Fatal(err)
	}
	changed := c
	changed.Root[0] ^= 1
	for name, tc := range map[string]struct {
		head, inbound int64
		c             Checkpoint
		want          tanggap.Code
	}{
		"later":           {30, 70, c, ""},
		"equal":           {20, 60, c, ""},
		"events lost":     {19, 60, c, tanggap.Conflict},
		"inbound lost":    {30, 59, c, tanggap.Conflict},
		"history changed": {30, 70, changed, tanggap.Conflict},
	} {
		m.head = tc.head
		if got := tanggap.CodeOf(CheckHead(ctx, m, tc.inbound, tc.c)); got != tc.want {
			t.Errorf("%s: code %q, want %q", name, got, tc.want)
		}
	}
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.key")
	made, err := CreateKey(path, "tanggap.example.go.id")
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := LoadKey(path)
	if err != nil || loaded.Public != made.Public {
		t.Fatalf("loaded %q, made %q: %v", loaded.Public, made.Public, err)
	}
	msg := []byte("text\n")
	sig, err := loaded.Signer.Sign(msg)
	if err != nil || !made.Verifier().Verify(msg, sig) {
		t.Errorf("public half does not check the private half: %v", err)
	}
	if _, err := CreateKey(path, "other"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("key overwritten: %v", err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKey(path); tanggap.CodeOf(err) != tanggap.Invalid {
		t.Errorf("open key file taken: %v", err)
	}
	if err := os.WriteFile(path+"2", []byte("PRIVATE+KEY+x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKey(path + "2"); tanggap.CodeOf(err) != tanggap.Invalid {
		t.Errorf("broken key file taken: %v", err)
	}
}

func TestFile(t *testing.T) {
	_, trust := testKey(t)
	f := File{Path: filepath.Join(t.TempDir(), "74.72.checkpoints"), Trust: trust}
	if _, ok, err := f.Newest(); ok || err != nil {
		t.Fatalf("empty: %v, %v", ok, err)
	}
	m, notes := city(t, 30)
	for _, n := range notes {
		if err := f.Append(n); err != nil {
			t.Fatal(err)
		}
	}
	got, err := f.Load()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(notes, got); diff != "" {
		t.Error(diff)
	}
	if r := verify(t, m, got); !r.OK() || r.Checkpoints != 3 {
		t.Errorf("%+v", r)
	}
	if err := f.Append(notes[1]); tanggap.CodeOf(err) != tanggap.Conflict {
		t.Errorf("a checkpoint of the past was taken: %v", err)
	}
	if c, ok, err := f.Newest(); err != nil || !ok || c.Size != 30 {
		t.Errorf("newest %+v, %v, %v", c, ok, err)
	}
	b, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.Path, b[:len(b)-9], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Append(notes[2]); tanggap.CodeOf(err) != tanggap.Conflict {
		t.Errorf("a damaged file was built on: %v", err)
	}
}

func TestFileKeepsNewest(t *testing.T) {
	_, trust := testKey(t)
	f := File{Path: filepath.Join(t.TempDir(), "c"), Trust: trust}
	_, notes := city(t, 3)
	if err := os.WriteFile(f.Path, bytes.Join(repeat(notes[0], maxKept), []byte("\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Append(notes[2]); err != nil {
		t.Fatal(err)
	}
	got, err := f.Load()
	if err != nil || len(got) != maxKept || !bytes.Equal(got[maxKept-1], notes[2]) {
		t.Errorf("%d notes, %v", len(got), err)
	}
}

func repeat(b []byte, n int) (out [][]byte) {
	for range n {
		out = append(out, b)
	}
	return out
}

func TestWords(t *testing.T) {
	all, err := words()
	if err != nil {
		t.Fatal(err)
	}
	kinds := []Kind{Missing, Reordered, Truncated, Surplus, LeafEdited, Replaced, ColumnEdited, PayloadEdited, PrivateEdited,
		ErasureFalse, TreeEdited, Rewritten, CheckpointBad, InboundGap, InboundTruncated}
	for _, lang := range []string{"id", "en"} {
		for _, k := range kinds {
			if all[lang][k] == "" {
				t.Errorf("%s: no words for %s", lang, k)
			}
		}
		if len(all[lang]) != len(kinds) {
			t.Errorf("%s: %d texts for %d kinds", lang, len(all[lang]), len(kinds))
		}
	}
	got := Problem{Kind: ColumnEdited, Seq: 12, Detail: "actor"}.Say("en")
	if want := fmt.Sprintf("Event 12 was edited: the column %q does not agree with its audit leaf.", "actor"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
