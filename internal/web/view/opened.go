package view

import "time"

// Unseal is the page "unseal" at /buka-tertutup: opening a closed case with a reason. Field
// ids: nomor, alasan, kode.
type Unseal struct {
	Base
	Number, Reason string
	Second         bool // the officer has a second factor
	App            bool // which may be a code of an app
	Key            bool // or a passkey, here
	Open           []OpenCase
}

// OpenCase is a closed case that is open to the officer now.
type OpenCase struct {
	ID, Number string
	Until      time.Time
}

// Opened is the page "opened" at /jejak: who saw what is hidden. Field ids: catatan-ID.
type Opened struct {
	Base
	Rows     []OpenedRow
	More     bool   // there are more than the page shows
	Query    string // of the address, with its question mark
	Filtered bool
	Officers []Option
	Kinds    []Option
	From, To string // dates, 2006-01-02
	Openings []Opening
}

// OpenedRow is one time that somebody saw what is hidden.
type OpenedRow struct {
	At                     time.Time
	Who, What, Number, Why string
}

// Opening is one closed case that somebody opened.
type Opening struct {
	ID, Number, Who, Reason string
	At, Until               time.Time
	Open                    bool
	EndedBy                 string // who ended it before its time
	Remark, ReviewedBy      string
	Reviewed                *time.Time
	CanReview               bool
}
