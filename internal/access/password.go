package access

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"tanggap/internal/tanggap"
)

// hashesAtOnce caps the memory that log-ins can take: 19 MiB each.
const hashesAtOnce = 2

// params follow the OWASP minimum for argon2id: 19 MiB, t=2, p=1.
var params = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// Length of a password in characters. NIST SP 800-63B asks for no other composition
// rules and for a list of known bad ones.
const (
	minPassword = 12
	maxPassword = 200
)

//go:embed denied.txt
var deniedText string

var denied = func() map[string]bool {
	m := map[string]bool{}
	for _, line := range strings.Fields(deniedText) {
		m[line] = true
	}
	return m
}()

// CheckPassword says what is wrong with a new password, nil if nothing is.
func CheckPassword(password, email string) error {
	wrong := func(format string, args ...any) error {
		return &tanggap.Error{Code: tanggap.Invalid, Field: "sandi", Message: fmt.Sprintf(format, args...)}
	}
	n := utf8.RuneCountInString(password)
	low := strings.ToLower(password)
	local, _, _ := strings.Cut(strings.ToLower(email), "@")
	switch {
	case !utf8.ValidString(password) || n < minPassword:
		return wrong("Kata sandi paling sedikit %d huruf. Beberapa kata yang tidak berhubungan mudah diingat.", minPassword)
	case n > maxPassword:
		return wrong("Kata sandi paling banyak %d huruf.", maxPassword)
	case low == strings.ToLower(email), len(local) >= 4 && strings.Contains(low, local):
		return wrong("Kata sandi tidak boleh berisi alamat surel Anda.")
	case common(low):
		return wrong("Kata sandi ini mudah ditebak. Pilih yang lain.")
	}
	return nil
}

// common reports whether a password is one of the known bad ones, also with digits
// and signs put around it, or only few different characters.
func common(low string) bool {
	core := strings.Trim(low, "0123456789!@#$%^&*()-_=+.,?/ ")
	kinds := map[rune]bool{}
	for _, r := range low {
		kinds[r] = true
	}
	return core == "" || denied[low] || denied[core] || len(kinds) < 5
}

// hash and matches wait for one of the places for hashing.
func (a *Access) hash(ctx context.Context, password string) (string, error) {
	if err := a.enter(ctx); err != nil {
		return "", err
	}
	defer a.leave()
	return argon2id.CreateHash(password, params)
}

func (a *Access) enter(ctx context.Context) error {
	select {
	case a.hashing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return tanggap.Errorf(tanggap.Unavailable, "Terlalu banyak yang masuk bersamaan. Coba lagi sebentar.")
	}
}

func (a *Access) leave() { <-a.hashing }
