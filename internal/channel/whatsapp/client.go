package whatsapp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/tanggap"
)

// Config is what a Client needs to speak for one WhatsApp number.
type Config struct {
	BaseURL       string // "https://graph.facebook.com"; http only for loopback
	Version       string // Graph API version, such as "v26.0"
	PhoneNumberID string
	AccountID     string // of the WhatsApp Business Account ("WABA"); without it Templates fails
	Token         string
	MediaHosts    []string // hosts that media may be fetched from, besides BaseURL's; empty means DefaultMediaHosts
	ListLabel     string   // label of the button that opens a list of choices
}

// DefaultMediaHosts is where Meta keeps media.
var DefaultMediaHosts = []string{"lookaside.fbsbx.com"}

// Client sends messages and fetches media. It follows no redirects, so the token
// goes nowhere but to the hosts of its Config.
type Client struct {
	cfg  Config
	base *url.URL
	http *http.Client
}

var (
	_ channel.Sender  = (*Client)(nil)
	_ channel.Fetcher = (*Client)(nil)
)

var (
	versionForm = regexp.MustCompile(`^v[0-9]{1,3}\.[0-9]{1,2}$`)
	pathIDForm  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
)

// NewClient checks the configuration. The timeout of h, or the context of a call,
// limits each request.
func NewClient(cfg Config, h *http.Client) (*Client, error) {
	base, err := url.Parse(strings.TrimSuffix(cfg.BaseURL, "/"))
	if err != nil || !safe(base) {
		return nil, tanggap.Errorf(tanggap.Invalid, "whatsapp: the base address must be https")
	}
	if !versionForm.MatchString(cfg.Version) {
		return nil, tanggap.Errorf(tanggap.Invalid, "whatsapp: version %q is not like v26.0", cfg.Version)
	}
	if !pathIDForm.MatchString(cfg.PhoneNumberID) {
		return nil, tanggap.Errorf(tanggap.Invalid, "whatsapp: the phone number id is missing or malformed")
	}
	if cfg.AccountID != "" && !pathIDForm.MatchString(cfg.AccountID) {
		return nil, tanggap.Errorf(tanggap.Invalid, "whatsapp: the business account id is malformed")
	}
	if cfg.Token == "" || strings.ContainsFunc(cfg.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, tanggap.Errorf(tanggap.Invalid, "whatsapp: the token is missing or malformed")
	}
	if len(cfg.MediaHosts) == 0 {
		cfg.MediaHosts = DefaultMediaHosts
	}
	if cfg.ListLabel == "" {
		cfg.ListLabel = "Pilih"
	}
	own := *h
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{cfg: cfg, base: base, http: &own}, nil
}

