package sim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// MetaStep is what happens to one message that the city sends.
type MetaStep struct {
	Action     MetaAction
	HTTP, Code int           // of a refusal; Code 0 with HTTP ≥ 500 answers without an error body
	RetryAfter time.Duration // header of a refusal
	Untold     bool          // no status of the message is ever told
}

// MetaAction is the kind of luck a message has.
type MetaAction string

// The actions of a step. "Lost" means that the message was accepted and the caller
// cannot know it.
const (
	ActOK            MetaAction = "ok"
	ActRefuse        MetaAction = "refuse"
	ActReplyLost     MetaAction = "reply-lost"     // accepted, then the connection breaks
	ActTimeoutBefore MetaAction = "timeout-before" // no answer, not accepted
	ActTimeoutAfter  MetaAction = "timeout-after"  // no answer, accepted
	ActReset         MetaAction = "reset"          // the connection breaks, not accepted
	ActNoConnection  MetaAction = "no-connection"  // there is none; through Transport only, elsewhere as reset
	ActSlow          MetaAction = "slow"           // accepted, answered after 20 seconds
)

// Script sets what happens to the next messages, one step each; after the last
// step everything goes well again.
func (m *Meta) Script(steps ...MetaStep) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.script = append(m.script, steps...)
}

// metaErrors are the errors that the simulator can answer by itself.
var metaErrors = map[int]string{
	33:     "Parameter value is not valid",
	100:    "Invalid parameter",
	190:    "Access token has expired or is invalid",
	131009: "Parameter value is not valid",
	131026: "Message undeliverable",
	131047: "Re-engagement message: more than 24 hours have passed since the customer last replied",
	131056: "Pair rate limit hit",
	131062: "Business-scoped user id is not supported for this message",
	132000: "Number of parameters does not match the expected number of params",
	132015: "Template is paused or not approved",
	132001: "Template name does not exist in the translation",
}

// graphError is a refusal in Meta's form.
type graphError struct {
	http, code int
	details    string
	retryAfter time.Duration
}

func refuse(code int, details string) *graphError {
	status := http.StatusBadRequest
	if code == 190 {
		status = http.StatusUnauthorized
	}
	return &graphError{http: status, code: code, details: details}
}

func (e *graphError) write(w http.ResponseWriter) {
	if e.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.retryAfter.Seconds())))
	}
	if e.code == 0 && e.http >= 500 {
		w.WriteHeader(e.http)
		return
	}
	title := metaErrors[e.code]
	if title == "" {
		title = "Simulated error"
	}
	answer(w, e.http, object{"error": object{
		"message": fmt.Sprintf("(#%d) %s", e.code, title), "type": "OAuthException", "code": e.code,
		"error_data": object{"messaging_product": "whatsapp", "details": e.details}, "fbtrace_id": "SIM",
	}})
}

func answer(w http.ResponseWriter, status int, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	reply(w, data)
}

// reply writes a body; if the caller is gone, the connection is given up.
func reply(w http.ResponseWriter, data []byte) {
	if _, err := w.Write(data); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// Handler serves the Graph side: sending, read marks and media.
func (m *Meta) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{version}/{number}/messages", m.authorised(m.postMessage))
	mux.HandleFunc("GET /{version}/{account}/message_templates", m.authorised(m.getTemplates))
	mux.HandleFunc("GET /{version}/"+m.cfg.PhoneNumberID, m.authorised(m.getNumber))
	mux.HandleFunc("GET /{version}/{media}", m.authorised(m.getMedia))
	mux.HandleFunc("GET /media/{media}/{until}/{key}", m.authorised(m.getFile))
	return mux
}

func (m *Meta) authorised(next func(http.ResponseWriter, *http.Request) *graphError) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		e := refuse(190, "the bearer token is missing or wrong")
		if hmac.Equal([]byte(r.Header.Get("Authorization")), []byte("Bearer "+m.cfg.Token)) {
			e = next(w, r)
		}
		if e != nil {
			e.write(w)
		}
	}
}

// request is the part of a message request that the simulator understands.
type request struct {
	Product   string `json:"messaging_product"`
	To        string `json:"to"`
	Recipient string `json:"recipient"`
	Type      string `json:"type"`
	Mark      string `json:"biz_opaque_callback_data"`
	Status    string `json:"status"`
	MessageID string `json:"message_id"`
	Context   struct {
		MessageID string `json:"message_id"`
	} `json:"context"`
	Text struct {
		Body string `json:"body"`
	} `json:"text"`
	Interactive struct {
		Type string `json:"type"`
		Body struct {
			Text string `json:"text"`
		} `json:"body"`
		Action struct {
			Button  string `json:"button"`
			Buttons []struct {
				Reply LineButton `json:"reply"`
			} `json:"buttons"`
			Sections []struct {
				Rows []LineButton `json:"rows"`
			} `json:"sections"`
		} `json:"action"`
	} `json:"interactive"`
	Template struct {
		Name     string `json:"name"`
		Language struct {
			Code string `json:"code"`
		} `json:"language"`
		Components []struct {
			Type       string `json:"type"`
			Parameters []struct {
				Text string `json:"text"`
			} `json:"parameters"`
		} `json:"components"`
	} `json:"template"`
}

