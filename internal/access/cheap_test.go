package access

import (
	"testing"

	"github.com/alexedwards/argon2id"
)

// asked is what the product asks of a hash; the tests of this package verify hundreds of
// passwords and ask less.
var asked = *params

func init() {
	params = &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// The least that OWASP's password storage cheat sheet asks of argon2id: 19 MiB and two
// rounds on one lane.
func TestHashIsHardEnough(t *testing.T) {
	if asked.Memory < 19*1024 || asked.Iterations < 2 || asked.Parallelism < 1 || asked.SaltLength < 16 || asked.KeyLength < 32 {
		t.Errorf("%+v", asked)
	}
}
