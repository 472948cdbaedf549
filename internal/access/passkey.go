package access

import (
	"context"
	"encoding/json"
	"net"
	"strings"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// maxPasskeys is how many keys an officer may have at one host.
const maxPasskeys = 10

var (
	errPasskey = &tanggap.Error{Code: tanggap.Unauthorized, Field: "kunci", Message: "Kunci sandi ini tidak diterima. Coba lagi, atau masuk dengan cara lain."}
	errCloned  = &tanggap.Error{Code: tanggap.Forbidden, Field: "kunci", Message: "Kunci sandi ini mungkin disalin orang lain, jadi tidak dipakai lagi. Masuk dengan cara lain, lalu hapus kunci ini di halaman Akun."}
	errStale   = &tanggap.Error{Code: tanggap.Unauthorized, Field: "kunci", Message: "Permintaan ini terlalu lama dibiarkan. Coba lagi."}
)

// Place is where passkeys are made and good: a host of a region. Browsers tie each key to
// the host.
type Place struct {
	Region string
	Name   string // of the region, which devices show
	Host   string // without port
	Origin string // scheme, host and port
}

// Possible reports whether browsers make passkeys here: they do not for bare addresses.
func (p Place) Possible() bool { return p.Host != "" && net.ParseIP(strings.Trim(p.Host, "[]")) == nil }

func (p Place) party() (*webauthn.WebAuthn, error) {
	if !p.Possible() {
		return nil, tanggap.Errorf(tanggap.Invalid, "kunci sandi hanya bisa dipakai bila Tanggap dibuka dengan nama, bukan dengan angka alamat")
	}
	return webauthn.New(&webauthn.Config{RPID: p.Host, RPDisplayName: p.Name, RPOrigins: []string{p.Origin}, AttestationPreference: protocol.PreferNoAttestation})
}

// holder is an officer with his usable keys at a place, as the library asks for them.
type holder struct {
	officer *store.Officer
	keys    []*store.Passkey
	records []webauthn.Credential
}

func (h *holder) WebAuthnID() []byte                         { return []byte(h.officer.ID) }
func (h *holder) WebAuthnName() string                       { return h.officer.Email }
func (h *holder) WebAuthnDisplayName() string                { return h.officer.Name }
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return h.records }

func (a *Access) holder(ctx context.Context, s *store.Store, at Place, id string) (*holder, error) {
	o, err := s.Officer(ctx, id)
	if err != nil {
		return nil, err
	}
	h := &holder{officer: o}
	if h.keys, err = s.PasskeysAt(ctx, at.Region, at.Host, id); err != nil {
		return nil, err
	}
	h.records = make([]webauthn.Credential, len(h.keys))
	for i, k := range h.keys {
		if err := json.Unmarshal(k.Record, &h.records[i]); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// HasPasskey reports whether an officer can use a passkey at a place.
func (a *Access) HasPasskey(ctx context.Context, at Place, id string) (bool, error) {
	keys, err := a.store.PasskeysAt(ctx, at.Region, at.Host, id)
	for _, k := range keys {
		if k.ClonedAt.IsZero() {
			return true, err
		}
	}
	return false, err
}

// NewPasskey returns what the browser needs to make a key for an officer, and the state
// with which AddPasskey checks what comes of it.
func (a *Access) NewPasskey(ctx context.Context, at Place, id string) (options any, state []byte, err error) {
	party, err := at.party()
	if err != nil {
		return nil, nil, err
	}
	h, err := a.holder(ctx, a.store, at, id)
	if err != nil {
		return nil, nil, err
	}
	if len(h.keys) >= maxPasskeys {
		return nil, nil, tanggap.Errorf(tanggap.Conflict, "paling banyak %d kunci sandi; hapus satu yang tidak dipakai", maxPasskeys)
	}
	creation, session, err := party.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.records).CredentialDescriptors()),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred}))
	if err != nil {
		return nil, nil, err
	}
	state, err = json.Marshal(session)
	return creation, state, err
}

