package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tanggap/internal/channel"
	"tanggap/internal/channel/whatsapp"
)

// directWorld is a client that speaks to the simulator without a network.
func directWorld(t *testing.T, change func(*MetaConfig)) (*Meta, *whatsapp.Client, *handClock) {
	t.Helper()
	clock := &handClock{now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	cfg := MetaConfig{Clock: clock, Token: "token-uji", AppSecret: "rahasia"}
	if change != nil {
		change(&cfg)
	}
	meta := NewMeta(cfg)
	client, err := whatsapp.NewClient(whatsapp.Config{BaseURL: "http://127.0.0.1:1", Version: "v26.0", PhoneNumberID: "100000000000001",
		AccountID: "100000000000002", Token: "token-uji"}, &http.Client{Transport: meta.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	return meta, client, clock
}

// TestTransport holds that faults without a network look as they do with one, and
// that none of them takes time.
func TestTransport(t *testing.T) {
	for _, test := range []struct {
		action    MetaAction
		fault     channel.Fault
		delivered int
	}{
		{ActOK, "", 1},
		{ActSlow, "", 1},
		{ActReplyLost, channel.FaultUnknown, 1},
		{ActTimeoutAfter, channel.FaultUnknown, 1},
		{ActTimeoutBefore, channel.FaultUnknown, 0},
		{ActReset, channel.FaultUnknown, 0},
		{ActNoConnection, channel.FaultRetry, 0},
	} {
		t.Run(string(test.action), func(t *testing.T) {
			fates := map[string]MetaStep{"a": {Action: test.action, Untold: true}}
			meta, client, clock := directWorld(t, func(cfg *MetaConfig) {
				cfg.Fate = func(mark string) MetaStep { return fates[mark] }
			})
			meta.AddUser(MetaUser{Phone: ina, LastWrote: clock.Now()})
			_, err := client.Send(t.Context(), channel.Outbound{AttemptID: "a", To: channel.Address{Phone: "+" + ina}, Text: "jawab"})
			if fault(err) != test.fault || len(meta.Chat(ina)) != test.delivered {
				t.Errorf("%v, %d delivered", err, len(meta.Chat(ina)))
			}
			if bodies, err := meta.Take(); err != nil || len(bodies) != 0 {
				t.Errorf("statuses were told: %s, %v", bodies, err)
			}
		})
	}
	_, client, _ := directWorld(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Health(ctx, time.Time{}); !errors.As(err, new(*channel.SendError)) {
		t.Error(err)
	}
}

func TestTemplatesByPages(t *testing.T) {
	var want []whatsapp.TemplateInfo
	meta, client, _ := directWorld(t, func(cfg *MetaConfig) {
		for i := range 230 {
			name := fmt.Sprintf("t%03d", i)
			cfg.Templates = append(cfg.Templates, MetaTemplate{Name: name, Language: "id", Text: "Laporan {{1}}: {{2}}, sekali lagi {{1}}", Params: 2})
			want = append(want, whatsapp.TemplateInfo{Name: name, Language: "id", Category: "utility", Status: "APPROVED", Quality: "GREEN", Params: 2})
		}
	})
	got, err := client.Templates(t.Context())
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	if err := meta.SetTemplate("t007", "id", "PAUSED", "low quality"); err != nil {
		t.Fatal(err)
	}
	if err := meta.SetTemplate("lain", "id", "PAUSED", ""); err == nil {
		t.Error("a template that does not exist was paused")
	}
	out := channel.Outbound{To: channel.Address{Phone: "+" + ina}, Template: &channel.Template{Name: "t007", Language: "id", Params: []string{"a", "b"}}}
	if _, err := client.Send(t.Context(), out); fault(err) != channel.FaultTemplate {
		t.Error(err)
	}
	sign := onlySign(t, meta)
	if sign.Subject != "template:t007/id" || sign.Value != "PAUSED" || sign.Detail != "low quality" || sign.At.IsZero() {
		t.Errorf("%+v", sign)
	}
}

// onlySign reads the one webhook that waits.
func onlySign(t *testing.T, meta *Meta) channel.AccountSign {
	t.Helper()
	bodies, err := meta.Take()
	if err != nil || len(bodies) != 1 {
		t.Fatalf("%d bodies, %v", len(bodies), err)
	}
	items := whatsapp.Reader{}.Split(bodies[0])
	if len(items) != 1 {
		t.Fatalf("%d items", len(items))
	}
	parsed, err := whatsapp.Reader{}.Parse(items[0])
	if err != nil || parsed.Sign == nil {
		t.Fatalf("%+v, %v", parsed, err)
	}
	return *parsed.Sign
}

func TestHealthOfTheNumber(t *testing.T) {
	meta, client, clock := directWorld(t, nil)
	signs, err := client.Health(t.Context(), clock.Now())
	if err != nil || len(signs) != 6 || signs[0].Subject != "number" || signs[0].Sign != "quality" || signs[0].Value != "GREEN" {
		t.Errorf("%+v, %v", signs, err)
	}
	if err := meta.TellAccount("account_update", map[string]any{"event": "ACCOUNT_VIOLATION"}); err != nil {
		t.Fatal(err)
	}
	if s := onlySign(t, meta); s.Subject != "account" || s.Value != "ACCOUNT_VIOLATION" {
		t.Errorf("%+v", s)
	}
}

// TestPrices holds what statuses say about the price: the first service messages
// cost nothing, a template always does.
func TestPrices(t *testing.T) {
	w := newMetaWorld(t, func(cfg *MetaConfig) {
		cfg.Free, cfg.Statuses = 1, []string{"sent"}
		cfg.Templates = []MetaTemplate{{Name: "status", Language: "id", Text: "Ada kabar"}}
	})
	must(t)(w.meta.Say(ina, "halo"))
	for _, out := range []channel.Outbound{{Text: "satu"}, {Text: "dua"}, {Template: &channel.Template{Name: "status", Language: "id"}}} {
		out.To = channel.Address{Phone: "+" + ina}
		must(t)(w.client.Send(t.Context(), out))
	}
	w.flush(t)
	var got []string
	for _, s := range w.city.statuses {
		got = append(got, fmt.Sprint(s.Category, s.Billable))
	}
	if diff := cmp.Diff([]string{"servicefalse", "servicetrue", "utilitytrue"}, got); diff != "" {
		t.Error(diff)
	}
}
