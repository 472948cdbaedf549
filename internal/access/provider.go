package access

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

const (
	providerWithin = 5 * time.Second  // one answer of the provider
	providerAgain  = 10 * time.Second // after one that failed
	providerFresh  = time.Hour        // how long what it says about itself is believed
	providerBytes  = 1 << 20
)

// Provider is an identity provider (OpenID Connect, authorisation code with PKCE) by which
// officers may log in instead of with a password. It says who somebody is and nothing
// more: roles and the second factor stay ours.
type Provider struct {
	Issuer   string
	ClientID string
	Secret   string
	Label    string   // on the button
	Domains  []string // of the e-mail addresses by which officers are linked

	clock  tanggap.Clock
	client *http.Client

	mu     sync.Mutex
	known  *oidc.Provider
	knewAt time.Time
	lostAt time.Time
}

// Settings of a Provider.
type Settings struct {
	Issuer, ClientID, Secret, Label string
	Domains                         []string
}

// NewProvider returns a provider that is asked for nothing before somebody uses it, so
// that its absence never delays a start.
func NewProvider(x Settings, clock tanggap.Clock) *Provider {
	p := &Provider{Issuer: x.Issuer, ClientID: x.ClientID, Secret: x.Secret, Label: x.Label, clock: clock}
	for _, d := range x.Domains {
		p.Domains = append(p.Domains, strings.ToLower(strings.TrimPrefix(d, "@")))
	}
	// What the issuer names about itself is where we go; it does not send us elsewhere.
	p.client = &http.Client{Timeout: providerWithin, Transport: capped{http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return p
}

// capped cuts answers off that are too long to be honest.
type capped struct{ http.RoundTripper }

func (c capped) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := c.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, providerBytes), res.Body}
	}
	return res, err
}

func (p *Provider) away(err error) error {
	return errors.Join(&tanggap.Error{Code: tanggap.Unavailable, Message: p.Label + " tidak menjawab. Masuk dengan kata sandi, atau coba lagi nanti."}, err)
}

// errProvider is what a person reads of an answer that cannot be trusted. Why, is for the
// log only: whoever made the answer must not learn what was noticed.
func errProvider(why error) error {
	return errors.Join(&tanggap.Error{Code: tanggap.Unauthorized, Message: "Jawaban penyedia identitas tidak bisa dipercaya atau sudah terlalu lama. Ulangi dari halaman masuk."}, why)
}

// discover returns what the provider says about itself.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	if p.known != nil && now.Sub(p.knewAt) < providerFresh {
		return p.known, nil
	}
	if !p.lostAt.IsZero() && now.Sub(p.lostAt) < providerAgain {
		return nil, p.away(nil)
	}
	known, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.Issuer)
	if err != nil {
		p.lostAt = now
		if p.known != nil {
			return p.known, nil // it was right an hour ago
		}
		return nil, p.away(err)
	}
	p.known, p.knewAt, p.lostAt = known, now, time.Time{}
	return known, nil
}

// Check asks the provider about itself.
func (p *Provider) Check(ctx context.Context) error {
	_, err := p.discover(ctx)
	return err
}

func (p *Provider) oauth(known *oidc.Provider, back string) *oauth2.Config {
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.Secret, Endpoint: known.Endpoint(), RedirectURL: back, Scopes: []string{oidc.ScopeOpenID, "email"}}
}

// flow is what ties an answer to the browser that asked.
type flow struct{ State, Nonce, Verifier string }

// Begin returns the address at which somebody proves to the provider who he is, and the
// state with which Finish checks what comes back to the address back.
func (p *Provider) Begin(ctx context.Context, back string) (address string, state []byte, err error) {
	known, err := p.discover(ctx)
	if err != nil {
		return "", nil, err
	}
	f := flow{tanggap.NewToken(), tanggap.NewToken(), oauth2.GenerateVerifier()}
	if state, err = json.Marshal(f); err != nil {
		return "", nil, err
	}
	return p.oauth(known, back).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), state, nil
}

// Person is somebody as the provider knows him. Only issuer and subject are his for good.
type Person struct {
	Issuer, Subject string
	Email           string // lower case, "" unless the provider has verified it
}

// algorithms by which a provider may sign. None and shared secrets are not among them.
var algorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}

