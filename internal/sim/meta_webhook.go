package sim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"tanggap/internal/tanggap"
)

type object = map[string]any

// update is one message or status that waits for its webhook.
type update struct {
	list    string // "messages" or "statuses"; or the field of a change whose value is body
	contact object
	body    object
}

// delivery is one webhook. Its bytes never change, however often it is sent.
type delivery struct {
	body  []byte
	tries int
	born  time.Time
}

// keepFor is how long Meta tries to deliver a webhook.
const keepFor = 7 * 24 * time.Hour

func (m *Meta) enqueue(u update) error {
	if len(m.pending) >= m.cfg.MaxPending {
		return tanggap.Errorf(tanggap.TooMany, "the simulator's webhook queue is full")
	}
	m.pending = append(m.pending, u)
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return nil
}

// tell queues a status of one of the city's lines.
func (m *Meta) tell(u *metaUser, l *Line, status string, code int) error {
	l.Status = status
	body := object{"id": l.ID, "status": status, "timestamp": unix(m.cfg.Clock.Now())}
	if u.Phone != "" {
		body["recipient_id"] = u.Phone
	}
	if u.UserID != "" {
		body["recipient_user_id"] = u.UserID
	}
	if l.Mark != "" {
		body["biz_opaque_callback_data"] = l.Mark
	}
	if l.Category != "" && status != "failed" {
		body["pricing"] = object{"billable": l.Billable, "pricing_model": "PMP", "type": "regular", "category": l.Category}
	}
	if code != 0 {
		body["errors"] = []object{{"code": code, "title": metaErrors[code],
			"message": metaErrors[code], "error_data": object{"details": metaErrors[code]}}}
	}
	m.changed(u)
	return m.enqueue(update{list: "statuses", body: body})
}

// Handshake does the GET by which Meta checks a callback address.
func (m *Meta) Handshake(ctx context.Context) error {
	challenge := fmt.Sprint(1_000_000 + rand.IntN(9_000_000))
	query := url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {challenge}, "hub.verify_token": {m.cfg.VerifyToken}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.cfg.Callback+"?"+query.Encode(), nil)
	if err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	res, err := m.cfg.HTTP.Do(req)
	if err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1024))
	if err != nil || res.StatusCode != http.StatusOK || string(answer) != challenge {
		return tanggap.Errorf(tanggap.Invalid, "handshake: the callback answered %d without the challenge", res.StatusCode)
	}
	return nil
}

