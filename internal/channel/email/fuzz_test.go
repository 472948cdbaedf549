package email

import (
	"bytes"
	"encoding/json"
	"html"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"

	"tanggap/internal/channel"
)

// smallCorpus seeds a fuzzer with the mails that are quick to read.
func smallCorpus(f *testing.F, add func(raw []byte)) {
	for _, m := range corpus(f) {
		if len(m.Raw) < 16<<10 {
			add(m.Raw)
		}
	}
}

// FuzzMail: any bytes are one item with a name; what is read of them keeps the caps,
// survives the way out of a child process and is the same each time.
func FuzzMail(f *testing.F) {
	smallCorpus(f, func(raw []byte) { f.Add(raw) })
	f.Fuzz(func(t *testing.T, raw []byte) {
		items := reader.Split(raw)
		if len(items) != 1 || len(items[0].ExternalID) != len("sha256:")+64 || !bytes.Equal(items[0].Raw, raw) {
			t.Fatalf("items %+v", items)
		}
		if again := reader.Split(raw); !reflect.DeepEqual(items, again) {
			t.Fatal("split differently")
		}
		if got := nameOf(append([]byte("Received: from a\r\n by b;\r\n Mon\r\n"), raw...)); got != items[0].ExternalID && startsWithField(raw) {
			t.Fatal("a Received field changed the name")
		}
		parsed, err := reader.Parse(items[0])
		if err != nil {
			return
		}
		data, err := json.Marshal(parsed)
		if err != nil {
			t.Fatal(err)
		}
		var back channel.Parsed
		if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(parsed, back) {
			t.Fatalf("not the same after JSON: %v\n%+v\n%+v", err, parsed.Message, back.Message)
		}
		if m := parsed.Message; m != nil {
			check(t, raw, m)
		}
	})
}

// startsWithField tells raw bytes that have a header at all.
func startsWithField(raw []byte) bool {
	line, _ := cutLine(raw)
	_, _, ok := cutField(line)
	return ok
}

func check(t *testing.T, raw []byte, m *channel.Message) {
	t.Helper()
	switch {
	case m.From.ExternalID == "" || m.From.ExternalID != strings.ToLower(m.From.ExternalID) || !strings.Contains(m.From.ExternalID, "@"):
		t.Fatalf("sender %q", m.From.ExternalID)
	case m.Kind == "" || m.Mail == nil:
		t.Fatalf("message %+v", m)
	case len(m.Text) > MaxText, len(m.Mail.Quoted) > MaxQuoted, len(m.Mail.Subject) > 500, len(m.From.Name) > 256,
		len(m.ID) > 998, len(m.Mail.References) > maxReferences, len(m.Media) > MaxMedia, len(m.Mail.Automatic) > 300, len(m.Mail.Silent) > 300:
		t.Fatal("over a cap")
	case strings.ContainsAny(m.From.Name+m.Mail.Subject+m.From.Email+m.ID+m.Mail.Token, "\r\n"):
		t.Fatal("a line end in a field")
	}
	for _, s := range []string{m.Text, m.Mail.Quoted, m.Mail.Subject, m.From.Name, m.Mail.Note, m.ID, m.From.Email, m.Mail.Token, m.Mail.Automatic} {
		if !utf8.ValidString(s) {
			t.Fatalf("%q is no UTF-8", s)
		}
	}
	for _, media := range m.Media {
		index, _, ok := PartOf(media)
		if !ok || strings.ContainsAny(media.Filename, "/\\\r\n") || !utf8.ValidString(media.Filename) {
			t.Fatalf("file %+v", media)
		}
		if _, _, _, err := ExtractPart(raw, index, MaxRaw); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzHeaders: a header is read within its caps, and nothing in it starts a line of
// its own.
func FuzzHeaders(f *testing.F) {
	smallCorpus(f, func(raw []byte) { f.Add(raw[:min(len(raw), 2000)]) })
	f.Fuzz(func(t *testing.T, raw []byte) {
		h, body, _ := readHeader(raw, 4<<10)
		if !bytes.HasSuffix(raw, body) || h.Len() > maxFields {
			t.Fatalf("%d fields, body %q", h.Len(), body)
		}
		for fields := h.Fields(); fields.Next(); {
			if strings.ContainsRune(fields.Value(), '\n') || len(fields.Key()) > 100 {
				t.Fatalf("%q: %q", fields.Key(), fields.Value())
			}
		}
		for _, name := range []string{"From", "To", "Cc", "Reply-To", "Sender"} {
			for _, c := range h.addresses(name) {
				if normalise(c.address) != c.address || strings.ContainsAny(c.name, "\r\n") || !utf8.ValidString(c.address+c.name) {
					t.Fatalf("address %+v", c)
				}
			}
		}
		for _, id := range h.references() {
			if id == "" || strings.ContainsAny(id, " <>\r\n") {
				t.Fatalf("reference %q", id)
			}
		}
		if s := decodeWords(h.first("Subject")); !utf8.ValidString(s) || len(s) > 4*maxUnstructured {
			t.Fatalf("subject %q", s)
		}
		mediaType(h.first("Content-Type"))
		date(h)
		judge(letter{envelope: envelope{Account: reader.Address}, header: h, from: sender(h).address, subject: h.first("Subject")})
		auth(h, reader.AuthServer)
	})
}

// FuzzHTML: the text of HTML is no HTML, and as HTML it is its own text.
func FuzzHTML(f *testing.F) {
	for _, m := range corpus(f) {
		if strings.HasPrefix(m.Name, "html_") && len(m.Raw) < 16<<10 {
			_, body, _ := readHeader(m.Raw, maxHeader)
			f.Add(string(body))
		}
	}
	f.Fuzz(func(t *testing.T, source string) {
		source = strings.ToValidUTF8(source, "\ufffd") // as toUTF8 leaves it
		text := HTMLText(source, maxPlain)
		if len(text) > maxPlain || strings.Contains(strings.ToLower(text), "<script") {
			t.Fatalf("%q", text)
		}
		z := nethtml.NewTokenizer(strings.NewReader(text))
		for kind := z.Next(); kind != nethtml.ErrorToken; kind = z.Next() {
			if kind != nethtml.TextToken {
				t.Fatalf("%q holds %q", text, z.Raw())
			}
		}
		again := HTMLText("<pre>"+html.EscapeString(text)+"</pre>", 2*maxPlain)
		if again != text {
			t.Fatalf("%q became %q", text, again)
		}
	})
}

// FuzzQuote: no words are lost, and none are invented.
func FuzzQuote(f *testing.F) {
	for _, m := range corpus(f) {
		if len(m.Raw) < 16<<10 {
			_, body, _ := readHeader(m.Raw, maxHeader)
			f.Add(string(body))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = lines(strings.ToValidUTF8(text, "\ufffd"))
		s := strip(text)
		if got, want := countWords(s.own)+countWords(s.quoted)+countWords(s.forwarded), countWords(text); len(text) < maxStrip && got != want {
			t.Fatalf("%d words of %d: %+v", got, want, s)
		}
		body, head := forwardedWords(s.forwarded)
		if len(body)+len(head) > len(s.forwarded) {
			t.Fatalf("%q grew to %q and %q", s.forwarded, head, body)
		}
		if flowed := unflow(text, false); len(flowed) > 12*len(text)+12 {
			t.Fatalf("%d bytes became %d", len(text), len(flowed))
		}
	})
}
