package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"tanggap/internal/channel"
	"tanggap/internal/channel/whatsapp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// handClock is a clock that only moves when told.
type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// metaDesk is the smallest receiver there can be: it verifies, splits, parses and
// remembers each item once.
type metaDesk struct {
	mu       sync.Mutex
	answer   int // HTTP status for webhooks; 0 is 200
	posts    int
	items    []channel.Item
	seen     map[string]bool
	messages []channel.Message
	identity []channel.IdentityChange
	state    map[string]channel.DeliveryState
	statuses []channel.Status
}

func (c *metaDesk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		challenge, ok := whatsapp.Verify(r.URL.Query(), "token-jabat-tangan")
		if !ok {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		io.WriteString(w, challenge)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, whatsapp.MaxBody))
	if err != nil || !whatsapp.Signed(body, r.Header.Get(whatsapp.SignatureHeader), "rahasia-lama", "rahasia") {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.posts++
	if c.answer != 0 {
		w.WriteHeader(c.answer)
		return
	}
	for _, item := range (whatsapp.Reader{}).Split(body) {
		c.take(item)
	}
}

func (c *metaDesk) take(item channel.Item) {
	key := item.Account + " " + item.ExternalID
	if c.seen[key] {
		return
	}
	c.seen[key] = true
	c.items = append(c.items, item)
	parsed, err := whatsapp.Reader{}.Parse(item)
	switch {
	case err != nil:
	case parsed.Message != nil:
		c.messages = append(c.messages, *parsed.Message)
	case parsed.Identity != nil:
		c.identity = append(c.identity, *parsed.Identity)
	case parsed.Status != nil:
		s := *parsed.Status
		c.statuses = append(c.statuses, s)
		c.state[s.ProviderID] = whatsapp.MergeStatus(c.state[s.ProviderID], s.State)
	}
}

type metaWorld struct {
	meta   *Meta
	city   *metaDesk
	clock  *handClock
	client *whatsapp.Client
}