// Sign returns the X-Hub-Signature-256 of a body.
func (m *Meta) Sign(body []byte) string {
	mac := hmac.New(sha256.New, []byte(m.cfg.AppSecret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// Post signs a body and sends it once to the callback. It returns the HTTP status.
func (m *Meta) Post(ctx context.Context, body []byte) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.cfg.Callback, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("webhook: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Hub-Signature-256", m.Sign(body))
	res, err := m.cfg.HTTP.Do(req)
	ok := err == nil && res.StatusCode == http.StatusOK
	m.mu.Lock()
	if ok {
		m.counts.Posted++
	} else {
		m.counts.Failed++
	}
	m.mu.Unlock()
	if err != nil {
		return 0, fmt.Errorf("webhook: %w", err)
	}
	defer res.Body.Close()
	// The rest is read so that the connection can be used again; what it says is
	// of no interest to Meta.
	_, err = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return res.StatusCode, fmt.Errorf("webhook: %w", err)
	}
	return res.StatusCode, nil
}

// Take removes the waiting updates and returns them as webhook bodies, for those
// who deliver in their own way: load generators and crash tests.
func (m *Meta) Take() ([][]byte, error) {
	m.mu.Lock()
	waiting := m.pending
	m.pending = nil
	m.mu.Unlock()
	if m.cfg.ShuffleSeed != 0 {
		random := rand.New(rand.NewPCG(m.cfg.ShuffleSeed, uint64(len(waiting))))
		random.Shuffle(len(waiting), func(i, j int) { waiting[i], waiting[j] = waiting[j], waiting[i] })
	}
	var bodies [][]byte
	for len(waiting) > 0 {
		n := min(m.cfg.Batch, len(waiting))
		body, err := json.Marshal(m.envelope(waiting[:n]))
		if err != nil {
			return nil, fmt.Errorf("webhook body: %w", err)
		}
		bodies = append(bodies, body)
		waiting = waiting[n:]
	}
	return bodies, nil
}

// envelope wraps updates. Messages and statuses stand in separate values, as Meta
// sends them.
func (m *Meta) envelope(updates []update) object {
	var changes []object
	for _, name := range []string{"messages", "statuses"} {
		var bodies, contacts []object
		for _, u := range updates {
			if u.list != name {
				continue
			}
			bodies = append(bodies, u.body)
			if u.contact != nil {
				contacts = append(contacts, u.contact)
			}
		}
		if bodies == nil {
			continue
		}
		value := object{
			"messaging_product": "whatsapp",
			"metadata":          object{"display_phone_number": m.cfg.DisplayNumber, "phone_number_id": m.cfg.PhoneNumberID},
			name:                bodies,
		}
		if contacts != nil {
			value["contacts"] = contacts
		}
		changes = append(changes, object{"field": "messages", "value": value})
	}
	for _, u := range updates {
		if u.list != "messages" && u.list != "statuses" {
			changes = append(changes, object{"field": u.list, "value": u.body})
		}
	}
	return object{"object": "whatsapp_business_account", "entry": []object{{
		"id": m.cfg.AccountID, "time": m.cfg.Clock.Now().Unix(), "changes": changes}}}
}

// Flush tries every waiting webhook once, including those that appear meanwhile.
// What is not answered with 200 waits for the next Flush. The error joins the
// failures, a few of them.
func (m *Meta) Flush(ctx context.Context) error {
	m.flushing.Lock()
	defer m.flushing.Unlock()
	var failures []error
	fresh := m.queue
	m.queue = nil
	for {
		bodies, err := m.Take()
		if err != nil {
			return err
		}
		for _, body := range bodies {
			for range m.cfg.Copies {
				fresh = append(fresh, &delivery{body: body, born: m.cfg.Clock.Now()})
			}
		}
		if len(fresh) == 0 {
			return errors.Join(failures...)
		}
		for _, d := range fresh {
			if err := m.attempt(ctx, d); err != nil && len(failures) < 5 {
				failures = append(failures, err)
			}
		}
		fresh = nil
	}
}

func (m *Meta) attempt(ctx context.Context, d *delivery) error {
	d.tries++
	status, err := m.Post(ctx, d.body)
	if err == nil && status == http.StatusOK {
		if len(m.sent) >= 100 {
			m.sent = m.sent[1:]
		}
		m.sent = append(m.sent, d.body)
		return nil
	}
	if err == nil {
		err = fmt.Errorf("webhook: answered %d", status)
	}
	if d.tries < m.cfg.Attempts && m.cfg.Clock.Now().Sub(d.born) < keepFor {
		m.queue = append(m.queue, d)
		return err
	}
	m.mu.Lock()
	m.counts.Dropped++
	m.mu.Unlock()
	return fmt.Errorf("given up: %w", err)
}

// Redeliver sends the latest delivered webhooks, at most 100, once more, newest
// first, as Meta does when it missed the answer.
func (m *Meta) Redeliver(ctx context.Context) error {
	m.flushing.Lock()
	defer m.flushing.Unlock()
	for i := len(m.sent) - 1; i >= 0; i-- {
		if status, err := m.Post(ctx, m.sent[i]); err != nil || status != http.StatusOK {
			return fmt.Errorf("redelivery answered %d: %w", status, err)
		}
	}
	return nil
}

// Waiting returns how many webhooks failed and will be tried again.
func (m *Meta) Waiting() int {
	m.flushing.Lock()
	defer m.flushing.Unlock()
	return len(m.queue)
}

// Run delivers webhooks as they come, until ctx ends. Failed ones are tried again
// at growing distance, up to a minute.
func (m *Meta) Run(ctx context.Context) {
	pause := time.Second
	for {
		var retry <-chan time.Time
		// The failures are counted, and the webhooks wait in the queue.
		if m.Flush(ctx) == nil {
			pause = time.Second
		} else if m.Waiting() > 0 {
			retry = time.After(pause)
			pause = min(2*pause, time.Minute)
		}
		select {
		case <-ctx.Done():
			return
		case <-m.wake:
		case <-retry:
		}
	}
}