// PasskeyName is a name as keys have it, or what is wrong with it.
func PasskeyName(name string) (string, error) {
	if name = strings.TrimSpace(name); name == "" || utf8.RuneCountInString(name) > 60 {
		return "", &tanggap.Error{Code: tanggap.Invalid, Field: "kunci", Message: "Beri kunci ini nama, paling panjang 60 huruf, misalnya Ponsel kantor."}
	}
	return name, nil
}

// AddPasskey keeps the key that a browser made. With an officer's first second factor it
// returns the codes that stand in for it when it is lost; they are shown this once.
func (a *Access) AddPasskey(ctx context.Context, at Place, id, name string, state, response []byte) (codes []string, err error) {
	session, party, err := resume(at, state)
	if err != nil {
		return nil, err
	}
	if name, err = PasskeyName(name); err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return nil, errPasskey
	}
	err = a.store.InTx(ctx, func(tx *store.Store) error {
		codes = nil
		if err := tx.Lock(ctx, "officer:"+id); err != nil {
			return err
		}
		h, err := a.holder(ctx, tx, at, id)
		if err != nil {
			return err
		}
		made, err := party.CreateCredential(h, *session, parsed)
		if err != nil {
			return errPasskey
		}
		record, err := json.Marshal(made)
		if err != nil {
			return err
		}
		if !SecondOn(h.officer) {
			if codes, err = freshCodes(ctx, tx, id); err != nil {
				return err
			}
		}
		if err := tx.AddPasskey(ctx, &store.Passkey{Region: at.Region, OfficerID: id, Host: at.Host, Record: record, Name: name}, made.ID); err != nil {
			return err
		}
		return tx.AddRegionEvent(ctx, at.Region, "officer:"+id, PasskeySet, map[string]any{"on": true})
	})
	return codes, err
}

func resume(at Place, state []byte) (*webauthn.SessionData, *webauthn.WebAuthn, error) {
	session := &webauthn.SessionData{}
	if len(state) == 0 || json.Unmarshal(state, session) != nil {
		return nil, nil, errStale
	}
	party, err := at.party()
	return session, party, err
}

// AskPasskey returns what the browser needs to ask for a key: of an officer, or with ""
// for any key that proves who its owner is, which then stands for password and second
// factor at once.
func (a *Access) AskPasskey(ctx context.Context, at Place, id string) (options any, state []byte, err error) {
	party, err := at.party()
	if err != nil {
		return nil, nil, err
	}
	var asked *protocol.CredentialAssertion
	var session *webauthn.SessionData
	if id == "" {
		asked, session, err = party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	} else {
		var h *holder
		if h, err = a.holder(ctx, a.store, at, id); err != nil {
			return nil, nil, err
		}
		if len(h.records) == 0 {
			return nil, nil, tanggap.Errorf(tanggap.Invalid, "belum ada kunci sandi di alamat ini")
		}
		asked, session, err = party.BeginLogin(h, webauthn.WithUserVerification(protocol.VerificationPreferred))
	}
	if err != nil {
		return nil, nil, err
	}
	state, err = json.Marshal(session)
	return asked, state, err
}

// EnterByPasskey returns the officer whose key answered, after its device has made sure
// that it is he.
func (a *Access) EnterByPasskey(ctx context.Context, at Place, state, response []byte) (*store.Officer, error) {
	return a.passkey(ctx, at, "", state, response)
}

// SecondByPasskey checks a key as the second factor of an officer who has proved himself
// otherwise.
func (a *Access) SecondByPasskey(ctx context.Context, at Place, id string, state, response []byte) (*store.Officer, error) {
	return a.passkey(ctx, at, id, state, response)
}