func newMetaWorld(t *testing.T, change func(*MetaConfig)) *metaWorld {
	t.Helper()
	w := &metaWorld{
		city:  &metaDesk{seen: map[string]bool{}, state: map[string]channel.DeliveryState{}},
		clock: &handClock{now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)},
	}
	callback := httptest.NewServer(w.city)
	t.Cleanup(callback.Close)
	cfg := MetaConfig{
		Clock: w.clock, Token: "token-uji", AppSecret: "rahasia", VerifyToken: "token-jabat-tangan",
		Callback: callback.URL, HTTP: callback.Client(),
	}
	if change != nil {
		change(&cfg)
	}
	w.meta = NewMeta(cfg)
	graph := httptest.NewServer(w.meta.Handler())
	t.Cleanup(graph.Close)
	var err error
	w.client, err = whatsapp.NewClient(whatsapp.Config{
		BaseURL: graph.URL, Version: "v26.0", PhoneNumberID: "100000000000001", Token: "token-uji",
	}, graph.Client())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *metaWorld) flush(t *testing.T) {
	t.Helper()
	if err := w.meta.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T) func(string, error) string {
	return func(id string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
}

func fault(err error) channel.Fault {
	var e *channel.SendError
	if errors.As(err, &e) {
		return e.Fault
	}
	return ""
}

const ina = "628110000001"

func TestHandshake(t *testing.T) {
	w := newMetaWorld(t, nil)
	if err := w.meta.Handshake(t.Context()); err != nil {
		t.Error(err)
	}
	w = newMetaWorld(t, func(cfg *MetaConfig) { cfg.VerifyToken = "lain" })
	if err := w.meta.Handshake(t.Context()); err == nil {
		t.Error("a wrong token passed")
	}
}

func TestPersonWrites(t *testing.T) {
	w := newMetaWorld(t, nil)
	w.meta.AddUser(MetaUser{Phone: ina, UserID: "ID.1", Name: "Warga Contoh"})
	w.meta.AddUser(MetaUser{UserID: "ID.2", Name: "Wa Ina", Username: "waina"})
	ok := must(t)
	ok(w.meta.Say(ina, "lampu jalan padam"))
	ok(w.meta.Say("ID.2", "tanpa nomor"))
	ok(w.meta.SendImage(ina, []byte("foto"), "lubang"))
	ok(w.meta.SendMedia(ina, "audio", "audio/ogg", []byte("suara"), "", ""))
	ok(w.meta.SendLocation(ina, -5.47, 122.6, "Pasar"))
	ok(w.meta.Raw(ina, map[string]any{"type": "hologram"}))
	late := w.clock.Now().Add(-6 * 24 * time.Hour)
	ok(w.meta.SayAt("+628110000003", "terlambat", late))
	ok(w.meta.Forward(ina, "dari grup RT"))
	ok(w.meta.ForwardImage(ina, "image/jpeg", []byte("foto"), "dari grup RT"))
	w.flush(t)

	var got []string
	for _, m := range w.city.messages {
		got = append(got, fmt.Sprintf("%s %s %s %q %s", m.Kind, m.From.ExternalID, m.From.Phone, m.Text, m.Original))
	}
	unnamed := w.city.messages[6].From.ExternalID
	want := []string{
		`text ID.1 +628110000001 "lampu jalan padam" `,
		`text ID.2  "tanpa nomor" `,
		`image ID.1 +628110000001 "lubang" `,
		`audio ID.1 +628110000001 "" `,
		`location ID.1 +628110000001 "" `,
		`unsupported ID.1 +628110000001 "" hologram`,
		`text ` + unnamed + ` +628110000003 "terlambat" `,
		`text ID.1 +628110000001 "dari grup RT" `,
		`image ID.1 +628110000001 "dari grup RT" `,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if m := w.city.messages[6]; !m.At.Equal(late) || !strings.HasPrefix(unnamed, "ID.") {
		t.Errorf("late message: %+v", m)
	}
	if m := w.city.messages[0]; m.From.Name != "Warga Contoh" || !cmp.Equal(m.From.Aliases, []string{ina}) {
		t.Errorf("author: %+v", m.From)
	}
	if p := w.city.messages[4].Place; p == nil || p.Lat != -5.47 || p.Name != "Pasar" {
		t.Errorf("place: %+v", p)
	}
	if w.city.messages[0].Forwarded || !w.city.messages[7].Forwarded || !w.city.messages[8].Forwarded {
		t.Error("what is passed on is not told from what is written")
	}
	if !w.city.messages[3].Media[0].Voice {
		t.Error("voice note is not marked")
	}
}

func TestConversation(t *testing.T) {
	w := newMetaWorld(t, nil)
	ok := must(t)
	first := ok(w.meta.Say(ina, "lampu padam"))
	w.flush(t)
	author := w.city.messages[0].From
	changed, stop := w.meta.Subscribe(ina)
	defer stop()

	id := ok(w.client.Send(t.Context(), channel.Outbound{
		AttemptID: "a1", To: channel.Address{ExternalID: author.ExternalID, Phone: author.Phone}, Text: "Sudah beres?",
		Buttons: []channel.Button{{ID: "ya", Title: "Ya"}, {ID: "belum", Title: "Belum"}}, InReplyTo: first,
	}))
	if len(changed) != 1 {
		t.Error("the watcher was not told")
	}
	if err := w.client.MarkRead(t.Context(), first); err != nil {
		t.Error(err)
	}
	w.flush(t)
	if w.city.state[id] != channel.Read || w.city.statuses[0].AttemptID != "a1" {
		t.Errorf("state %q, statuses %+v", w.city.state[id], w.city.statuses)
	}
	ok(w.meta.TapButton(ina, id, "belum"))
	ok(w.meta.React(ina, id, "👍"))
	if _, err := w.meta.TapButton(ina, id, "tidak ada"); err == nil {
		t.Error("a button that does not exist was tapped")
	}
	w.flush(t)
	choice, reaction := w.city.messages[1], w.city.messages[2]
	if choice.Kind != channel.Choice || choice.ChoiceID != "belum" || choice.InReplyTo != id {
		t.Errorf("%+v", choice)
	}
	if reaction.Kind != channel.Reaction || reaction.Emoji != "👍" || reaction.InReplyTo != id {
		t.Errorf("%+v", reaction)
	}

	var chat []string
	for _, l := range w.meta.Chat(ina) {
		chat = append(chat, fmt.Sprintf("%v %s %s %v %s", l.FromCity, l.Kind, l.Text, l.Buttons, l.Status))
	}
	want := []string{
		"false text lampu padam [] read",
		"true interactive Sudah beres? [{ya Ya} {belum Belum}] read",
		"false interactive Belum [] ",
		"false reaction 👍 [] ",
	}
	if diff := cmp.Diff(want, chat); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestListAndLocationRequest(t *testing.T) {
	w := newMetaWorld(t, nil)
	ok := must(t)
	ok(w.meta.Say("ID.9", "halo"))
	var rows []channel.Button
	for i := range 5 {
		rows = append(rows, channel.Button{ID: fmt.Sprint(i), Title: fmt.Sprintf("Layanan %d", i)})
	}
	to := channel.Address{ExternalID: "ID.9"}
	id := ok(w.client.Send(t.Context(), channel.Outbound{To: to, Text: "Pilih", Buttons: rows}))
	ok(w.client.Send(t.Context(), channel.Outbound{To: to, Text: "Di mana?", RequestLocation: true}))
	ok(w.meta.TapButton("ID.9", id, "3"))
	w.flush(t)
	chat := w.meta.Chat("ID.9")
	if !chat[1].List || len(chat[1].Buttons) != 5 || !chat[2].AskLocation {
		t.Errorf("%+v", chat)
	}
	if last := w.city.messages[1]; last.ChoiceID != "3" || last.Text != "Layanan 3" {
		t.Errorf("%+v", last)
	}
}

// The same webhooks five times, in batches, shuffled: each item once.
func TestDisorder(t *testing.T) {
	w := newMetaWorld(t, func(cfg *MetaConfig) { cfg.Batch, cfg.Copies, cfg.ShuffleSeed = 50, 5, 42 })
	ok := must(t)
	texts := map[string]bool{}
	for i := range 333 {
		user := fmt.Sprintf("62811000%04d", i%7)
		texts[ok(w.meta.Say(user, fmt.Sprint("pesan ", i)))] = true
	}
	ok(w.client.Send(t.Context(), channel.Outbound{To: channel.Address{Phone: "+628110000001"}, Text: "ya"}))
	w.flush(t)
	if err := w.meta.Redeliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(w.city.messages) != 333 || len(w.city.statuses) != 3 || len(w.city.items) != 336 {
		t.Errorf("%d messages, %d statuses, %d items", len(w.city.messages), len(w.city.statuses), len(w.city.items))
	}
	if want := 7 * 5 * 2; w.city.posts != want {
		t.Errorf("%d posts, want %d", w.city.posts, want)
	}
	for id, state := range w.city.state {
		if state != channel.Read {
			t.Errorf("%s ended as %q", id, state)
		}
	}
	inOrder := true
	for i, m := range w.city.messages {
		inOrder = inOrder && m.Text == fmt.Sprint("pesan ", i)
	}
	if inOrder {
		t.Error("nothing was shuffled")
	}
}

func TestRetriesUntilAnswered(t *testing.T) {
	w := newMetaWorld(t, func(cfg *MetaConfig) { cfg.Attempts = 3 })
	must(t)(w.meta.Say(ina, "halo"))
	w.city.answer = 503
	for range 2 {
		if err := w.meta.Flush(t.Context()); err == nil || w.meta.Waiting() != 1 {
			t.Fatalf("%v, %d waiting", err, w.meta.Waiting())
		}
	}
	w.city.answer = 0
	w.flush(t)
	if len(w.city.messages) != 1 || w.meta.Waiting() != 0 {
		t.Errorf("%d messages, %d waiting", len(w.city.messages), w.meta.Waiting())
	}

	must(t)(w.meta.Say(ina, "hilang"))
	w.city.answer = 500
	for range 3 {
		if err := w.meta.Flush(t.Context()); err == nil {
			t.Fatal("no error")
		}
	}
	want := MetaCounts{Posted: 1, Failed: 5, Dropped: 1}
	if got := w.meta.Counts(); got != want || w.meta.Waiting() != 0 {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestMediaAddressesExpire(t *testing.T) {
	w := newMetaWorld(t, nil)
	photo := bytes.Repeat([]byte("piksel"), 1000)
	must(t)(w.meta.SendImage(ina, photo, ""))
	w.flush(t)
	m := w.city.messages[0].Media[0]
	data, mime, err := w.client.Fetch(t.Context(), m, 1<<20)
	if err != nil || !bytes.Equal(data, photo) || mime != "image/jpeg" {
		t.Fatalf("%d bytes, %q, %v", len(data), mime, err)
	}
	if _, _, err := w.client.Fetch(t.Context(), m, 100); fault(err) != channel.FaultMessage {
		t.Errorf("over the limit: %v", err)
	}
	w.clock.move(mediaLife)
	if _, _, err := w.client.Fetch(t.Context(), m, 1<<20); fault(err) != channel.FaultMessage {
		t.Errorf("after seven days: %v", err)
	}
	if shown, _, ok := w.meta.Media(m.ID); !ok || !bytes.Equal(shown, photo) {
		t.Error("the chat page cannot show the photo")
	}
}

func TestFileAddress(t *testing.T) {
	w := newMetaWorld(t, nil)
	must(t)(w.meta.SendImage(ina, []byte("foto"), ""))
	id := w.meta.Chat(ina)[0].MediaID
	until := unix(w.clock.Now().Add(urlLife))
	path := "/media/" + id + "/" + until + "/" + w.meta.fileKey(id, until)
	get := func(path, token string) int {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Authorization", "Bearer "+token)
		rec := httptest.NewRecorder()
		w.meta.Handler().ServeHTTP(rec, r)
		return rec.Code
	}
	cases := []struct {
		name, path, token string
		want              int
	}{
		{"right", path, "token-uji", 200},
		{"without token", path, "", 401},
		{"forged", path + "0", "token-uji", 404},
		{"unknown number", "/v26.0/999/messages", "token-uji", 405},
	}
	for _, c := range cases {
		if got := get(c.path, c.token); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	w.clock.move(urlLife)
	if got := get(path, "token-uji"); got != 404 {
		t.Errorf("after five minutes: %d", got)
	}
}

func TestChangeNumber(t *testing.T) {
	w := newMetaWorld(t, nil)
	w.meta.AddUser(MetaUser{Phone: ina, UserID: "ID.1", Name: "Warga Contoh"})
	must(t)(w.meta.Say(ina, "halo"))
	must(t)(w.meta.ChangeNumber(ina, "+628110000077"))
	must(t)(w.meta.Say("628110000077", "nomor baru"))
	w.flush(t)
	if len(w.city.identity) != 1 {
		t.Fatalf("%+v", w.city.identity)
	}
	change, author := w.city.identity[0], w.city.messages[1].From
	want := channel.IdentityChange{Previous: "ID.1", Aliases: []string{ina}, Current: author.ExternalID, Phone: "+628110000077", At: w.clock.Now()}
	if diff := cmp.Diff(want, change); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(w.meta.Chat("628110000077")) != 2 || w.meta.Chat(ina) != nil {
		t.Error("the conversation did not move along")
	}
}

func TestReadAll(t *testing.T) {
	w := newMetaWorld(t, func(cfg *MetaConfig) { cfg.Statuses = []string{"sent", "delivered"} })
	must(t)(w.meta.Say(ina, "halo"))
	id := must(t)(w.client.Send(t.Context(), channel.Outbound{To: channel.Address{Phone: "+" + ina}, Text: "ya"}))
	w.flush(t)
	if w.city.state[id] != channel.Delivered {
		t.Errorf("%q", w.city.state[id])
	}
	for range 2 {
		if err := w.meta.ReadAll(ina); err != nil {
			t.Fatal(err)
		}
	}
	w.flush(t)
	if w.city.state[id] != channel.Read || len(w.city.statuses) != 3 {
		t.Errorf("%q, %d statuses", w.city.state[id], len(w.city.statuses))
	}
}

func TestMemoryIsBounded(t *testing.T) {
	w := newMetaWorld(t, func(cfg *MetaConfig) {
		cfg.MaxUsers, cfg.MaxLines, cfg.MaxPending, cfg.MaxMedia = 5, 4, 300, 1000
	})
	ok := must(t)
	for i := range 100 {
		ok(w.meta.Say(fmt.Sprintf("62811000%04d", i), "halo"))
		ok(w.meta.Say(ina, "lagi"))
		ok(w.meta.SendImage(ina, make([]byte, 300), ""))
	}
	if _, err := w.meta.Say(ina, "penuh"); err == nil {
		t.Error("the queue has no end")
	}
	if n := len(w.meta.Users()); n != 5 {
		t.Errorf("%d people", n)
	}
	if n := len(w.meta.Chat(ina)); n != 4 {
		t.Errorf("%d lines", n)
	}
	if len(w.meta.media) != 3 || w.meta.stored != 900 {
		t.Errorf("%d files of %d bytes", len(w.meta.media), w.meta.stored)
	}
	if len(w.meta.users) != 10 || len(w.meta.byLine) > 5*4 {
		t.Errorf("%d names, %d lines indexed", len(w.meta.users), len(w.meta.byLine))
	}
}

// Run delivers by itself, also what first failed, and ends with its context.
func TestRun(t *testing.T) {
	arrived := make(chan struct{}, 10)
	w := newMetaWorld(t, nil)
	gate := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.city.ServeHTTP(rw, r)
		arrived <- struct{}{}
	}))
	defer gate.Close()
	w.meta.cfg.Callback, w.meta.cfg.HTTP = gate.URL, gate.Client()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { w.meta.Run(ctx); close(done) }()
	must(t)(w.meta.Say(ina, "satu"))
	<-arrived
	must(t)(w.client.Send(t.Context(), channel.Outbound{To: channel.Address{Phone: "+" + ina}, Text: "dua"}))
	for range 3 {
		<-arrived
	}
	cancel()
	<-done
	if len(w.city.messages) != 1 || len(w.city.statuses) != 3 {
		t.Errorf("%d messages, %d statuses", len(w.city.messages), len(w.city.statuses))
	}
}
