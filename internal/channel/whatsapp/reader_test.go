package whatsapp

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"tanggap/internal/channel"
)

var update = flag.Bool("update", false, "rewrite the expected parts of testdata/*.txtar")

// TestGolden reads archives in which each webhook body NAME is followed by what
// it must become, NAME.want.
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	bodies := 0
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		var out txtar.Archive
		for _, f := range archive.Files {
			if name, isWant := strings.CutSuffix(f.Name, ".want"); isWant {
				want[name] = string(f.Data)
			}
		}
		for _, f := range archive.Files {
			if strings.HasSuffix(f.Name, ".want") {
				continue
			}
			bodies++
			got := describe(t, f.Data)
			out.Files = append(out.Files, f, txtar.File{Name: f.Name + ".want", Data: []byte(got)})
			t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar")+"/"+f.Name, func(t *testing.T) {
				if diff := cmp.Diff(want[f.Name], got); diff != "" && !*update {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		}
		if *update {
			if err := os.WriteFile(path, txtar.Format(&out), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if bodies < 40 {
		t.Errorf("only %d bodies", bodies)
	}
}

// describe splits and parses a body and writes the outcome, one JSON object an
// item, without members that are empty.
func describe(t *testing.T, body []byte) string {
	t.Helper()
	var b strings.Builder
	for _, item := range (Reader{}).Split(body) {
		line := map[string]any{"item": fmt.Sprintf("%s %s %s", item.Kind, item.Account, short(item.ExternalID))}
		parsed, err := Reader{}.Parse(item)
		if err != nil {
			line["quarantine"] = err.Error()
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
				line[strings.ToLower(name)] = prune(value)
			}
		}
		var text bytes.Buffer
		enc := json.NewEncoder(&text)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		if err := enc.Encode(line); err != nil {
			t.Fatal(err)
		}
		b.Write(text.Bytes())
	}
	return b.String()
}

// short keeps the beginning of a hash, which is enough to see a change.
func short(id string) string {
	if strings.HasPrefix(id, "sha256:") && len(id) == len("sha256:")+64 {
		return id[:len("sha256:")+8]
	}
	return id
}

func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			member = prune(member)
			if member == nil || member == "" || member == false || member == "0001-01-01T00:00:00Z" {
				delete(v, name)
			}
		}
	case []any:
		for i := range v {
			v[i] = prune(v[i])
		}
	}
	return v
}

func wrap(updates ...string) []byte {
	return []byte(`{"object":"whatsapp_business_account","entry":[{"id":"W","changes":[{"field":"messages","value":` +
		`{"metadata":{"phone_number_id":"1"},"messages":[` + strings.Join(updates, ",") + `]}}]}]}`)
}

func message(i int) string {
	return fmt.Sprintf(`{"from":"628110000001","id":"wamid.%d","timestamp":"1795401600","type":"text","text":{"body":"pesan %d"}}`, i, i)
}

func TestSplitCountsUpdates(t *testing.T) {
	var updates []string
	for i := range MaxItems {
		updates = append(updates, message(i))
	}
	items := Reader{}.Split(wrap(updates...))
	if len(items) != MaxItems {
		t.Fatalf("%d items", len(items))
	}
	seen := map[string]bool{}
	for i, item := range items {
		parsed, err := Reader{}.Parse(item)
		if err != nil || parsed.Message.Text != fmt.Sprintf("pesan %d", i) {
			t.Fatalf("item %d: %+v, %v", i, parsed, err)
		}
		seen[item.ExternalID] = true
	}
	if len(seen) != MaxItems {
		t.Errorf("%d different ids", len(seen))
	}

	body := wrap(append(updates, message(MaxItems))...)
	items = Reader{}.Split(body)
	if len(items) != 1 || items[0].Kind != channel.ItemUnknown || !bytes.Equal(items[0].Raw, body) {
		t.Errorf("too many updates: %d items, want the body as one unknown", len(items))
	}
}

// A delivery that is repeated with other white space, or in another batch, names
// its items the same.
func TestSplitNamesAreStable(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/other.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		if strings.HasSuffix(f.Name, ".want") {
			continue
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, f.Data); err != nil {
			t.Fatal(err)
		}
		a, b := Reader{}.Split(f.Data), Reader{}.Split(compact.Bytes())
		for i := range a {
			if a[i].ExternalID != b[i].ExternalID || a[i].Kind != b[i].Kind {
				t.Errorf("%s: %q and %q", f.Name, a[i].ExternalID, b[i].ExternalID)
			}
		}
	}
}

