package email

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tanggap/internal/channel"
	"tanggap/internal/channel/email/mailtest"
	"tanggap/internal/sandbox"
	"tanggap/internal/tanggap"
)

var update = flag.Bool("update", false, "rewrite the section parsed of testdata/mail/*.txtar")

var reader = Reader{Address: mailtest.Address, Ours: []string{mailtest.Other}, AuthServer: mailtest.AuthServer}

func corpus(t testing.TB) []mailtest.Mail {
	t.Helper()
	mails, err := mailtest.Read("testdata/mail")
	if err != nil {
		t.Fatal(err)
	}
	return mails
}

// TestGolden reads every mail of the corpus twice, here and in a child process, and
// compares with the section parsed.
func TestGolden(t *testing.T) {
	var pool sandbox.Pool
	t.Cleanup(pool.Close)
	boxed := reader
	boxed.Sandbox = &pool
	mails := corpus(t)
	if len(mails) < 250 {
		t.Errorf("only %d mails", len(mails))
	}
	for _, m := range mails {
		t.Run(m.Name, func(t *testing.T) {
			got := describe(t, reader, m.Raw)
			if inChild := describe(t, boxed, m.Raw); inChild != got {
				t.Errorf("in a child process:\n%s", cmp.Diff(got, inChild))
			}
			if *update {
				if err := m.Update(mailtest.Parsed, got); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, _ := m.Section(mailtest.Parsed)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// describe writes what a mail is read as, without members that are empty. Of texts
// longer than a page it keeps the ends.
func describe(t *testing.T, r Reader, raw []byte) string {
	t.Helper()
	items := r.Split(raw)
	if len(items) != 1 {
		t.Fatalf("%d items", len(items))
	}
	item := items[0]
	out := map[string]any{"item": fmt.Sprintf("%s %s %s", item.Kind, item.Account, item.ExternalID[:len("sha256:")+8])}
	parsed, err := r.Parse(item)
	if err != nil {
		out["quarantine"] = err.Error()
	}
	data, err := json.Marshal(parsed)
	if err != nil {
		t.Fatal(err)
	}
	var full map[string]any
	if err := json.Unmarshal(data, &full); err != nil {
		t.Fatal(err)
	}
	for name, value := range full {
		if value != nil {
			out[strings.ToLower(name)] = prune(value)
		}
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(out); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			member = prune(member)
			if m, ok := member.(map[string]any); ok && len(m) == 0 {
				member = nil
			}
			if member == nil || member == "" || member == false || member == "0001-01-01T00:00:00Z" {
				delete(v, name)
			} else {
				v[name] = member
			}
		}
	case []any:
		for i := range v {
			v[i] = prune(v[i])
		}
		if len(v) > 25 {
			return append(v[:25], fmt.Sprintf("… %d more", len(v)-25))
		}
	case string:
		if strings.HasPrefix(v, "part:") {
			return v[:strings.LastIndex(v, ":")+9]
		}
		if len(v) > 3000 {
			return fmt.Sprintf("%s … %d bytes … %s", limit(v, 300), len(v), v[len(v)-40:])
		}
	}
	return v
}

// The name of a mail does not depend on what servers do to it on the way, and tells
// people and words apart.
func TestNameOfMail(t *testing.T) {
	const base = "From: Warga <warga@contoh.example>\r\nMessage-ID: <a@contoh.example>\r\nSubject: Lampu\r\n\r\nLampu mati.\r\nTolong.\r\n"
	for name, same := range map[string]string{
		"received":    "Received: from a by b;\r\n Mon, 23 Nov 2026\r\nX-Spam: no\r\n" + base,
		"line ends":   strings.ReplaceAll(base, "\r\n", "\n"),
		"blank end":   base + "\r\n  \r\n",
		"refolded":    strings.Replace(base, "From: Warga ", "From: Warga\r\n\t", 1),
		"name case":   strings.Replace(base, "Message-ID", "message-id", 1),
		"other field": strings.Replace(base, "Subject: Lampu", "Subject: [SPAM] Lampu", 1),
	} {
		if nameOf([]byte(same)) != nameOf([]byte(base)) {
			t.Errorf("%s: another name", name)
		}
	}
	for name, other := range map[string]string{
		"sender": strings.Replace(base, "warga@", "lain@", 1),
		"id":     strings.Replace(base, "<a@", "<b@", 1),
		"words":  strings.Replace(base, "Tolong.", "Terima kasih.", 1),
		"lines":  strings.Replace(base, "mati.\r\n", "mati.", 1),
		"no id":  strings.Replace(base, "Message-ID: <a@contoh.example>\r\n", "", 1),
	} {
		if nameOf([]byte(other)) == nameOf([]byte(base)) {
			t.Errorf("%s: the same name", name)
		}
	}
	noID := strings.Replace(base, "Message-ID: <a@contoh.example>\r\n", "Date: Mon, 23 Nov 2026 09:15:00 +0800\r\n", 1)
	if nameOf([]byte(noID)) == nameOf([]byte(strings.Replace(noID, "23 Nov", "24 Nov", 1))) {
		t.Error("two mails without id on two days are one")
	}
}

func TestTooLarge(t *testing.T) {
	raw := append([]byte("From: warga@contoh.example\r\n\r\n"), make([]byte, MaxRaw)...)
	item := reader.Split(raw)[0]
	if _, err := reader.Parse(item); item.Kind != channel.ItemUnknown || tanggap.CodeOf(err) != tanggap.Invalid {
		t.Errorf("%s, %v", item.Kind, err)
	}
}

// Every file that is named is found again, as what it was, here and in a child.
func TestFilesAreFetched(t *testing.T) {
	var pool sandbox.Pool
	t.Cleanup(pool.Close)
	fetched := 0
	for _, m := range corpus(t) {
		item := reader.Split(m.Raw)[0]
		parsed, err := reader.Parse(item)
		if err != nil || parsed.Message == nil {
			continue
		}
		for _, media := range parsed.Message.Media {
			index, mail, ok := PartOf(media)
			if !ok || mail != item.ExternalID {
				t.Errorf("%s: %q", m.Name, media.ID)
			}
			want, name, mime, err := ExtractPart(m.Raw, index, MaxRaw)
			if err != nil || name != media.Filename || mime != media.MIME || len(want) == 0 {
				t.Errorf("%s: %d bytes %q %q, %v", m.Name, len(want), name, mime, err)
			}
			raw := func(_ context.Context, asked channel.Media) ([]byte, error) {
				if asked != media {
					t.Errorf("asked for %v", asked)
				}
				return m.Raw, nil
			}
			for _, f := range []Files{{Raw: raw}, {Raw: raw, Sandbox: &pool}} {
				data, got, err := f.Fetch(t.Context(), media, MaxRaw)
				if err != nil || got != mime || !bytes.Equal(data, want) {
					t.Errorf("%s: %d bytes, %q, %v", m.Name, len(data), got, err)
				}
				_, _, err = f.Fetch(t.Context(), media, int64(len(want)-1))
				var send *channel.SendError
				if !errors.As(err, &send) || send.Fault != channel.FaultMessage {
					t.Errorf("%s: %v for a file over the limit", m.Name, err)
				}
			}
			fetched++
		}
	}
	if fetched < 40 {
		t.Errorf("only %d files", fetched)
	}
	f := Files{Raw: func(context.Context, channel.Media) ([]byte, error) {
		return []byte("From: a@contoh.example\n\nx"), nil
	}}
	for _, id := range []string{"", "part:x:y", "part:7:sha256:0", "part:-1:sha256:0", "123"} {
		if _, _, err := f.Fetch(t.Context(), channel.Media{ID: id}, 1000); err == nil {
			t.Errorf("%q was fetched", id)
		}
	}
}

// Each step of the guard has mails in the corpus that it finds.
func TestGuardIsCovered(t *testing.T) {
	found := map[string]int{}
	for _, m := range corpus(t) {
		parsed, err := reader.Parse(reader.Split(m.Raw)[0])
		if err != nil || parsed.Message == nil {
			continue
		}
		for _, reason := range []string{parsed.Message.Mail.Automatic, parsed.Message.Mail.Silent} {
			if step, _, ok := strings.Cut(reason, ":"); ok {
				found[step]++
			}
		}
	}
	for _, s := range guard {
		if found[s.name] == 0 {
			t.Errorf("no mail for %s", s.name)
		}
	}
}

// No words get lost, whatever is taken for a quotation.
func TestStripKeepsEveryWord(t *testing.T) {
	lines := []string{"Lampu mati.", "> kutip", "-- ", "--", "Pada Sen, 23 Nov 2026 pukul 08.00 A <a@b.example> menulis:", "On 23/11/2026 08.00, A wrote:",
		"Dari: A", "Dikirim: B", "Perihal: C", "", "-----Pesan Asli-----", "---------- Forwarded message ---------", "Dikirim dari iPhone saya",
		"________________________________", "Email ini beserta lampirannya rahasia", "Pada hari ini", "menulis:"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom(lines)).Draw(t, "lines"), "\n")
		s := strip(text)
		if got, want := countWords(s.own)+countWords(s.quoted)+countWords(s.forwarded), countWords(text); got != want {
			t.Fatalf("%d words of %d: %+v", got, want, s)
		}
	})
}

var hostile = regexp.MustCompile(`^bomb_|_bomb|_200kb|_2mb|_deep$`)

// The work for one mail is bounded: the bombs of the corpus take no longer together
// than a child may take for one. A slow computer is no failure, an endless one is.
func TestBombsAreCheap(t *testing.T) {
	start := tanggap.SystemClock{}.Now()
	bombs := 0
	for _, m := range corpus(t) {
		if hostile.MatchString(m.Name) {
			bombs++
			if _, err := reader.Parse(reader.Split(m.Raw)[0]); err != nil {
				t.Errorf("%s: %v", m.Name, err)
			}
		}
	}
	if took := (tanggap.SystemClock{}).Now().Sub(start); bombs < 15 || took > 20*time.Second {
		t.Errorf("%d bombs took %v", bombs, took)
	}
}

func BenchmarkParse(b *testing.B) {
	for _, m := range corpus(b) {
		if !hostile.MatchString(m.Name) && m.Name != "plain_streetlight" && m.Name != "quote_gmail_html" && m.Name != "mime_outlook_full" {
			continue
		}
		b.Run(m.Name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(m.Raw)))
			for b.Loop() {
				item := reader.Split(m.Raw)[0]
				if _, err := reader.Parse(item); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkParseInChild is the cost of an ordinary mail in a child process.
func BenchmarkParseInChild(b *testing.B) {
	var pool sandbox.Pool
	defer pool.Close()
	r := reader
	r.Sandbox = &pool
	for _, m := range corpus(b) {
		if m.Name != "mime_outlook_full" && m.Name != "bomb_100000_parts" && m.Name != "bomb_5000_deep" {
			continue
		}
		b.Run(m.Name, func(b *testing.B) {
			for b.Loop() {
				if _, err := r.Parse(r.Split(m.Raw)[0]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