func (m *Meta) postMessage(w http.ResponseWriter, r *http.Request) *graphError {
	if r.PathValue("number") != m.cfg.PhoneNumberID {
		return refuse(33, "no such phone number id")
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	var q request
	if err != nil || json.Unmarshal(data, &q) != nil || q.Product != "whatsapp" {
		return refuse(100, "the body is not a WhatsApp message")
	}
	if q.Status != "" {
		return m.markRead(w, q)
	}
	id, to, step, refused := m.accept(q)
	if refused != nil {
		return refused
	}
	switch step.Action {
	case ActReplyLost, ActReset:
		panic(http.ErrAbortHandler) // closes the connection without an answer
	case ActNoConnection:
		noConnection(r)
	case ActTimeoutBefore, ActTimeoutAfter:
		hang(r)
		return nil
	case ActSlow:
		linger(r, 20*time.Second)
	}
	answer(w, http.StatusOK, object{
		"messaging_product": "whatsapp",
		"contacts":          []object{{"input": q.To + q.Recipient, "wa_id": to.Phone, "user_id": to.UserID}},
		"messages":          []object{{"id": id, "message_status": "accepted"}},
	})
	return nil
}

func (m *Meta) markRead(w http.ResponseWriter, q request) *graphError {
	m.mu.Lock()
	defer m.mu.Unlock()
	u, line := m.line(q.MessageID)
	if line == nil || line.FromCity || q.Status != "read" {
		return refuse(100, "no such message")
	}
	last := line.ID
	for i := range u.lines {
		if !u.lines[i].FromCity {
			u.lines[i].Status = "read" // earlier ones too
		}
		if u.lines[i].ID == last {
			break
		}
	}
	m.changed(u)
	answer(w, http.StatusOK, object{"success": true})
	return nil
}

// accept plays the next step for a message and, if it is to be accepted, writes it
// into the chat and queues its statuses.
func (m *Meta) accept(q request) (id string, to MetaUser, step MetaStep, refused *graphError) {
	m.mu.Lock()
	defer m.mu.Unlock()
	step = MetaStep{Action: ActOK}
	if len(m.script) > 0 {
		step, m.script = m.script[0], m.script[1:]
	} else if m.cfg.Fate != nil {
		step = m.cfg.Fate(q.Mark)
	}
	switch step.Action {
	case ActRefuse:
		m.counts.Refused++
		return "", to, step, &graphError{step.HTTP, step.Code, "simulated", step.RetryAfter}
	case ActTimeoutBefore, ActReset, ActNoConnection:
		return "", to, step, nil
	}
	line, refused := m.compose(q)
	var u *metaUser
	var late int
	if refused == nil {
		u, late, refused = m.admit(q)
	}
	if refused != nil {
		m.counts.Refused++
		return "", to, step, refused
	}
	now := m.cfg.Clock.Now()
	line.ID, line.At = m.newID(), now
	if late == 0 {
		u.lastOut = now
	}
	m.counts.Accepted++
	m.price(&line)
	m.write(u, line)
	shown := &u.lines[len(u.lines)-1]
	statuses := m.cfg.Statuses
	if late != 0 {
		statuses = []string{"failed"}
	}
	if step.Untold {
		statuses = nil
	}
	for _, s := range statuses {
		// A full queue loses statuses, as the real one does after a while.
		if m.tell(u, shown, s, late) != nil {
			break
		}
	}
	return line.ID, u.MetaUser, step, nil
}

// admit finds the recipient and checks what depends on them. late is the code of
// an error that is told by status only.
func (m *Meta) admit(q request) (u *metaUser, late int, refused *graphError) {
	switch {
	case q.To != "":
		if digits := strings.TrimPrefix(q.To, "+"); digits == "" || strings.Trim(digits, "0123456789") != "" {
			return nil, 0, refuse(131009, "to is not a number")
		}
		u = m.person(q.To)
	case q.Recipient == "":
		return nil, 0, refuse(100, "neither to nor recipient")
	case slices.Contains(m.cfg.NoScopedID, q.Type):
		return nil, 0, refuse(131062, "send to the phone number instead")
	default:
		u = m.person(q.Recipient)
	}
	now := m.cfg.Clock.Now()
	if m.cfg.PairGap > 0 && !u.lastOut.IsZero() && now.Sub(u.lastOut) < m.cfg.PairGap {
		return nil, 0, refuse(131056, "too many messages to this person")
	}
	code := 0
	switch {
	case u.NoWhatsApp:
		code = 131026
	case q.Type != "template" && (u.LastWrote.IsZero() || now.Sub(u.LastWrote) >= 24*time.Hour):
		code = 131047
	}
	if code != 0 && !m.cfg.LateErrors {
		return nil, 0, refuse(code, metaErrors[code])
	}
	return u, code, nil
}

// compose turns a request into a line, checking the documented limits.
func (m *Meta) compose(q request) (Line, *graphError) {
	line := Line{FromCity: true, Kind: q.Type, Mark: q.Mark, ReplyTo: q.Context.MessageID}
	switch q.Type {
	case "text":
		line.Text = q.Text.Body
		return line, within("text", line.Text, 4096)
	case "template":
		text, refused := m.render(q)
		line.Text, line.Template = text, q.Template.Name
		return line, refused
	case "interactive":
		line.Text = q.Interactive.Body.Text
		if e := within("body", line.Text, 1024); e != nil {
			return line, e
		}
		return line, composeAction(q, &line)
	}
	return line, refuse(100, "the simulator does not know type "+q.Type)
}

func composeAction(q request, line *Line) *graphError {
	action := q.Interactive.Action
	most := 3
	switch q.Interactive.Type {
	case "location_request_message":
		line.AskLocation = true
		return nil
	case "button":
		for _, b := range action.Buttons {
			line.Buttons = append(line.Buttons, b.Reply)
		}
	case "list":
		line.List, most = true, 10
		if e := within("button", action.Button, 20); e != nil {
			return e
		}
		for _, s := range action.Sections {
			line.Buttons = append(line.Buttons, s.Rows...)
		}
	default:
		return refuse(131009, "unknown interactive type")
	}
	if len(line.Buttons) == 0 || len(line.Buttons) > most {
		return refuse(131009, "wrong number of buttons or rows")
	}
	seen := map[string]bool{}
	for _, b := range line.Buttons {
		if e := within("title", b.Title, 20); e != nil {
			return e
		}
		if e := within("id", b.ID, 256); e != nil {
			return e
		}
		if seen[b.ID] || seen["\x00"+b.Title] {
			return refuse(131009, "ids and titles must differ")
		}
		seen[b.ID], seen["\x00"+b.Title] = true, true
	}
	return nil
}

func within(name, text string, most int) *graphError {
	if n := utf8.RuneCountInString(text); n == 0 || n > most {
		return refuse(131009, fmt.Sprintf("%s has %d characters, allowed are 1 to %d", name, n, most))
	}
	return nil
}

// render fills a registered template.
func (m *Meta) render(q request) (string, *graphError) {
	for _, t := range m.cfg.Templates {
		if t.Name != q.Template.Name || t.Language != q.Template.Language.Code {
			continue
		}
		if t.status() != templateApproved {
			return "", refuse(132015, "template is "+t.status())
		}
		text, n := t.Text, 0
		for _, c := range q.Template.Components {
			for _, p := range c.Parameters {
				n++
				text = strings.ReplaceAll(text, fmt.Sprintf("{{%d}}", n), p.Text)
			}
		}
		if n != t.Params {
			return "", refuse(132000, fmt.Sprintf("template has %d parameters, got %d", t.Params, n))
		}
		return text, nil
	}
	return "", refuse(132001, "no template "+q.Template.Name+" in "+q.Template.Language.Code)
}

// urlLife is how long an address of a file works, mediaLife how long an id.
const (
	urlLife   = 5 * time.Minute
	mediaLife = 7 * 24 * time.Hour
)

func (m *Meta) getMedia(w http.ResponseWriter, r *http.Request) *graphError {
	id := r.PathValue("media")
	m.mu.Lock()
	f := m.media[id]
	m.mu.Unlock()
	now := m.cfg.Clock.Now()
	if f == nil || now.Sub(f.born) >= mediaLife {
		return refuse(100, "no such media")
	}
	until := unix(now.Add(urlLife))
	sum := sha256.Sum256(f.data)
	answer(w, http.StatusOK, object{
		"messaging_product": "whatsapp", "id": id, "mime_type": f.mime,
		"sha256": hex.EncodeToString(sum[:]), "file_size": len(f.data),
		"url": "http://" + r.Host + "/media/" + id + "/" + until + "/" + m.fileKey(id, until),
	})
	return nil
}

func (m *Meta) getFile(w http.ResponseWriter, r *http.Request) *graphError {
	id, until := r.PathValue("media"), r.PathValue("until")
	last, err := strconv.ParseInt(until, 10, 64)
	m.mu.Lock()
	f := m.media[id]
	m.mu.Unlock()
	if err != nil || f == nil || r.PathValue("key") != m.fileKey(id, until) || m.cfg.Clock.Now().Unix() >= last {
		w.WriteHeader(http.StatusNotFound)
		return nil
	}
	w.Header().Set("Content-Type", f.mime)
	reply(w, f.data)
	return nil
}

func (m *Meta) fileKey(id, until string) string {
	mac := hmac.New(sha256.New, []byte(m.cfg.Token))
	mac.Write([]byte(id + "/" + until))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
