package audit

import (
	_ "embed"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
)

// Kind names what is wrong.
type Kind string

const (
	Missing          Kind = "missing"           // no event has this seq
	Reordered        Kind = "reordered"         // the event of this seq now stands at Detail
	Truncated        Kind = "truncated"         // nothing from this seq on, although Detail events were sequenced or signed
	Surplus          Kind = "surplus"           // events from this seq on are beyond the head
	LeafEdited       Kind = "leaf_edited"       // the leaf bytes changed
	Replaced         Kind = "replaced"          // columns and leaf agree with each other, not with the log
	ColumnEdited     Kind = "column_edited"     // the column Detail departs from the leaf
	PayloadEdited    Kind = "payload_edited"    // the payload or its salt changed
	PrivateEdited    Kind = "private_edited"    // the sealed part changed
	ErasureFalse     Kind = "erasure_false"     // marked erased and not empty, or marked with an unknown word
	TreeEdited       Kind = "tree_edited"       // the stored tree hash Detail changed or is missing
	Rewritten        Kind = "rewritten"         // events Seq..Through are not those that a checkpoint signed
	CheckpointBad    Kind = "checkpoint_bad"    // note number Seq (from 1) is not signed by a known key
	InboundGap       Kind = "inbound_gap"       // inbound number Seq is missing
	InboundTruncated Kind = "inbound_truncated" // inbound numbers from Seq on are missing, a checkpoint saw Detail
)

// Problem is the first fault of one part of the evidence.
type Problem struct {
	Kind    Kind
	Seq     int64  // first bad seq; for the checkpoint and inbound kinds see there
	Through int64  // last seq that may be bad (Rewritten), else Seq
	Detail  string // see the kinds
}

//go:embed words.json
var wordsJSON []byte

var words = sync.OnceValues(func() (w map[string]map[Kind]string, err error) {
	return w, json.Unmarshal(wordsJSON, &w)
})

// Say puts the problem in words; lang is "id" or "en", anything else is "id".
func (p Problem) Say(lang string) string {
	all, err := words()
	if err != nil {
		return string(p.Kind)
	}
	texts, ok := all[lang]
	if !ok {
		texts = all["id"]
	}
	return strings.NewReplacer(
		"{seq}", strconv.FormatInt(p.Seq, 10),
		"{through}", strconv.FormatInt(p.Through, 10),
		"{detail}", p.Detail,
	).Replace(texts[p.Kind])
}
