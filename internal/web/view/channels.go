package view

import "time"

// Quarantine is the page "quarantine" at /karantina: what came in and could not be
// dealt with.
type Quarantine struct {
	Base
	Total   int
	Rows    []QuarantineRow // newest first
	Reasons []QuarantineReason
	Chosen  *QuarantineReason // the one the list is narrowed to, nil for all
	Next    string            // address of the older ones, "" at the end
}

// QuarantineReason is why items of one channel wait, with how many; Count is capped.
type QuarantineReason struct {
	Channel, Code string // as the form that replays them posts it
	Label, URL    string
	Count         int
	Current       bool
}

// QuarantineRow is one item in quarantine.
type QuarantineRow struct {
	Seq      int64
	Reason   string // in words
	Detail   string // of the reason, in the words of whatever found it
	Channel  string
	Kind     string // message, status, notice or unknown
	Received time.Time
	Attempts int
	Handled  string // who looked after it, in words; "" while it waits
}

// QuarantineItem is the page "quarantine_item" at /karantina/{seq}. Field ids: alasan,
// buka-tujuan.
type QuarantineItem struct {
	Base
	QuarantineRow
	CanRead   bool   // may see what it says
	Raw       string // as text; masked unless Revealed
	Bytes     int64  // of the item as it came
	Cut       bool   // Raw is only its beginning
	CanReplay bool   // although an officer has marked it as done
	Gone      bool   // its bytes are no longer kept
	Revealed  bool
	Draft     string // of the reason, kept after an error
	CaseURL   string // of the case it became after a replay
}

// Purposes are the codes of what an item may be looked at for.
func (p *QuarantineItem) Purposes() []string {
	return []string{"repair", "contact", "superior", "other"}
}

// Channels is the page "channels" at /saluran: how every channel is doing.
type Channels struct {
	Base
	List    []ChannelHealth
	CanTest bool // may send himself a test
}

// Testing reports whether the fate of a test will be known in a moment.
func (c *Channels) Testing() bool {
	for _, x := range c.List {
		if x.Test != nil && x.Test.State == "waits" {
			return true
		}
	}
	return false
}

// ChannelTest is the last message that an administrator sent himself to try a channel.
type ChannelTest struct {
	At    time.Time
	By    string
	State string     // sent, delivered, waits, retry, stuck, failed or unknown
	Why   string     // what the provider said, or we
	Next  *time.Time // of the next try, for retry
}

// ChannelHealth is the state of one channel. Counts are capped.
type ChannelHealth struct {
	Channel     string
	LastIn      *time.Time // nil when nothing came in for long
	Waiting     int        // items nobody has worked on yet
	Quarantined int
	Owed        int // notices due and not sent
	Refused     int // deliveries refused because too many came at once, since the program started
	Faults      []ChannelFault
	Templates   []ChannelTemplate
	Signs       []ChannelSign
	Mailboxes   []ChannelMailbox
	Budget      *ChannelBudget
	Tests       bool         // messages can be sent by it, so it can be tried
	Test        *ChannelTest // nil if it never was
}

// Well reports whether nothing on the channel needs a look.
func (c ChannelHealth) Well() bool {
	if c.Quarantined > 0 || c.Refused > 0 || len(c.Faults) > 0 || c.Budget != nil && c.Budget.Limit > 0 && c.Budget.Used >= c.Budget.Limit {
		return false
	}
	for _, t := range c.Templates {
		if !t.Approved {
			return false
		}
	}
	for _, m := range c.Mailboxes {
		if m.Error != "" {
			return false
		}
	}
	return true
}

// ChannelFault is why notices did not arrive in the last 24 hours.
type ChannelFault struct {
	Reason  string
	Unknown bool // nobody knows whether they arrived
	Code    int  // the provider's, 0 if none
	Count   int
	Last    time.Time
}

// ChannelTemplate is a text that the provider must approve.
type ChannelTemplate struct {
	Name, Language, Category, Status, Quality, Reason string
	Approved                                          bool
	Updated                                           time.Time
}

// ChannelSign is what a provider said about our account or number.
type ChannelSign struct {
	Subject, Sign, Value, Detail string
	Updated                      time.Time
}

// ChannelMailbox is a folder that is read.
type ChannelMailbox struct {
	Account, Folder, Error string
	Checked                time.Time
}

// ChannelBudget is how many paid messages went out this month. Limit 0 means no limit.
type ChannelBudget struct{ Used, Limit int }

// Share returns how much of the budget is used, 0..1.
func (b ChannelBudget) Share() float64 {
	if b.Limit <= 0 {
		return 0
	}
	return min(1, float64(b.Used)/float64(b.Limit))
}