// safe tells whether a secret may be sent to u: only by TLS, except to this very
// computer, where the simulator runs.
func safe(u *url.URL) bool {
	host := u.Hostname()
	if u.User != nil || host == "" {
		return false
	}
	ip := net.ParseIP(host)
	return u.Scheme == "https" || u.Scheme == "http" && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// Send sends one message and returns its wamid. A 200 from Meta means "accepted":
// whether it arrives is told later by statuses. If Meta does not take the
// business-scoped id for this kind of message, the number is tried.
func (c *Client) Send(ctx context.Context, out channel.Outbound) (string, error) {
	body, refused := compose(out, c.cfg.ListLabel)
	if refused != nil {
		return "", refused
	}
	ways := recipients(out.To)
	if len(ways) == 0 {
		return "", &channel.SendError{Fault: channel.FaultUnreachable, Detail: "no WhatsApp id or number"}
	}
	var id string
	for _, way := range ways {
		delete(body, "to")
		delete(body, "recipient")
		body[way.member] = way.value
		id, refused = c.post(ctx, body)
		if refused == nil {
			return id, nil
		}
		if refused.Code != codeNeedsPhone {
			break
		}
	}
	return "", refused
}

// MarkRead tells the person that their message, and all before it, were read.
func (c *Client) MarkRead(ctx context.Context, wamid string) error {
	answer, refused := c.call(ctx, http.MethodPost, c.address(c.cfg.PhoneNumberID, "messages"),
		object{"messaging_product": "whatsapp", "status": "read", "message_id": wamid})
	if refused != nil {
		return refused
	}
	if !answer.get("success").isTrue() {
		return &channel.SendError{Fault: channel.FaultUnknown, Detail: "read mark: unexpected answer"}
	}
	return nil
}

func (c *Client) post(ctx context.Context, body object) (string, *channel.SendError) {
	answer, refused := c.call(ctx, http.MethodPost, c.address(c.cfg.PhoneNumberID, "messages"), body)
	if refused != nil {
		return "", refused
	}
	if id := answer.first("messages").get("id").id(); id != "" {
		return id, nil
	}
	return "", &channel.SendError{Fault: channel.FaultUnknown, Detail: "accepted, but without an id"}
}

// maxAnswer caps what is read of a JSON answer; a page of templates is the longest.
const maxAnswer = 1 << 20

// call does one request of the Graph API and returns the JSON of a 2xx answer.
func (c *Client) call(ctx context.Context, method, address string, body object) (node, *channel.SendError) {
	var payload io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, &channel.SendError{Fault: channel.FaultMessage, Detail: "cannot be written as JSON"}
		}
		payload = bytes.NewReader(data)
	}
	res, refused := c.do(ctx, method, address, payload)
	if refused != nil {
		return nil, refused
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	answer, readable := parseNode(data)
	if res.StatusCode >= 200 && res.StatusCode < 300 {
		if err != nil || !readable {
			return nil, &channel.SendError{Fault: channel.FaultUnknown, Detail: "accepted, but the answer was lost"}
		}
		return answer, nil
	}
	return nil, refusal(res, answer)
}

// refusal reads an answer other than 2xx.
func refusal(res *http.Response, answer node) *channel.SendError {
	e := answer.get("error")
	code := e.get("code")
	_, hasCode := code.number()
	detail := errorText(e)
	if detail == "" {
		detail = fmt.Sprintf("HTTP status %d", res.StatusCode)
	}
	return sendError(res.StatusCode, code.integer(), hasCode, detail, retryAfter(res.Header))
}

// retryAfter reads Retry-After in both forms of RFC 9110 §10.2.3. A date is
// compared with the answer's own Date, so that our clock does not matter.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), 86400)) * time.Second
	}
	then, err1 := http.ParseTime(value)
	now, err2 := http.ParseTime(h.Get("Date"))
	if err1 != nil || err2 != nil {
		return 0
	}
	return min(max(then.Sub(now), 0), 24*time.Hour)
}

// do sends a request with the token. If no answer came it tells a request that
// certainly never left (FaultRetry) from one that may have been acted upon
// (FaultUnknown).
func (c *Client) do(ctx context.Context, method, address string, payload io.Reader) (*http.Response, *channel.SendError) {
	var began, left atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { began.Store(true) },
		WroteHeaders: func() { left.Store(true) },
	})
	req, err := http.NewRequestWithContext(ctx, method, address, payload)
	if err != nil {
		return nil, &channel.SendError{Fault: channel.FaultAccount, Detail: "malformed address"}
	}
	req.Header.Set("Authorization", "Bearer "+c.cfg.Token)
	if payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if ctx.Err() != nil {
		return nil, &channel.SendError{Fault: channel.FaultRetry, Detail: ctx.Err().Error()}
	}
	res, err := c.http.Do(req)
	if err == nil {
		return res, nil
	}
	fault := channel.FaultUnknown
	var op *net.OpError
	if began.Load() && !left.Load() || errors.As(err, &op) && op.Op == "dial" {
		fault = channel.FaultRetry
	}
	// The address is left out: one for media holds a key.
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return nil, &channel.SendError{Fault: fault, Detail: err.Error()}
}

// address returns the address of a Graph API path.
func (c *Client) address(path ...string) string {
	return c.base.JoinPath(append([]string{c.cfg.Version}, path...)...).String()
}
