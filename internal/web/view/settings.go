package view

import "time"

// PackDraft is the strip about the draft of a region's pack on the pages under
// /pengaturan.
type PackDraft struct {
	Exists    bool
	Version   int64
	By        string
	At        time.Time
	Effective *time.Time // when it comes into force by itself
	InForce   int64      // version
	Moved     bool       // another version came into force since it was begun
}

// Settings is the page "settings" at /pengaturan.
type Settings struct {
	Base
	Draft  PackDraft
	Tables []SettingsTable
}

// SettingsTable is one table of the pack with its number of rows.
type SettingsTable struct {
	Name string
	Rows int
}

// PackTable is the page "pack_table" at /pengaturan/tabel/{table}.
type PackTable struct {
	Base
	Draft   PackDraft
	Name    string
	Columns []string
	Rows    []PackRow
	Find    string
	Total   int
	Older   string // address of the next rows, "" at the end
	Groups  []Option
	Locked  bool // the draft waits for its day
}

// PackRow is one row of a table: the cells of the columns that the list shows.
type PackRow struct {
	Key     string
	Address string
	Cells   []string
	Retired bool
}

// PackForm is the page "pack_row" at /pengaturan/tabel/{table}/baris. Field ids are the
// names of the columns with "c-" before them.
type PackForm struct {
	Base
	Draft     PackDraft
	Name, Key string // Key is "" for a new row
	Mark      string
	Title     string
	Fields    []PackField
	Uses      []PackUse
	CanDrop   bool
	Locked    bool
	Collided  bool // somebody else changed the row: both versions are shown
	Warnings  []string
	Examples  *PackExamples // of a service
}

// PackField is one cell as a form shows it.
type PackField struct {
	ID, Name, Label, Hint, Value string
	Kind                         string // words, long, select, yes, count, day
	Options                      []Option
	Stored                       string // what the draft says
	Fixed                        bool   // cannot be changed
	Optional                     bool
}

// PackUse is something that points at a row: Label says what, Count how many.
type PackUse struct {
	Label string
	Count int
	URL   string
}

// PackExamples are the seed messages of a service.
type PackExamples struct {
	Rows     []PackRow
	Composed int // synthetic ones made from them
}

// PackChanges is the page "pack_draft" at /pengaturan/konsep. Field ids: tanggal, alasan,
// arsip.
type PackChanges struct {
	Base
	Draft    PackDraft
	Problems []PackProblem
	Warnings []PackProblem
	Changes  []PackChangeGroup
	Total    int
	Effect   *PackEffect
	Looser   []PackLooser
	Reason   string
	Tomorrow string // first day that can be chosen
	History  []PackStep
}

// PackProblem is a fault of the draft with where to correct it.
type PackProblem struct{ Where, Message, URL string }

// PackChangeGroup are the changes of one file.
type PackChangeGroup struct {
	Name string
	Rows []PackChange
	More int // that are not shown
}

// PackChange is one difference to the version in force.
type PackChange struct {
	Kind, Key, Field, Old, New, URL string
}

// PackEffect is what would become of the cases.
type PackEffect struct {
	Moves       []PackMove
	Later, Same int
	More        bool
	Relearn     bool
}

// PackMove is what is retired and where its open cases go.
type PackMove struct {
	Name, Into     string
	Unit           bool
	Open, Officers int
}

// PackLooser is a promise that becomes weaker.
type PackLooser struct{ Service, Old, New string }

// PackStep is one step of the history of packs.
type PackStep struct {
	At        time.Time
	Who, What string
}

// PackVersions is the page "pack_versions" at /pengaturan/versi.
type PackVersions struct {
	Base
	Draft   PackDraft
	Rows    []PackVersion
	Shown   int64 // version whose difference to the one before stands below, 0 for none
	Before  int64
	Changes []PackChangeGroup
}

// PackVersion is one version in the list.
type PackVersion struct {
	Version int64
	At      time.Time
	Note    string
	InForce bool
}

// Simulator is the page "simulator" at /pengaturan/simulator. Field ids: layanan, waktu.
type Simulator struct {
	Base
	Draft       PackDraft
	Services    []Group
	When        string // as an input of date and time reads it
	Rule, Basis string
	Due         *time.Time
	Known       bool // the calendar up to it is official
	Steps       []SimulatorStep
	Answered    int     // cases of the last 90 days
	Kept        float64 // share of them that would have kept the rule; of few, 0
	Bold        bool    // the rule promises more than is done
}

// SimulatorStep is one day of the count.
type SimulatorStep struct {
	Day     time.Time
	Why     string // received, counts, holiday, closed
	Holiday string
	Count   int
}

// Year is the page "year" at /pengaturan/tahun.
type Year struct {
	Base
	Draft   PackDraft
	Year    int
	Known   bool // its list is official
	Working int
	Months  []YearMonth
}

// Earlier and Later are the years beside it.
func (y *Year) Earlier() int { return y.Year - 1 }
func (y *Year) Later() int   { return y.Year + 1 }

// YearMonth is one month with its working days.
type YearMonth struct {
	First    time.Time
	Working  int
	Holidays []YearHoliday
}

// YearHoliday is a day on which offices are closed.
type YearHoliday struct {
	Day        time.Time
	Name, Kind string
	Estimated  bool
	URL        string
}

// PackWords is the page "pack_words" at /pengaturan/teks: the list of texts, or with a Key
// the form of one. Field ids: teks-id, teks-en.
type PackWords struct {
	Base
	Draft           PackDraft
	Find            string
	Rows            []PackWordsRow
	Key, Mark       string
	Needed, Allowed []string
	Texts           []PackText
	Warnings        []string
	Locked          bool
}

// PackWordsRow is one text in the list.
type PackWordsRow struct {
	Key, Words string
	English    bool
}

// PackText is a text in one language and how it reads with example values.
type PackText struct {
	Lang, Field, Words, Preview string
	Length                      int
}

// Identity is the page "identity" at /pengaturan/identitas. Field ids: i- and the name of
// the value.
type Identity struct {
	Base
	Draft        PackDraft
	Code, Prefix string
	Hosts        []string
	Mark         string
	Fields       []PackField
	Weeks        []IdentityWeek
	Numbers      []IdentityNumber
	Name         string // as typed, for the preview
	Colour       string
	Nearest      string // the nearest colour that can be read; the same as Colour where that can
	Palette      Palette
	Locked       bool
}

// IdentityWeek are the hours of a named week, a field for each day.
type IdentityWeek struct {
	Name, Label string
	Days        []PackField
}

// IdentityNumber is an emergency number; the last of a list is empty.
type IdentityNumber struct {
	Name, Number, Source string
	Verified             bool
}
