package view

import (
	"time"

	"tanggap/internal/tanggap"
)

// MineDoor is the page "mine_door" at /urusan without a visit: it asks for the contact to
// which a code goes. Field id: kontak.
type MineDoor struct {
	Base
	Contact string // kept after an error
}

// MineCode is the page "mine_code" at /urusan/kode. Field id: kode.
type MineCode struct{ Base }

// Mine is the page "mine" at /urusan: a citizen's own matters. Field ids: nama, jenis, keterangan.
type Mine struct {
	Base
	Contact string
	Until   time.Time // when the visit ends
	Cases   []MineCase
	Files   []MineFile

	News, Survey, History bool     // what he allows
	Speaks                string   // "id" or "en"
	Way                   string   // preferred channel, "" as the case came
	Ways                  []string // channels to choose from
	Changes               []Change // newest first

	Name     string
	Kinds    []string // of requests about data
	Requests []DataRow
	Draft    string // words kept after an error
}

// MineCase is one of the citizen's cases. A secret one has no service and no link.
type MineCase struct {
	Number, Service, Link string
	State                 tanggap.State
	Opened                time.Time
	Due                   *time.Time
	Late                  bool
}

// MineFile is a photo or a document of one of his cases.
type MineFile struct {
	Number, URL, Kind string
	Bytes             int64
	At                time.Time
}

// Change is one change of what a citizen allows or prefers.
type Change struct {
	What, Value string
	At          time.Time
}

// DataRow is one request about personal data, for the citizen and for the officer who
// answers for it.
type DataRow struct {
	ID, Kind, State, Reason string
	Words, Answer, Who, By  string
	At, Due                 time.Time
	Closed                  *time.Time
	Late                    bool
}

// DataQueue is the page "data_queue" at /data-warga. Field ids: jawaban, dasar.
type DataQueue struct {
	Base
	Waiting, Done []DataRow
	Reasons       []string
	At, Draft     string // the request and the words of a form that was wrong
}
