// Package sim holds what Tanggap is tried against without the outside world: the
// simulated WhatsApp of Meta and a simulated city.
package sim

import (
	"container/list"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"tanggap/internal/tanggap"
)

// MetaConfig is the account that a Meta plays and how unkind it is. Token,
// AppSecret, Clock and Callback are required; zero values of the rest mean the
// stated defaults.
type MetaConfig struct {
	Clock         tanggap.Clock
	Token         string       // bearer that the Graph side wants
	AppSecret     string       // signs webhooks
	VerifyToken   string       // sent in the handshake
	PhoneNumberID string       // default "100000000000001"
	DisplayNumber string       // default "62402000000"
	Callback      string       // where webhooks go
	HTTP          *http.Client // sends webhooks; default http.DefaultClient

	Templates  []MetaTemplate
	PairGap    time.Duration              // enforce this spacing per person (131056); 0 is off
	LateErrors bool                       // 131026 and 131047 come as a failed status, not as an answer
	AccountID  string                     // of the business account; default "100000000000002"
	Free       int                        // service messages that cost nothing; default 1000
	Fate       func(mark string) MetaStep // what happens to a message once the script is over, by its biz_opaque_callback_data; must not call back
	NoScopedID []string                   // message types refused for a scoped id (131062)
	Statuses   []string                   // told after each message; default sent, delivered, read

	Batch       int    // updates in one webhook; default 1
	Copies      int    // how often each webhook is sent; default 1
	ShuffleSeed uint64 // shuffles waiting updates if not 0
	Attempts    int    // tries per webhook before it is dropped; default 100

	MaxUsers   int // people remembered; default 10,000
	MaxLines   int // lines remembered per person; default 200
	MaxPending int // updates waiting for delivery; default 100,000
	MaxMedia   int // bytes of media; default 64 MiB
}

// MetaTemplate is an approved template. Text has places {{1}}, {{2}}, ….
type MetaTemplate struct {
	Name, Language, Text string
	Params               int
	Status               string // default APPROVED
}

// MetaUser is a person with WhatsApp. Somebody with a username who hides the
// number has only a UserID.
type MetaUser struct {
	Phone      string // digits, no "+"; may be empty
	UserID     string // business-scoped id, such as "ID.1234567890"; may be empty
	Name       string
	Username   string
	NoWhatsApp bool      // messages to this person cannot be delivered (131026)
	LastWrote  time.Time // opens the 24 hour window; kept up to date by the simulator
}

func (u MetaUser) key() string {
	if u.UserID != "" {
		return u.UserID
	}
	return u.Phone
}

// Line is one line of a conversation as the person's phone shows it.
type Line struct {
	ID          string
	FromCity    bool
	At          time.Time
	Kind        string // Meta's type word
	Text        string
	Buttons     []LineButton
	List        bool // the buttons are rows of a list
	AskLocation bool
	Forwarded   bool // by a person, from another chat
	Template    string
	MediaID     string
	Lat, Lon    float64
	ReplyTo     string
	Status      string // of a city line: sent, delivered, read, failed; of a person's: read
	Mark        string // biz_opaque_callback_data of a city line
	Category    string // as what a city line is priced
	Billable    bool
}

// LineButton is a choice under a line.
type LineButton struct{ ID, Title string }

// MetaCounts says what happened so far.
type MetaCounts struct {
	Accepted int // messages taken
	Refused  int // messages answered with an error
	Posted   int // webhook posts answered 200
	Failed   int // webhook posts answered otherwise or not at all
	Dropped  int // webhooks given up
}

// Meta is an honest simulator of WhatsApp's Cloud API: the documented behaviour,
// the documented errors and, on demand, the documented bad luck. It is safe for
// concurrent use and bounded in memory.
type Meta struct {
	cfg  MetaConfig
	seed []byte
	wake chan struct{}

	mu      sync.Mutex
	users   map[string]*list.Element // of *metaUser, by phone and by scoped id
	recent  *list.List               // most recently active first
	byLine  map[string]*metaUser
	media   map[string]*metaMedia
	oldest  []string // media ids in order of age
	stored  int      // bytes of media
	script  []MetaStep
	pending []update
	watch   map[chan struct{}]string
	seq     uint64
	service int // service messages so far
	counts  MetaCounts

	flushing sync.Mutex
	queue    []*delivery // guarded by flushing
	sent     [][]byte    // bodies lately delivered, guarded by flushing
}

type metaUser struct {
	MetaUser
	lines   []Line
	lastOut time.Time
}

type metaMedia struct {
	data           []byte
	mime, filename string
	born           time.Time
}

// NewMeta returns a simulator without people or messages.
func NewMeta(cfg MetaConfig) *Meta {
	orInt := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	orText := func(v *string, def string) {
		if *v == "" {
			*v = def
		}
	}
	orText(&cfg.PhoneNumberID, "100000000000001")
	orText(&cfg.DisplayNumber, "62402000000")
	orText(&cfg.AccountID, "100000000000002")
	orInt(&cfg.Free, 1000)
	orInt(&cfg.Batch, 1)
	orInt(&cfg.Copies, 1)
	orInt(&cfg.Attempts, 100)
	orInt(&cfg.MaxUsers, 10_000)
	orInt(&cfg.MaxLines, 200)
	orInt(&cfg.MaxPending, 100_000)
	orInt(&cfg.MaxMedia, 64<<20)
	if cfg.HTTP == nil {
		cfg.HTTP = http.DefaultClient
	}
	if cfg.Statuses == nil {
		cfg.Statuses = []string{"sent", "delivered", "read"}
	}
	seed := make([]byte, 9)
	rand.Read(seed) // a restarted simulator must not repeat ids
	return &Meta{
		cfg: cfg, seed: seed, wake: make(chan struct{}, 1),
		users: map[string]*list.Element{}, recent: list.New(), byLine: map[string]*metaUser{},
		media: map[string]*metaMedia{}, watch: map[chan struct{}]string{},
	}
}