// passkey checks the answer of a key, of an officer or of anybody. Keys cannot be guessed,
// so an account at rest still opens by its own: nobody is kept out by a stranger who
// tries passwords.
func (a *Access) passkey(ctx context.Context, at Place, id string, state, response []byte) (*store.Officer, error) {
	session, party, err := resume(at, state)
	if err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return nil, errPasskey
	}
	owner := id
	if id == "" {
		owner = string(parsed.Response.UserHandle)
	}
	if owner == "" || len(owner) > 64 {
		return nil, errPasskey
	}
	var o *store.Officer
	var refused error // answered after what it leaves behind is written
	err = a.store.InTx(ctx, func(tx *store.Store) error {
		o, refused = nil, nil
		if err := tx.Lock(ctx, "officer:"+owner); err != nil {
			return err
		}
		h, err := a.holder(ctx, tx, at, owner)
		if tanggap.CodeOf(err) == tanggap.NotFound {
			return errPasskey
		}
		if err != nil {
			return err
		}
		var used *webauthn.Credential
		if id == "" {
			used, err = party.ValidateDiscoverableLogin(func(_, _ []byte) (webauthn.User, error) { return h, nil }, *session, parsed)
		} else {
			used, err = party.ValidateLogin(h, *session, parsed)
		}
		if err != nil {
			refused = errPasskey
			return remember(ctx, tx, owner, ByPasskey, true)
		}
		if !h.officer.DisabledAt.IsZero() {
			return tanggap.Errorf(tanggap.Forbidden, "Akun ini dinonaktifkan. Hubungi admin daerah Anda.")
		}
		key := h.key(used.ID)
		if !key.ClonedAt.IsZero() || used.Authenticator.CloneWarning {
			refused = errCloned
			return cloned(ctx, tx, at, key)
		}
		now := a.clock.Now().UTC()
		key.UsedAt = now
		if key.Record, err = json.Marshal(used); err != nil {
			return err
		}
		if err := tx.SetPasskey(ctx, key); err != nil {
			return err
		}
		o = h.officer
		o.LastLoginAt = now
		return tx.SetOfficer(ctx, o)
	})
	if err == nil {
		err = refused
	}
	return o, err
}

func (h *holder) key(credential []byte) *store.Passkey {
	for i, r := range h.records {
		if string(r.ID) == string(credential) {
			return h.keys[i]
		}
	}
	return nil // the library checked a record of ours
}

// cloned refuses a key from now on whose counter went back: two devices have it.
func cloned(ctx context.Context, tx *store.Store, at Place, k *store.Passkey) error {
	if err := remember(ctx, tx, k.OfficerID, ByPasskey, true); err != nil || !k.ClonedAt.IsZero() {
		return err
	}
	k.ClonedAt = tx.Clock().Now().UTC()
	if err := tx.SetPasskey(ctx, k); err != nil {
		return err
	}
	return tx.AddRegionEvent(ctx, at.Region, "system", PasskeySet, map[string]any{"officer": k.OfficerID, "cloned": true})
}

// RemovePasskey forgets a key of an officer, but not the last second factor of one whose
// role must have it.
func (a *Access) RemovePasskey(ctx context.Context, region, id, key string) error {
	return a.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.Lock(ctx, "officer:"+id); err != nil {
			return err
		}
		if err := tx.RemovePasskey(ctx, id, key); err != nil {
			return err
		}
		o, err := tx.Officer(ctx, id)
		if err != nil {
			return err
		}
		if !SecondOn(o) {
			if a.MustHaveSecond(o) {
				return tanggap.Errorf(tanggap.Conflict, "Peran Anda harus punya faktor kedua, dan ini yang terakhir. Tambahkan kunci lain atau nyalakan kode sekali pakai dulu.")
			}
			if err := tx.SetOfficerCodes(ctx, id, nil); err != nil {
				return err
			}
		}
		return tx.AddRegionEvent(ctx, region, "officer:"+id, PasskeySet, map[string]any{"on": false})
	})
}