// Finish returns the person that the provider sent back with a query.
func (p *Provider) Finish(ctx context.Context, state []byte, back string, query url.Values) (Person, error) {
	var f flow
	if len(state) == 0 || json.Unmarshal(state, &f) != nil || subtle.ConstantTimeCompare([]byte(f.State), []byte(query.Get("state"))) != 1 {
		return Person{}, errProvider(errors.New("state"))
	}
	// RFC 9207: the answer of another provider is none of ours.
	if iss := query.Get("iss"); iss != "" && iss != p.Issuer {
		return Person{}, errProvider(errors.New("issuer of the answer"))
	}
	if query.Get("error") == "access_denied" {
		return Person{}, &tanggap.Error{Code: tanggap.Unauthorized, Message: "Anda membatalkan masuk lewat " + p.Label + "."}
	}
	if query.Get("code") == "" {
		return Person{}, errProvider(errors.New("no code"))
	}
	known, err := p.discover(ctx)
	if err != nil {
		return Person{}, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), 2*providerWithin)
	defer cancel()
	token, err := p.oauth(known, back).Exchange(ctx, query.Get("code"), oauth2.VerifierOption(f.Verifier))
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return Person{}, errProvider(errors.New("code refused: " + refused.ErrorCode))
	}
	if err != nil {
		return Person{}, p.away(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := known.VerifierContext(ctx, &oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: algorithms, Now: p.clock.Now}).Verify(ctx, raw)
	if err != nil {
		return Person{}, errProvider(err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1 {
		return Person{}, errProvider(errors.New("nonce"))
	}
	var claims struct {
		Party    string `json:"azp"`
		Email    string `json:"email"`
		Verified any    `json:"email_verified"`
	}
	if err := id.Claims(&claims); err != nil {
		return Person{}, errProvider(err)
	}
	if id.Subject == "" || claims.Party != "" && claims.Party != p.ClientID || claims.Party == "" && len(id.Audience) > 1 {
		return Person{}, errProvider(errors.New("audience"))
	}
	who := Person{Issuer: id.Issuer, Subject: id.Subject}
	if claims.Email != "" {
		if claims.Verified == true || claims.Verified == "true" { // some send words
			who.Email = NormalEmail(claims.Email)
		}
		return who, nil
	}
	// Many give addresses only to who asks for them; such an answer must speak of the same
	// person. Without one he may still be linked already.
	info, err := known.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err == nil && info.Subject == id.Subject && info.EmailVerified {
		who.Email = NormalEmail(info.Email)
	}
	return who, nil
}

// Out is where somebody also logs out of the provider, "" if it has no such place or
// cannot be asked.
func (p *Provider) Out(ctx context.Context, back string) string {
	known, err := p.discover(ctx)
	if err != nil {
		return ""
	}
	var more struct {
		End string `json:"end_session_endpoint"`
	}
	if known.Claims(&more) != nil || more.End == "" {
		return ""
	}
	u, err := url.Parse(more.End)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.ClientID)
	q.Set("post_logout_redirect_uri", back)
	u.RawQuery = q.Encode()
	return u.String()
}

// links reports whether officers may be linked by an address.
func (p *Provider) links(email string) bool {
	i := strings.LastIndexByte(email, '@')
	return i > 0 && slices.Contains(p.Domains, email[i+1:])
}

// EnterByProvider returns the officer that a person is. The first time he is found by his
// verified address, which links him; afterwards only by what the provider calls him for
// good, so that an address given to somebody else opens nothing. Nobody gets an account
// by it.
func (a *Access) EnterByProvider(ctx context.Context, p *Provider, region string, who Person) (*store.Officer, error) {
	var o *store.Officer
	var refused error
	err := a.store.InTx(ctx, func(tx *store.Store) (err error) {
		o, refused = nil, nil
		link, err := tx.OfficerIdentity(ctx, who.Issuer, who.Subject)
		switch {
		case err == nil:
			if o, err = tx.Officer(ctx, link.OfficerID); err != nil {
				return err
			}
			err = tx.UsedOfficerIdentity(ctx, link)
		case tanggap.CodeOf(err) == tanggap.NotFound:
			o, err = a.introduce(ctx, tx, p, region, who)
		}
		if err != nil {
			return err
		}
		if !o.DisabledAt.IsZero() {
			refused = tanggap.Errorf(tanggap.Forbidden, "Akun ini dinonaktifkan. Hubungi admin daerah Anda.")
			return remember(ctx, tx, o.ID, ByProvider, true)
		}
		if SecondOn(o) {
			return nil
		}
		o.LastLoginAt = a.clock.Now().UTC()
		return tx.SetOfficer(ctx, o)
	})
	if err == nil {
		err = refused
	}
	return o, err
}

// introduce finds the officer of a person who comes for the first time, and links him.
func (a *Access) introduce(ctx context.Context, tx *store.Store, p *Provider, region string, who Person) (*store.Officer, error) {
	if who.Email == "" {
		return nil, tanggap.Errorf(tanggap.Forbidden, "%s tidak memberikan alamat surel yang sudah diperiksa. Minta pengelolanya memeriksa alamat Anda, atau masuk dengan kata sandi.", p.Label)
	}
	if !p.links(who.Email) {
		return nil, tanggap.Errorf(tanggap.Forbidden, "Alamat %s tidak termasuk domain yang diterima di sini. Masuk dengan akun dinas, atau dengan kata sandi.", who.Email)
	}
	o, err := tx.OfficerByEmail(ctx, who.Email)
	if tanggap.CodeOf(err) == tanggap.NotFound {
		return nil, tanggap.Errorf(tanggap.Forbidden, "Belum ada petugas dengan alamat %s. Minta admin daerah Anda mengundang alamat ini.", who.Email)
	}
	if err != nil || !o.DisabledAt.IsZero() {
		return o, err
	}
	others, err := tx.OfficerIdentities(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(others, func(x *store.OfficerIdentity) bool { return x.Issuer == who.Issuer }) {
		return nil, tanggap.Errorf(tanggap.Forbidden, "Akun petugas %s sudah ditautkan ke orang lain di %s. Bila itu Anda, minta admin membuat tautan kata sandi baru dan menghapus tautan lama.", who.Email, p.Label)
	}
	if err := tx.AddOfficerIdentity(ctx, &store.OfficerIdentity{Issuer: who.Issuer, Subject: who.Subject, OfficerID: o.ID}); err != nil {
		return nil, err
	}
	return o, tx.AddRegionEvent(ctx, region, "officer:"+o.ID, Linked, nil)
}

// Unlink ends that an officer can come by the provider.
func (a *Access) Unlink(ctx context.Context, region, id string) error {
	return a.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.RemoveOfficerIdentities(ctx, id); err != nil {
			return err
		}
		return tx.AddRegionEvent(ctx, region, "officer:"+id, Unlinked, nil)
	})
}
