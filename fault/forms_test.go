package fault

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tanggap/internal/channel"
)

// forms fills in the web form and presses the last button once, twice at once, or
// again later. A form goes through four pages, and its sender may have filled it in
// with a process that was killed since.
type forms struct {
	*ledger
	t       *testing.T
	picture []byte

	mu    sync.Mutex
	ready []*draft
	sent  []*draft
	made  int
}

// draft is a form of which only the last button is left to press.
type draft struct {
	*browser
	key, words string
	since      time.Time
}

const (
	formAge   = 3200 * time.Millisecond // a younger form is a robot's
	maxDrafts = 30
)

func newForms(t *testing.T, l *ledger) *forms {
	t.Helper()
	return &forms{ledger: l, t: t, picture: photo(t)}
}

// run keeps citizens busy with forms until stop is closed.
func (f *forms) run(target string, citizens int, stop <-chan struct{}) {
	var wg sync.WaitGroup
	for c := range citizens {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(c), uint64(f.count())))
			for !closed(stop) {
				if d := f.old(rng); d != nil {
					f.press(d, target, 1+rng.IntN(2))
				} else if !f.fill(target) {
					select {
					case <-stop:
					case <-time.After(10 * time.Millisecond):
					}
				}
			}
		})
	}
	wg.Wait()
}

func (f *forms) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.made
}

// old takes a form that may be sent, or one time in five one that was.
func (f *forms) old(rng *rand.Rand) *draft {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.sent) > 0 && rng.IntN(5) == 0 {
		return f.sent[rng.IntN(len(f.sent))]
	}
	if len(f.ready) == 0 || time.Since(f.ready[0].since) < formAge {
		return nil
	}
	d := f.ready[0]
	f.ready = f.ready[1:]
	return d
}

var keyForm = regexp.MustCompile(`name="kunci" value="([^"]+)"`)

// fill goes through all pages but the last; it reports false when enough forms wait.
func (f *forms) fill(target string) bool {
	f.mu.Lock()
	f.made++
	n, enough := f.made, len(f.ready) >= maxDrafts
	f.mu.Unlock()
	if enough {
		return false
	}
	b := newBrowser(f.t, target)
	b.address = fmt.Sprintf("198.18.%d.%d", n/250, n%250+1)
	d := &draft{browser: b, words: f.words(channel.Web), since: time.Now()}
	var photos [][]byte
	if n%4 == 0 {
		photos = [][]byte{f.picture}
	}
	kind, body, err := multi(photos, "teks", "lampu jalan padam di depan rumah "+d.words)
	if err != nil {
		f.t.Error(err)
		return true
	}
	p, err := b.try(http.MethodPost, "/lapor", kind, body)
	if err == nil {
		p, err = b.try(http.MethodPost, "/lapor/lokasi", plainForm, plain("patokan", "depan pasar", "bahaya", "tidak"))
	}
	if err == nil {
		p, err = b.try(http.MethodPost, "/lapor/kontak", plainForm, plain("kontak", "tanpa"))
	}
	if err != nil {
		return true // killed in the middle: the citizen begins anew
	}
	if m := keyForm.FindStringSubmatch(p.body); m != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		d.key = m[1]
		f.ready = append(f.ready, d)
	}
	return true
}

// press sends a form, times at once.
func (f *forms) press(d *draft, target string, times int) {
	d.base = target
	var wg sync.WaitGroup
	for range times {
		wg.Go(func() {
			p, err := d.try(http.MethodPost, "/lapor/periksa", plainForm, plain("kunci", d.key))
			f.mu.Lock()
			defer f.mu.Unlock()
			switch {
			case err == nil && p.status == http.StatusOK && strings.HasPrefix(p.path, "/lapor/terkirim/"):
				f.hear(channel.Web, d.words, told)
				f.sent = append(f.sent, d)
			case err != nil || p.status >= 500:
				f.hear(channel.Web, d.words, silence)
				d.since = time.Now() // and tries again later
				f.ready = append(f.ready, d)
			default:
				f.hear(channel.Web, d.words, refused)
			}
		})
	}
	wg.Wait()
}
