package whatsapp

import (
	"net/url"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tanggap/internal/channel"
)

func TestVerify(t *testing.T) {
	query := func(mode, token string) url.Values {
		return url.Values{"hub.mode": {mode}, "hub.verify_token": {token}, "hub.challenge": {"1158201444"}}
	}
	cases := []struct {
		name  string
		query url.Values
		token string
		ok    bool
	}{
		{"right", query("subscribe", "rahasia"), "rahasia", true},
		{"wrong token", query("subscribe", "rahasi"), "rahasia", false},
		{"wrong mode", query("unsubscribe", "rahasia"), "rahasia", false},
		{"no token configured", query("subscribe", ""), "", false},
		{"nothing given", url.Values{}, "rahasia", false},
	}
	for _, c := range cases {
		challenge, ok := Verify(c.query, c.token)
		if ok != c.ok || ok != (challenge == "1158201444") {
			t.Errorf("%s: %q, %v", c.name, challenge, ok)
		}
	}
}

func TestSigned(t *testing.T) {
	// HMAC-SHA256 test case 2 of RFC 4231.
	body, secret := []byte("what do ya want for nothing?"), "Jefe"
	header := "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
	cases := []struct {
		name    string
		body    []byte
		header  string
		secrets []string
		ok      bool
	}{
		{"right", body, header, []string{secret}, true},
		{"old secret during rotation", body, header, []string{"baru", secret}, true},
		{"new secret during rotation", body, header, []string{secret, "lama"}, true},
		{"wrong secret", body, header, []string{"lain"}, false},
		{"no secret", body, header, nil, false},
		{"changed body", append([]byte("x"), body...), header, []string{secret}, false},
		{"truncated body", body[:10], header, []string{secret}, false},
		{"no header", body, "", []string{secret}, false},
		{"no prefix", body, header[7:], []string{secret}, false},
		{"old sha1 header", body, "sha1=" + header[7:], []string{secret}, false},
		{"truncated header", body, header[:20], []string{secret}, false},
		{"not hex", body, "sha256=zz", []string{secret}, false},
		// The empty secret's own signature of "" must not pass.
		{"empty secret", nil, "sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad", []string{""}, false},
	}
	for _, c := range cases {
		if got := Signed(c.body, c.header, c.secrets...); got != c.ok {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestWindowOpen(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	cases := []struct {
		last time.Time
		open bool
	}{
		{time.Time{}, false},
		{now, true},
		{now.Add(time.Second), true}, // Meta's clock may be ahead
		{now.Add(-24*time.Hour + time.Second), true},
		{now.Add(-24 * time.Hour), false},
	}
	for _, c := range cases {
		if got := WindowOpen(c.last, now); got != c.open {
			t.Errorf("%v: %v", c.last, got)
		}
	}
}

func TestMergeStatus(t *testing.T) {
	cases := []struct{ old, news, want channel.DeliveryState }{
		{"", channel.Sent, channel.Sent},
		{channel.Delivered, channel.Sent, channel.Delivered},
		{channel.Read, channel.Delivered, channel.Read},
		{channel.Sent, channel.Failed, channel.Failed},
		{channel.Failed, channel.Sent, channel.Failed},
		{channel.Failed, channel.Delivered, channel.Delivered},
		{channel.Delivered, channel.Failed, channel.Delivered},
		{channel.Sent, "", channel.Sent},
		{channel.Sent, "deleted", channel.Sent},
	}
	for _, c := range cases {
		if got := MergeStatus(c.old, c.news); got != c.want {
			t.Errorf("%q then %q: %q, want %q", c.old, c.news, got, c.want)
		}
	}
}

// Whatever the order and the repetitions, the same news end in the same state.
func TestMergeStatusIgnoresOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]channel.DeliveryState{channel.Sent, channel.Delivered, channel.Read, channel.Failed})
		news := rapid.SliceOf(word).Draw(t, "news")
		other := rapid.Permutation(append(news, news...)).Draw(t, "other")
		var a, b channel.DeliveryState
		for _, s := range news {
			a = MergeStatus(a, s)
		}
		for _, s := range other {
			b = MergeStatus(b, s)
		}
		if a != b {
			t.Fatalf("%v gives %q, %v gives %q", news, a, other, b)
		}
	})
}

func TestPace(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	p := NewPace(PairGap, 100)
	for i := range 3 {
		if got, want := p.Next("a", now), now.Add(time.Duration(i)*PairGap); got != want {
			t.Errorf("message %d at %v, want %v", i, got, want)
		}
	}
	if got := p.Next("b", now); got != now {
		t.Errorf("another person waits until %v", got)
	}
	if later := now.Add(time.Minute); p.Next("a", later) != later {
		t.Error("still waits after a minute")
	}
}

// However many people, memory is bounded and nobody is ever told the past; while
// there is room, the gap holds.
func TestPaceProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		max := rapid.IntRange(1, 5).Draw(t, "max")
		people := rapid.IntRange(1, 8).Draw(t, "people")
		p := NewPace(PairGap, max)
		now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
		last := map[string]time.Time{}
		for range rapid.IntRange(1, 60).Draw(t, "messages") {
			now = now.Add(time.Duration(rapid.IntRange(0, 9).Draw(t, "seconds")) * time.Second)
			who := string(rune('a' + rapid.IntRange(0, people-1).Draw(t, "who")))
			at := p.Next(who, now)
			if at.Before(now) || len(p.free) > max {
				t.Fatalf("%v before %v, or %d remembered", at, now, len(p.free))
			}
			if before, ok := last[who]; ok && people <= max && at.Sub(before) < PairGap {
				t.Fatalf("%s at %v and %v", who, before, at)
			}
			last[who] = at
		}
	})
}