// Items do not keep the delivery alive or share its bytes.
func TestSplitCopies(t *testing.T) {
	for _, body := range [][]byte{wrap(message(1)), []byte("{broken"), wrap(`7`)} {
		items := Reader{}.Split(body)
		before := string(items[0].Raw)
		clear(body)
		if string(items[0].Raw) != before {
			t.Errorf("item shares memory with its delivery")
		}
	}
}

func TestTextIsCapped(t *testing.T) {
	long := strings.Repeat("😀", 5000)
	items := Reader{}.Split(wrap(`{"from":"628110000001","id":"wamid.L","type":"text","text":{"body":"` + long + `"}}`))
	parsed, err := Reader{}.Parse(items[0])
	if err != nil || parsed.Message.Text != strings.Repeat("😀", 4096) {
		t.Errorf("%d bytes, %v", len(parsed.Message.Text), err)
	}
}

func TestInvalidUTF8IsReplaced(t *testing.T) {
	items := Reader{}.Split(wrap("{\"from\":\"628110000001\",\"id\":\"wamid.L\",\"type\":\"text\",\"text\":{\"body\":\"a\xff\xfeb\"}}"))
	parsed, err := Reader{}.Parse(items[0])
	if err != nil || parsed.Message.Text != "a\ufffd\ufffdb" {
		t.Errorf("%q, %v", parsed.Message.Text, err)
	}
}

// Deep nesting at the limit of the body costs no more than reading it.
func TestDepthBomb(t *testing.T) {
	bomb := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	items := Reader{}.Split(wrap(message(1), `{"id":"wamid.B","x":`+bomb+`}`, message(2)))
	var kinds []string
	for _, item := range items {
		kinds = append(kinds, string(item.Kind))
	}
	if got := strings.Join(kinds, " "); got != "message unknown message" {
		t.Error(got)
	}
	items = Reader{}.Split([]byte(strings.Repeat("[", MaxBody)))
	if len(items) != 1 || items[0].Kind != channel.ItemUnknown {
		t.Errorf("%d items", len(items))
	}
}

// What all updates share is not copied without limit into each of them.
func TestSharedPartsAreSmall(t *testing.T) {
	big := strings.Repeat("x", 1<<20)
	body := `{"object":"whatsapp_business_account","entry":[{"id":"W","time":"` + big + `","changes":[{"field":"other","value":{}},` +
		`{"field":"messages","value":{"metadata":{"phone_number_id":"1","x":"` + big + `"},"contacts":[{"wa_id":"628110000001","x":"` + big +
		`"}],"messages":[` + message(1) + `,` + message(2) + `]}}]}]}`
	items := Reader{}.Split([]byte(body))
	if len(items) != 3 || items[1].Account != "1" {
		t.Fatalf("%d items, %+v", len(items), items)
	}
	for _, item := range items {
		if _, err := (Reader{}).Parse(item); err != nil || len(item.Raw) > 1000 {
			t.Errorf("%s: %d bytes, %v", item.ExternalID, len(item.Raw), err)
		}
	}
}

func FuzzSplitParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if !strings.HasSuffix(file.Name, ".want") {
				f.Add(file.Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		items := Reader{}.Split(body)
		if len(items) == 0 || len(items) > MaxItems {
			t.Fatalf("%d items", len(items))
		}
		for _, item := range items {
			if item.ExternalID == "" || len(item.Raw) == 0 && len(body) > 0 {
				t.Fatalf("nameless or empty item %+v", item)
			}
			parsed, err := Reader{}.Parse(item)
			if item.Kind == channel.ItemUnknown && err == nil {
				t.Fatal("unknown item understood")
			}
			if m := parsed.Message; m != nil && err == nil {
				if m.From.ExternalID == "" || m.Kind == "" || len(m.Text) > maxText || strings.Contains(m.Text, "\x00") {
					t.Fatalf("bad message %+v", m)
				}
			}
		}
	})
}

func BenchmarkSplit1000(b *testing.B) {
	var updates []string
	for i := range MaxItems {
		updates = append(updates, message(i))
	}
	body := wrap(updates...)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		Reader{}.Split(body)
	}
}
