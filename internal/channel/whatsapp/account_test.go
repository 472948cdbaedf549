package whatsapp

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tanggap/internal/channel"
)

// TestTemplateInfo holds what is read of a template and how many values it wants.
func TestTemplateInfo(t *testing.T) {
	const head = `{"name":"n","language":"id","status":"APPROVED","category":"UTILITY","components":`
	for _, test := range []struct {
		name, json string
		want       TemplateInfo
		unusable   bool
	}{
		{"by position", head + `[{"type":"BODY","text":"{{1}} dan {{2}}, lagi {{ 1 }}"}]}`,
			TemplateInfo{Name: "n", Language: "id", Category: "utility", Status: "APPROVED", Params: 2}, false},
		{"by name", head + `[{"type":"BODY","text":"{{nomor}}"},{"type":"FOOTER","text":"Kota"}]}`,
			TemplateInfo{Name: "n", Language: "id", Category: "utility", Status: "APPROVED", Params: 1}, false},
		{"header wants a picture", head + `[{"type":"HEADER","format":"IMAGE"},{"type":"BODY","text":"{{1}}"}]}`,
			TemplateInfo{Name: "n", Language: "id", Category: "utility", Status: "APPROVED", Params: -1}, false},
		{"header wants a value", head + `[{"type":"BODY","text":"{{1}}"},{"type":"HEADER","format":"TEXT","text":"{{1}}"}]}`,
			TemplateInfo{Name: "n", Language: "id", Category: "utility", Status: "APPROVED", Params: -1}, false},
		{"button wants a value", head + `[{"type":"BODY","text":"a"},{"type":"BUTTONS","buttons":[{"type":"URL","url":"https://x.example/{{1}}"}]}]}`,
			TemplateInfo{Name: "n", Language: "id", Category: "utility", Status: "APPROVED", Params: -1}, false},
		{"refused", `{"name":"n","language":"id","status":"REJECTED","category":"MARKETING","rejected_reason":"ABUSIVE_CONTENT","quality_score":{"score":"RED"}}`,
			TemplateInfo{Name: "n", Language: "id", Category: "marketing", Status: "REJECTED", Quality: "RED", Reason: "ABUSIVE_CONTENT"}, false},
		{"no name", `{"language":"id","status":"APPROVED"}`, TemplateInfo{}, true},
		{"components of a wrong type", head + `"x"}`, TemplateInfo{Name: "n", Language: "id", Category: "utility", Status: "APPROVED"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			n, ok := parseNode([]byte(test.json))
			if !ok {
				t.Fatal("no JSON")
			}
			got, usable := templateInfo(n)
			if usable == test.unusable {
				t.Fatalf("usable %v", usable)
			}
			if diff := cmp.Diff(test.want, got); usable && diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestEndlessPages holds that a provider whose pages never end is not followed for
// ever, and that one that refuses is an error.
func TestEndlessPages(t *testing.T) {
	pages, refuses := 0, false
	graph := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages++
		body := `{"data":[],"paging":{"cursors":{"after":"x"},"next":"https://elsewhere.example/steal"}}`
		if refuses {
			w.WriteHeader(http.StatusUnauthorized)
			body = `{"error":{"code":190}}`
		}
		if _, err := w.Write([]byte(body)); err != nil {
			t.Error(err)
		}
	}))
	defer graph.Close()
	for _, account := range []string{"", "a/b"} {
		c, err := NewClient(Config{BaseURL: graph.URL, Version: "v26.0", PhoneNumberID: "1", Token: "t", AccountID: account}, graph.Client())
		if account == "" {
			if _, err = c.Templates(t.Context()); err == nil || c.KnowsAccount() {
				t.Error("templates of no account")
			}
		} else if err == nil {
			t.Error("a path was taken for an account id")
		}
	}
	c, err := NewClient(Config{BaseURL: graph.URL, Version: "v26.0", PhoneNumberID: "1", Token: "t", AccountID: "2"}, graph.Client())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Templates(t.Context()); err == nil || pages != maxPages {
		t.Errorf("%d pages, %v", pages, err)
	}
	refuses = true
	_, err = c.Templates(t.Context())
	var e *channel.SendError
	if !errors.As(err, &e) || e.Fault != channel.FaultAccount {
		t.Error(err)
	}
}
