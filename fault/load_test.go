package fault

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/sim"
	"tanggap/internal/tanggap"
)

// provider is the simulated Meta that the processes send their answers to.
func provider(t *testing.T) *httptest.Server {
	t.Helper()
	meta := sim.NewMeta(sim.MetaConfig{Clock: tanggap.SystemClock{}, Token: token, AppSecret: appSecret, Callback: "http://127.0.0.1:1/none", Attempts: 1})
	srv := httptest.NewServer(meta.Handler())
	t.Cleanup(srv.Close)
	return srv
}

// load sends webhooks and remembers what was acknowledged.
type load struct {
	*ledger
	client *http.Client

	mu    sync.Mutex
	acked map[string]bool // by id of the message
	sent  []string        // ids
}

func newLoad(t *testing.T) *load {
	t.Helper()
	return loadOn(newLedger(t))
}

func loadOn(l *ledger) *load {
	return &load{ledger: l, acked: map[string]bool{},
		client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
}

// run keeps senders busy against target until stop is closed. A fifth of what they
// send was sent before: as it was or with other bytes, alone or in company, and half
// of that twice at once.
func (l *load) run(target string, senders int, stop <-chan struct{}) {
	var wg sync.WaitGroup
	for s := range senders {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(s), uint64(l.count())))
			for !closed(stop) {
				ids := []string{l.fresh()}
				if again := l.again(rng); again != "" {
					ids = append([]string{again}, ids...)[:1+rng.IntN(2)]
					if rng.IntN(2) == 0 {
						wg.Go(func() { l.post(target, ids...) })
					}
				}
				l.post(target, ids...)
			}
		})
	}
	wg.Wait()
}

func closed(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

func (l *load) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.sent)
}

// idOf is the id of the message with these words, wordsOf the reverse.
func idOf(words string) string { return "wamid.uji-" + strings.ReplaceAll(words, " ", "-") }

func wordsOf(id string) string {
	return strings.ReplaceAll(strings.TrimPrefix(id, "wamid.uji-"), "-", " ")
}

// fresh is a message that nobody sent before.
func (l *load) fresh() string {
	id := idOf(l.words(channel.WhatsApp))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, id)
	return id
}

// again is, one time in five, a message that somebody sent before.
func (l *load) again(rng *rand.Rand) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.sent) < 2 || rng.IntN(5) > 0 {
		return ""
	}
	return l.sent[rng.IntN(len(l.sent)-1)]
}

// post delivers messages in one webhook and remembers them if the server said that it
// has them.
func (l *load) post(target string, ids ...string) bool {
	answer := l.deliver(target, webhook(ids...))
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		if answer == told {
			l.acked[id] = true
		}
		l.hear(channel.WhatsApp, wordsOf(id), answer)
	}
	return answer == told
}

// deliver posts a webhook and says what the server answered.
func (l *load) deliver(target string, body []byte) string {
	switch status, _ := l.status(target, body); {
	case status == http.StatusOK:
		return told
	case status >= 400 && status < 500:
		l.t.Errorf("webhook answered %d", status)
		return refused
	}
	return silence // killed in the middle, or it failed after the commit
}

// status posts a webhook, signed. A status of 0 is no answer; again is Retry-After.
func (l *load) status(target string, body []byte) (status int, again string) {
	req, err := http.NewRequest(http.MethodPost, target+"/webhook/whatsapp", bytes.NewReader(body))
	if err != nil {
		l.t.Error(err)
		return 0, ""
	}
	mac := hmac.New(sha256.New, []byte(appSecret))
	mac.Write(body)
	req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := l.client.Do(req)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Header.Get("Retry-After")
}

// webhook is a delivery of texts. Who wrote and what follows from the id, so that a
// redelivery is the same message, but its bytes differ.
func webhook(ids ...string) []byte {
	var messages []string
	for _, id := range ids {
		sum := sha256.Sum256([]byte(id))
		n := int(sum[0])<<8 | int(sum[1])
		messages = append(messages, fmt.Sprintf(`{"from":"62811%07d","id":%q,"timestamp":"%d","type":"text","text":{"body":"jalan rusak berlubang di lorong %d dekat rumah %s"}}`,
			n%5000, id, time.Now().Unix(), n%40, wordsOf(id)))
	}
	slices.Reverse(messages)
	return fmt.Appendf(nil, `{"object":"whatsapp_business_account","entry":[{"id":"W","changes":[{"field":"messages","value":{
"messaging_product":"whatsapp","metadata":{"display_phone_number":"62402000000","phone_number_id":"100000000000001"},
"messages":[%s]}}]}]}`, strings.Join(messages, ","))
}
