package notify_test

import (
	"strings"
	"testing"

	"tanggap/internal/apptest"
	"tanggap/internal/notify"
	"tanggap/internal/tanggap"
)

func TestThreadToken(t *testing.T) {
	s := apptest.SQLite(t)
	keys, err := s.RegionKeys(t.Context(), apptest.Region)
	if err != nil {
		t.Fatal(err)
	}
	id := tanggap.NewID()
	token := notify.ThreadToken(keys, id)
	if len(token) != 45 {
		t.Errorf("token has %d characters", len(token))
	}
	for _, good := range []string{token, strings.ToUpper(token)} {
		if got, ok := notify.ThreadCase(keys, good); !ok || got != id {
			t.Errorf("%q names %q, %v; want %q", good, got, ok, id)
		}
	}
	other := notify.ThreadToken(keys, tanggap.NewID())
	for _, bad := range []string{"", "x", token[:44], token + "0", "0" + token[1:44] + "!", other[:26] + token[26:], token[:20] + "zz" + token[22:]} {
		if got, ok := notify.ThreadCase(keys, bad); ok {
			t.Errorf("%q opens %q", bad, got)
		}
	}
	if got := notify.ThreadToken(keys, "no id"); got != "" {
		t.Errorf("a token for no case: %q", got)
	}
}
