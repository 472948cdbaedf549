package web

import (
	"encoding/json"
	"net"
	"net/http"

	"tanggap/internal/access"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

// What a browser's session keeps while a passkey is made or asked for.
const (
	keptMade  = "made"
	keptAsked = "asked"
)

// pending is a key in the making: what the library wants to see again, and its name.
type pending struct {
	Name  string
	State json.RawMessage
}

// place is the host of a request, to which browsers tie passkeys.
func (s *Server) place(r *http.Request) access.Place {
	v := at(r)
	host, scheme := r.Host, "http"
	if v.secure {
		scheme = "https"
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return access.Place{Region: v.pack.Identity.Code, Name: s.issuer(v), Host: host, Origin: scheme + "://" + r.Host}
}

// loginKeyAsk gives the browser the challenge that a passkey answers at log-in: any key
// that proves its owner, or one of the officer whose second factor is to come.
func (s *Server) loginKeyAsk(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v := at(r)
	if !s.logins.spend(s.Clock.Now(), v.ip) {
		return s.told(w, r, errTooMany)
	}
	o, _, err := s.sessions.Awaited(r, v.secure)
	if err != nil {
		return err
	}
	id := ""
	if o != nil && r.URL.Query().Has("kedua") {
		id = o.ID
	}
	return s.askKey(w, r, id)
}

// ownKeyAsk gives the browser of an officer who is in a challenge for his key, where he
// has to prove himself once more.
func (s *Server) ownKeyAsk(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	return s.askKey(w, r, at(r).actor.ID)
}

func (s *Server) askKey(w http.ResponseWriter, r *http.Request, id string) error {
	options, state, err := s.Access.AskPasskey(r.Context(), s.place(r), id)
	if err != nil {
		return s.told(w, r, err)
	}
	if err := s.sessions.Keep(w, r, at(r).secure, keptAsked, state); err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, options)
}

// ownKeyMake gives the browser what it needs to make a key, once the officer's password
// is right.
func (s *Server) ownKeyMake(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v := at(r)
	name, err := access.PasskeyName(text.Clean(r.PostForm.Get("nama"), 200))
	if err == nil {
		_, err = s.Access.LogIn(r.Context(), v.officer.Email, r.PostForm.Get("sandi"))
	}
	if err != nil {
		return s.told(w, r, err)
	}
	options, state, err := s.Access.NewPasskey(r.Context(), s.place(r), v.actor.ID)
	if err != nil {
		return s.told(w, r, err)
	}
	kept, err := json.Marshal(pending{Name: name, State: state})
	if err != nil {
		return err
	}
	if err := s.sessions.Keep(w, r, v.secure, keptMade, kept); err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, options)
}

// keyAdd keeps the key that the browser has made.
func (s *Server) keyAdd(r *http.Request) (codes []string, err error) {
	kept, err := s.sessions.Kept(r, at(r).secure, keptMade)
	if err != nil {
		return nil, err
	}
	var p pending
	if kept != nil {
		if err := json.Unmarshal(kept, &p); err != nil {
			return nil, err
		}
	}
	return s.Access.AddPasskey(r.Context(), s.place(r), at(r).actor.ID, p.Name, p.State, []byte(r.PostForm.Get("kunci")))
}

// told answers a script with what a person can put right; anything else is an error as
// everywhere.
func (s *Server) told(w http.ResponseWriter, _ *http.Request, err error) error {
	if statusOf(err) >= http.StatusInternalServerError {
		return err
	}
	return sendJSON(w, statusOf(err), map[string]string{"error": errorOf(err, "").Message})
}

func sendJSON(w http.ResponseWriter, status int, x any) error {
	body, err := json.Marshal(x)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err = w.Write(body)
	return err
}

// ownKeys fills in the passkeys of the officer.
func (s *Server) ownKeys(r *http.Request, page *view.Account) error {
	at, v := s.place(r), at(r)
	page.KeysHere, page.Host = at.Possible(), at.Host
	keys, err := s.Store.Passkeys(r.Context(), v.actor.ID)
	for _, k := range keys {
		page.Keys = append(page.Keys, view.Passkey{ID: k.ID, Name: k.Name, Made: k.CreatedAt, Used: moment(k.UsedAt), Cloned: moment(k.ClonedAt),
			Elsewhere: elsewhereHost(k.Host, at.Host)})
	}
	return err
}

func elsewhereHost(host, here string) string {
	if host == here {
		return ""
	}
	return host
}

// loginsShown is how many log-ins the account page lists.
const loginsShown = 15

// ownSessions fills in where the officer is logged in, and who tried to be him.
func (s *Server) ownSessions(r *http.Request, page *view.Account) error {
	v := at(r)
	list, this, err := s.sessions.Own(r, v.secure, v.actor.ID)
	if err != nil {
		return err
	}
	for _, x := range list {
		page.Sessions = append(page.Sessions, view.Session{ID: x.ID, Device: x.Device, Network: x.Network, Region: s.regionName(v, x.Region),
			Way: s.View.T(v.lang, "account.way_"+x.Way), Began: x.BeganAt, Seen: x.SeenAt, This: x.ID == this})
	}
	logins, err := s.Store.OfficerLogins(r.Context(), v.actor.ID, loginsShown)
	for _, x := range logins {
		page.Logins = append(page.Logins, view.LoginRow{At: x.HappenedAt, Failed: x.Failed, Device: x.Device, Network: x.Network,
			Region: s.regionName(v, x.Region), Way: s.View.T(v.lang, "account.way_"+x.Way)})
	}
	return err
}

// regionName names another region, "" for the visit's own.
func (s *Server) regionName(v *visit, code string) string {
	if code == v.pack.Identity.Code || code == "" {
		return ""
	}
	p, err := s.Packs.Get(code)
	if err != nil {
		return code
	}
	return p.PublicName()
}
