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
	"sync"
	"sync/atomic"
	"testing"
	"time"

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

// load sends webhooks from many senders and remembers what was acknowledged.
type load struct {
	t      *testing.T
	client *http.Client
	next   atomic.Int64

	mu    sync.Mutex
	acked map[string]bool
	sent  []string
}

func newLoad(t *testing.T) *load {
	return &load{t: t, acked: map[string]bool{},
		client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
}

// run keeps senders busy against target until stop is closed. A fifth of what they
// send was sent before.
func (l *load) run(target string, senders int, stop <-chan struct{}) {
	var wg sync.WaitGroup
	for s := range senders {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(s), uint64(l.next.Load())))
			for {
				select {
				case <-stop:
					return
				default:
					l.post(target, l.pick(rng))
				}
			}
		})
	}
	wg.Wait()
}

func (l *load) pick(rng *rand.Rand) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.sent) > 0 && rng.IntN(5) == 0 {
		return l.sent[rng.IntN(len(l.sent))]
	}
	id := fmt.Sprintf("wamid.uji%06d", l.next.Add(1))
	l.sent = append(l.sent, id)
	return id
}

// post delivers one message and remembers the id if the server said that it has it.
func (l *load) post(target, id string) bool {
	if !l.deliver(target, webhook(id)) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked[id] = true
	return true
}

// deliver posts a webhook, signed, and reports whether the server said that it has it.
func (l *load) deliver(target string, body []byte) bool {
	req, err := http.NewRequest(http.MethodPost, target+"/webhook/whatsapp", bytes.NewReader(body))
	if err != nil {
		l.t.Error(err)
		return false
	}
	mac := hmac.New(sha256.New, []byte(appSecret))
	mac.Write(body)
	req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := l.client.Do(req)
	if err != nil {
		return false // killed in the middle: not acknowledged
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	if resp.StatusCode != http.StatusOK && resp.StatusCode < 500 {
		l.t.Errorf("webhook answered %d", resp.StatusCode)
	}
	return resp.StatusCode == http.StatusOK
}

// webhook is a delivery of one text. The person and the words follow from the id, so
// that a redelivery is the same message.
func webhook(id string) []byte {
	sum := sha256.Sum256([]byte(id))
	n := int(sum[0])<<8 | int(sum[1])
	return fmt.Appendf(nil, `{"object":"whatsapp_business_account","entry":[{"id":"W","changes":[{"field":"messages","value":{
"messaging_product":"whatsapp","metadata":{"display_phone_number":"62402000000","phone_number_id":"100000000000001"},
"contacts":[{"profile":{"name":"Warga Contoh"},"wa_id":"62811%07d"}],
"messages":[{"from":"62811%07d","id":%q,"timestamp":"%d","type":"text","text":{"body":"jalan rusak berlubang di lorong %d dekat rumah %s"}}]}}]}]}`,
		n%5000, n%5000, id, time.Now().Unix(), n%40, id)
}