// AddUser makes a person known. Whoever is not known when first named gets a
// scoped id and, if named by number, that number.
func (m *Meta) AddUser(u MetaUser) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u.Phone = strings.TrimPrefix(u.Phone, "+")
	m.register(u)
}

// Users returns the people known, the most recently active first.
func (m *Meta) Users() []MetaUser {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []MetaUser
	for e := m.recent.Front(); e != nil; e = e.Next() {
		out = append(out, e.Value.(*metaUser).MetaUser)
	}
	return out
}

// Chat returns a copy of the conversation with a person, named by number or
// scoped id, oldest line first.
func (m *Meta) Chat(user string) []Line {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, known := m.users[strings.TrimPrefix(user, "+")]
	if !known {
		return nil
	}
	return append([]Line(nil), e.Value.(*metaUser).lines...)
}

// Media returns a file that a line names.
func (m *Meta) Media(id string) (data []byte, mime string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.media[id]
	if !ok {
		return nil, "", false
	}
	return f.data, f.mime, true
}

// Counts returns what happened so far.
func (m *Meta) Counts() MetaCounts {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counts
}

// Subscribe returns a channel that gets a signal after each change of a person's
// conversation; signals not yet read are merged. An empty user means everybody.
// The caller calls stop when done.
func (m *Meta) Subscribe(user string) (changed <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	m.mu.Lock()
	defer m.mu.Unlock()
	if user != "" {
		user = m.person(user).key()
	}
	m.watch[c] = user
	return c, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.watch, c)
	}
}

// changed tells the watchers of u.
func (m *Meta) changed(u *metaUser) {
	for c, key := range m.watch {
		if key != "" && key != u.key() {
			continue
		}
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// person finds or makes the person with this number or scoped id and marks them
// as active.
func (m *Meta) person(id string) *metaUser {
	id = strings.TrimPrefix(id, "+")
	if e, known := m.users[id]; known {
		m.recent.MoveToFront(e)
		return e.Value.(*metaUser)
	}
	if strings.Contains(id, ".") {
		return m.register(MetaUser{UserID: id})
	}
	return m.register(MetaUser{Phone: id, UserID: m.scopedID(id)})
}

func (m *Meta) register(u MetaUser) *metaUser {
	for _, id := range []string{u.UserID, u.Phone} {
		if e, known := m.users[id]; known && id != "" {
			old := e.Value.(*metaUser)
			m.unindex(old)
			if u.LastWrote.Before(old.LastWrote) {
				u.LastWrote = old.LastWrote
			}
			old.MetaUser = u
			m.index(e)
			return old
		}
	}
	p := &metaUser{MetaUser: u}
	m.index(m.recent.PushFront(p))
	if m.recent.Len() > m.cfg.MaxUsers {
		last := m.recent.Back()
		gone := m.recent.Remove(last).(*metaUser)
		m.unindex(gone)
		for _, l := range gone.lines {
			delete(m.byLine, l.ID)
		}
	}
	return p
}

func (m *Meta) index(e *list.Element) {
	u := e.Value.(*metaUser)
	for _, id := range []string{u.UserID, u.Phone} {
		if id != "" {
			m.users[id] = e
		}
	}
}

func (m *Meta) unindex(u *metaUser) {
	delete(m.users, u.UserID)
	delete(m.users, u.Phone)
}

// scopedID derives the same id for the same number every time.
func (m *Meta) scopedID(phone string) string {
	mac := hmac.New(sha256.New, []byte(m.cfg.AppSecret))
	mac.Write([]byte(phone))
	return fmt.Sprintf("ID.%d", binary.BigEndian.Uint64(mac.Sum(nil))>>1)
}

func (m *Meta) newID() string {
	m.seq++
	return "wamid.HBg" + base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(m.seed[:len(m.seed):len(m.seed)], m.seq))
}

// write appends a line to a conversation and forgets the oldest if it is full.
func (m *Meta) write(u *metaUser, l Line) {
	if len(u.lines) >= m.cfg.MaxLines {
		delete(m.byLine, u.lines[0].ID)
		u.lines = append(u.lines[:0], u.lines[1:]...)
	}
	u.lines = append(u.lines, l)
	m.byLine[l.ID] = u
	m.changed(u)
}

// line finds a line by its id; nil if it is not remembered.
func (m *Meta) line(id string) (*metaUser, *Line) {
	u := m.byLine[id]
	if u == nil {
		return nil, nil
	}
	for i := range u.lines {
		if u.lines[i].ID == id {
			return u, &u.lines[i]
		}
	}
	return nil, nil
}

// store keeps a file and forgets the oldest ones beyond the limit.
func (m *Meta) store(f *metaMedia) string {
	m.seq++
	id := fmt.Sprintf("%d%06d", binary.BigEndian.Uint32(m.seed), m.seq)
	m.media[id] = f
	m.oldest = append(m.oldest, id)
	m.stored += len(f.data)
	for m.stored > m.cfg.MaxMedia && len(m.oldest) > 1 {
		m.stored -= len(m.media[m.oldest[0]].data)
		delete(m.media, m.oldest[0])
		m.oldest = m.oldest[1:]
	}
	return id
}
