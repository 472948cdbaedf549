package email

import (
	"testing"

	"go.uber.org/goleak"

	"tanggap/internal/sandbox"
)

func TestMain(m *testing.M) {
	if sandbox.Main(Handlers()...) {
		return
	}
	goleak.VerifyTestMain(m)
}
