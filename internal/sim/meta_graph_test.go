package sim

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/channel/whatsapp"
)

func TestScript(t *testing.T) {
	cases := []struct {
		step      MetaStep
		fault     channel.Fault
		delivered int
	}{
		{MetaStep{Action: ActOK}, "", 1},
		{MetaStep{Action: ActReplyLost}, channel.FaultUnknown, 1},
		{MetaStep{Action: ActReset}, channel.FaultUnknown, 0},
		{MetaStep{Action: ActTimeoutBefore}, channel.FaultUnknown, 0},
		{MetaStep{Action: ActTimeoutAfter}, channel.FaultUnknown, 1},
		{MetaStep{Action: ActRefuse, HTTP: 429, Code: 130429, RetryAfter: 7 * time.Second}, channel.FaultSlow, 0},
		{MetaStep{Action: ActRefuse, HTTP: 500}, channel.FaultUnknown, 0},
		{MetaStep{Action: ActRefuse, HTTP: 503}, channel.FaultRetry, 0},
		{MetaStep{Action: ActRefuse, HTTP: 400, Code: 131056}, channel.FaultSlow, 0},
		{MetaStep{Action: ActRefuse, HTTP: 401, Code: 190}, channel.FaultAccount, 0},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%s %d %d", c.step.Action, c.step.HTTP, c.step.Code), func(t *testing.T) {
			w := newMetaWorld(t, nil)
			must(t)(w.meta.Say(ina, "halo"))
			w.meta.Script(c.step)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			if strings.HasPrefix(string(c.step.Action), "timeout") {
				cancel()
				ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
			}
			defer cancel()
			_, err := w.client.Send(ctx, channel.Outbound{AttemptID: "a", To: channel.Address{Phone: "+" + ina}, Text: "jawab"})
			if fault(err) != c.fault {
				t.Errorf("%v, want %q", err, c.fault)
			}
			w.flush(t)
			if n := len(w.meta.Chat(ina)) - 1; n != c.delivered || len(w.city.statuses) != 3*n {
				t.Errorf("%d delivered, %d statuses", n, len(w.city.statuses))
			}
			// An accepted message whose answer was lost is found by its mark.
			if c.delivered == 1 && w.city.statuses[0].AttemptID != "a" {
				t.Errorf("%+v", w.city.statuses[0])
			}
			var e *channel.SendError
			if errors.As(err, &e) && c.step.RetryAfter != 0 && e.RetryAfter != c.step.RetryAfter {
				t.Errorf("wait %v", e.RetryAfter)
			}
			// The script is over.
			if _, err := w.client.Send(t.Context(), channel.Outbound{To: channel.Address{Phone: "+" + ina}, Text: "lagi"}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRulesOfTheHouse(t *testing.T) {
	w := newMetaWorld(t, func(cfg *MetaConfig) {
		cfg.PairGap = whatsapp.PairGap
		cfg.NoScopedID = []string{"template"}
		cfg.Templates = []MetaTemplate{{Name: "status", Language: "id", Text: "Laporan {{1}}: {{2}}", Params: 2}}
	})
	w.meta.AddUser(MetaUser{Phone: "628110000009", UserID: "ID.9", NoWhatsApp: true})
	w.meta.AddUser(MetaUser{Phone: ina, UserID: "ID.1"})
	send := func(out channel.Outbound) channel.Fault {
		if out.To == (channel.Address{}) {
			out.To = channel.Address{ExternalID: "ID.1", Phone: "+" + ina}
		}
		_, err := w.client.Send(t.Context(), out)
		return fault(err)
	}
	template := func(name string, params ...string) channel.Outbound {
		return channel.Outbound{Template: &channel.Template{Name: name, Language: "id", Params: params}}
	}
	text := channel.Outbound{Text: "halo"}
	steps := []struct {
		name string
		do   func() channel.Fault
		want channel.Fault
	}{
		{"never wrote", func() channel.Fault { return send(text) }, channel.FaultWindow},
		{"template to a number", func() channel.Fault { return send(template("status", "BAU-26-000123", "selesai")) }, ""},
		{"too soon", func() channel.Fault { return send(template("status", "a", "b")) }, channel.FaultSlow},
		{"after the gap", func() channel.Fault {
			w.clock.move(whatsapp.PairGap)
			return send(template("status", "a", "b"))
		}, ""},
		{"parameter missing", func() channel.Fault {
			w.clock.move(time.Minute)
			return send(template("status", "a"))
		}, channel.FaultTemplate},
		{"no such template", func() channel.Fault { return send(template("lain")) }, channel.FaultTemplate},
		{"wrote just now", func() channel.Fault {
			must(t)(w.meta.Say(ina, "halo"))
			return send(text)
		}, ""},
		{"a day later", func() channel.Fault {
			w.clock.move(24 * time.Hour)
			return send(text)
		}, channel.FaultWindow},
		{"no WhatsApp", func() channel.Fault {
			out := text
			out.To = channel.Address{Phone: "+628110000009"}
			return send(out)
		}, channel.FaultUnreachable},
	}
	for _, s := range steps {
		if got := s.do(); got != s.want {
			t.Errorf("%s: %q, want %q", s.name, got, s.want)
		}
	}
	if chat := w.meta.Chat(ina); chat[0].Text != "Laporan BAU-26-000123: selesai" || chat[0].Template != "status" {
		t.Errorf("%+v", chat[0])
	}
	if got := w.meta.Counts().Accepted; got != 3 {
		t.Errorf("%d accepted", got)
	}
}

// A simulator that starts with an old city behind it is told who wrote when.
func TestKnownWindow(t *testing.T) {
	w := newMetaWorld(t, nil)
	w.meta.AddUser(MetaUser{Phone: ina, UserID: "ID.1", LastWrote: w.clock.Now().Add(-23 * time.Hour)})
	out := channel.Outbound{To: channel.Address{ExternalID: "ID.1"}, Text: "halo"}
	if _, err := w.client.Send(t.Context(), out); err != nil {
		t.Error(err)
	}
	w.clock.move(time.Hour)
	if _, err := w.client.Send(t.Context(), out); fault(err) != channel.FaultWindow {
		t.Error(err)
	}
}

// Free text outside the window may be accepted at first and fail by status.
func TestLateErrors(t *testing.T) {
	w := newMetaWorld(t, func(cfg *MetaConfig) { cfg.LateErrors = true })
	id := must(t)(w.client.Send(t.Context(), channel.Outbound{To: channel.Address{Phone: "+" + ina}, Text: "halo"}))
	w.flush(t)
	if len(w.city.statuses) != 1 {
		t.Fatalf("%+v", w.city.statuses)
	}
	s := w.city.statuses[0]
	if s.ProviderID != id || s.State != channel.Failed || whatsapp.FaultOf(s.ErrorCode) != channel.FaultWindow {
		t.Errorf("%+v", s)
	}
}
