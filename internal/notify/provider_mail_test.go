package notify_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tanggap/internal/apptest"
	"tanggap/internal/apptest/race"
	"tanggap/internal/channel"
	"tanggap/internal/notify"
	"tanggap/internal/sim"
	"tanggap/internal/store"
)

// postOffice is a mail server with the luck of a campaign. It keeps every copy.
type postOffice struct {
	c  *campaign
	mu sync.Mutex
	in map[string][]string // by words: the Message-IDs, one for each copy
	by map[string][]string // by address: the words, in their order
}

func (o *postOffice) Send(_ context.Context, out channel.Outbound) (string, error) {
	words, _, _ := strings.Cut(out.Text, "\n")
	drawn := o.c.next(words)
	if drawn < 0 || drawn >= notDone && drawn < unclear || luck[drawn].Action == sim.ActSlow {
		o.mu.Lock()
		o.in[words] = append(o.in[words], out.MessageID)
		o.by[out.To.Email] = append(o.by[out.To.Email], words)
		o.mu.Unlock()
	}
	switch {
	case drawn < 0 || luck[drawn].Action == sim.ActSlow:
		return out.MessageID, nil
	case drawn < unclear:
		return "", &channel.SendError{Fault: channel.FaultUnknown, Detail: string(luck[drawn].Action)}
	case luck[drawn].RetryAfter > 0:
		return "", &channel.SendError{Fault: channel.FaultSlow, RetryAfter: luck[drawn].RetryAfter, Detail: "421 too many"}
	}
	return "", &channel.SendError{Fault: channel.FaultRetry, Code: 451, Detail: "451 later"}
}

// byPost runs a campaign against the post office and returns what is wrong.
func byPost(t *testing.T, postgres bool, people int, sabot func(channel.Sender) channel.Sender) (problems []string, copies int) {
	t.Helper()
	c := newCampaign(t, postgres, people, channel.Way{Region: apptest.Region, Channel: channel.Email})
	c.sabot = sabot
	office := &postOffice{c: c, in: map[string][]string{}, by: map[string][]string{}}
	c.run(office, func(*notify.Dispatcher) {})
	states := c.states("")
	for words, state := range states {
		ids := slices.Clone(office.in[words])
		copies += len(ids)
		was, accepted := c.unclearTry(words)
		if was && c.orphans[words] != "" && state == store.NoticeUnknown {
			// Told once more already when the process died with it in hand: it stays unknown, and says so.
			continue
		}
		most := 1
		if accepted || c.orphans[words] != "" {
			most = 2 // nobody tells us that the first one arrived
		}
		seen := len(slices.Compact(slices.Sorted(slices.Values(ids))))
		if seen != 1 || len(ids) > most || state != store.NoticeSent {
			problems = append(problems, fmt.Sprintf("%s: %d copies, %d mails, %q, fate %v", state, len(ids), seen, words, c.fate[words]))
		}
	}
	for address, list := range office.by {
		last := ""
		for _, words := range list {
			if was, _ := c.unclearTry(words); was || c.orphans[words] != "" || strings.HasSuffix(words, fmt.Sprint("-", urgentOnes)) {
				continue // told again later, or goes before others
			}
			if words < last {
				problems = append(problems, fmt.Sprintf("order: %q after %q to %s", words, last, address))
			}
			last = words
		}
	}
	return problems, copies
}

// TestMailFaults is TestProviderFaults by mail, where what is unknown is tried once
// more: each notice arrives, and all its copies are one mail.
func TestMailFaults(t *testing.T) {
	for engine, people := range engines() {
		t.Run(engine, func(t *testing.T) {
			problems, copies := byPost(t, engine == "postgres", people, nil)
			report(t, problems)
			t.Logf("%d copies of %d mails", copies, people*perPerson)
		})
	}
}

// renamed is the sabotage of mail: every try is a mail of its own.
type renamed struct {
	channel.Sender
	n *atomic.Int64
}

func (r renamed) Send(ctx context.Context, out channel.Outbound) (string, error) {
	out.MessageID = fmt.Sprintf("%d@lapor.example", r.n.Add(1))
	return r.Sender.Send(ctx, out)
}

// TestMailFaultsSeeNewMessageIDs has so many people that the mails told twice are more
// than one batch: those in the hands of the process that dies may stay unknown.
func TestMailFaultsSeeNewMessageIDs(t *testing.T) {
	race.Skip(t)
	var n atomic.Int64
	problems, _ := byPost(t, false, 200, func(s channel.Sender) channel.Sender { return renamed{s, &n} })
	if len(problems) < 5 {
		t.Errorf("only %d problems were seen: %q", len(problems), problems)
	}
}
