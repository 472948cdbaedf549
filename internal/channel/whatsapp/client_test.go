package whatsapp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tanggap/internal/channel"
	"tanggap/internal/tanggap"
)

func newTestClient(t *testing.T, base string) *Client {
	t.Helper()
	c, err := NewClient(Config{BaseURL: base, Version: "v26.0", PhoneNumberID: "100", Token: "token-uji"},
		&http.Client{Transport: &http.Transport{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

// serve answers every request by h and returns a client for it.
func serve(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return newTestClient(t, server.URL)
}

func faultOf(t *testing.T, err error) *channel.SendError {
	t.Helper()
	var e *channel.SendError
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *channel.SendError", err)
	}
	return e
}

var hello = channel.Outbound{AttemptID: "attempt-1", To: channel.Address{Phone: "+628110000001"}, Text: "Halo"}

const accepted = `{"messaging_product":"whatsapp","contacts":[{"input":"x","wa_id":"x"}],"messages":[{"id":"wamid.OK="}]}`

func TestNewClientRefuses(t *testing.T) {
	good := Config{BaseURL: "https://graph.facebook.com", Version: "v26.0", PhoneNumberID: "100", Token: "t"}
	cases := map[string]func(*Config){
		"plain http":        func(c *Config) { c.BaseURL = "http://graph.facebook.com" },
		"no host":           func(c *Config) { c.BaseURL = "https://" },
		"user in address":   func(c *Config) { c.BaseURL = "https://u:p@graph.facebook.com" },
		"odd version":       func(c *Config) { c.Version = "../v26.0" },
		"path in number id": func(c *Config) { c.PhoneNumberID = "1/2" },
		"no token":          func(c *Config) { c.Token = "" },
		"line break":        func(c *Config) { c.Token = "a\r\nX-Evil: 1" },
	}
	if _, err := NewClient(good, http.DefaultClient); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range cases {
		cfg := good
		spoil(&cfg)
		if _, err := NewClient(cfg, http.DefaultClient); tanggap.CodeOf(err) != tanggap.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSendRequest(t *testing.T) {
	buttons := func(n int) (out []channel.Button) {
		for i := range n {
			out = append(out, channel.Button{ID: fmt.Sprintf("b%d", i), Title: fmt.Sprintf("Pilihan %d", i)})
		}
		return out
	}
	rows := `{"id":"b0","title":"Pilihan 0"},{"id":"b1","title":"Pilihan 1"},{"id":"b2","title":"Pilihan 2"},{"id":"b3","title":"Pilihan 3"}`
	cases := []struct {
		name string
		out  channel.Outbound
		want string
	}{
		{"text", channel.Outbound{Text: "Halo", InReplyTo: "wamid.IN"},
			`{"context":{"message_id":"wamid.IN"},"type":"text","text":{"preview_url":false,"body":"Halo"}}`},
		{"two buttons", channel.Outbound{Text: "Sudah beres?", Buttons: []channel.Button{{ID: "ya", Title: "Ya"}, {ID: "belum", Title: "Belum, masih rusak parah"}}},
			`{"type":"interactive","interactive":{"type":"button","body":{"text":"Sudah beres?"},"action":{"buttons":[
			{"type":"reply","reply":{"id":"ya","title":"Ya"}},{"type":"reply","reply":{"id":"belum","title":"Belum, masih rusak…"}}]}}}`},
		{"list", channel.Outbound{Text: "Pilih satu", Buttons: buttons(4)},
			`{"type":"interactive","interactive":{"type":"list","body":{"text":"Pilih satu"},"action":{"button":"Pilih","sections":[{"rows":[` + rows + `]}]}}}`},
		{"eleven choices are typed", channel.Outbound{Text: "Pilih", Buttons: buttons(11)[:11]},
			`{"type":"text","text":{"preview_url":false,"body":"Pilih\n• Pilihan 0\n• Pilihan 1\n• Pilihan 2\n• Pilihan 3\n• Pilihan 4\n• Pilihan 5\n• Pilihan 6\n• Pilihan 7\n• Pilihan 8\n• Pilihan 9\n• Pilihan 10"}}`},
		{"equal titles are typed", channel.Outbound{Text: "Pilih", Buttons: []channel.Button{{ID: "a", Title: "Sama"}, {ID: "b", Title: "Sama"}}},
			`{"type":"text","text":{"preview_url":false,"body":"Pilih\n• Sama\n• Sama"}}`},
		{"long text above buttons", channel.Outbound{Text: strings.Repeat("a", 1025), Buttons: buttons(1)},
			`{"type":"text","text":{"preview_url":false,"body":"` + strings.Repeat("a", 1025) + `\n• Pilihan 0"}}`},
		{"location request", channel.Outbound{Text: "Di mana?", RequestLocation: true},
			`{"type":"interactive","interactive":{"type":"location_request_message","body":{"text":"Di mana?"},"action":{"name":"send_location"}}}`},
		{"template", channel.Outbound{Template: &channel.Template{Name: "status", Language: "id", Params: []string{"BAU-26-000123", "selesai\n\tbaik"}}},
			`{"type":"template","template":{"name":"status","language":{"code":"id"},"components":[{"type":"body","parameters":[
			{"type":"text","text":"BAU-26-000123"},{"type":"text","text":"selesai baik"}]}]}}`},
		{"template without parameters", channel.Outbound{Template: &channel.Template{Name: "halo", Language: "id"}},
			`{"type":"template","template":{"name":"halo","language":{"code":"id"}}}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got map[string]any
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method != "POST" || r.URL.Path != "/v26.0/100/messages" || r.Header.Get("Authorization") != "Bearer token-uji" {
					t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
				}
				if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
					t.Error(err)
				}
				io.WriteString(w, accepted)
			})
			c.out.AttemptID, c.out.To = hello.AttemptID, hello.To
			id, err := client.Send(t.Context(), c.out)
			if err != nil || id != "wamid.OK=" {
				t.Fatalf("%q, %v", id, err)
			}
			var want map[string]any
			if err := json.Unmarshal([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			want["messaging_product"], want["recipient_type"] = "whatsapp", "individual"
			want["to"], want["biz_opaque_callback_data"] = "+628110000001", "attempt-1"
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestCut(t *testing.T) {
	cases := []struct {
		in    string
		limit int
		want  string
	}{
		{"pendek", 20, "pendek"},
		{"tepat dua puluh huruf", 21, "tepat dua puluh huruf"},
		{"kalimat panjang yang dipotong", 20, "kalimat panjang…"},
		{"satukatayangsangatpanjangsekali", 10, "satukatay…"},
		{"😀😀😀", 6, "😀😀😀"},
		{"😀😀😀😀", 6, "😀😀…"},
	}
	for _, c := range cases {
		if got := cut(c.in, c.limit); got != c.want || units(got) > c.limit {
			t.Errorf("%q to %d: %q", c.in, c.limit, got)
		}
	}
	out := channel.Outbound{Text: strings.Repeat("kata ", 2000), Buttons: []channel.Button{{ID: "a", Title: "Ya"}}}
	if text := composeText(out); units(text) > limitText || !strings.HasSuffix(text, "kata…\n• Ya") {
		t.Errorf("%d units, ends %q", units(text), text[len(text)-20:])
	}
}

func TestSendChoosesRecipient(t *testing.T) {
	type ask struct{ To, Recipient string }
	cases := []struct {
		name   string
		to     channel.Address
		refuse bool // scoped ids
		want   []ask
		fault  channel.Fault
	}{
		{"scoped id only", channel.Address{ExternalID: "ID.123"}, false, []ask{{Recipient: "ID.123"}}, ""},
		{"parent id", channel.Address{ExternalID: "US.ENT.123"}, false, []ask{{Recipient: "US.ENT.123"}}, ""},
		{"both", channel.Address{ExternalID: "ID.123", Phone: "+628110000001"}, false, []ask{{Recipient: "ID.123"}}, ""},
		{"both, id refused", channel.Address{ExternalID: "ID.123", Phone: "+628110000001"}, true, []ask{{Recipient: "ID.123"}, {To: "+628110000001"}}, ""},
		{"id refused, no number", channel.Address{ExternalID: "ID.123"}, true, []ask{{Recipient: "ID.123"}}, channel.FaultUnreachable},
		{"old wa_id", channel.Address{ExternalID: "628110000001"}, false, []ask{{To: "+628110000001"}}, ""},
		{"nothing usable", channel.Address{ExternalID: "warga", Email: "warga@example.test"}, false, nil, channel.FaultUnreachable},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var asked []ask
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				var a ask
				if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
					t.Error(err)
				}
				asked = append(asked, a)
				if a.Recipient != "" && c.refuse {
					w.WriteHeader(400)
					io.WriteString(w, `{"error":{"code":131062}}`)
					return
				}
				io.WriteString(w, accepted)
			})
			out := hello
			out.To = c.to
			_, err := client.Send(t.Context(), out)
			if diff := cmp.Diff(c.want, asked); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if (err != nil) != (c.fault != "") || err != nil && faultOf(t, err).Fault != c.fault {
				t.Errorf("%v, want %q", err, c.fault)
			}
		})
	}
}

// Every row of the error table of the reference, as Meta would answer it.
func TestErrorTable(t *testing.T) {
	rows := map[channel.Fault][]int{
		channel.FaultAccount:     {0, 190, 131031, 368, 130497, 131042, 10, 200, 131005, 133010},
		channel.FaultSlow:        {4, 80007, 130429, 131048, 131056},
		channel.FaultMessage:     {100, 131008, 131009, 33, 131021, 131049, 131050, 131051, 131052, 131053},
		channel.FaultRetry:       {131000, 131016, 131057, 133004},
		channel.FaultUnreachable: {131026, 131062},
		channel.FaultWindow:      {131047},
		channel.FaultTemplate:    {132000, 132001, 132005, 132007, 132012, 132015, 132016},
	}
	tested := 0
	for fault, codes := range rows {
		for _, code := range codes {
			tested++
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(400)
				fmt.Fprintf(w, `{"error":{"message":"(#%d) judul","code":%d,"error_data":{"details":"rincian"}}}`, code, code)
			})
			_, err := client.Send(t.Context(), hello)
			got := faultOf(t, err)
			if got.Fault != fault || got.Code != code || got.Detail != "rincian" || FaultOf(code) != fault {
				t.Errorf("code %d: %+v, want %s", code, got, fault)
			}
			if fault == channel.FaultSlow && got.RetryAfter <= 0 {
				t.Errorf("code %d: no waiting time", code)
			}
		}
	}
	if tested != len(reactions) {
		t.Errorf("%d codes tested, the table has %d", tested, len(reactions))
	}
	if FaultOf(999999) != channel.FaultMessage {
		t.Error("an unknown code is not blamed on the message")
	}
}

func TestAnswersWithoutKnownCode(t *testing.T) {
	const date = "Mon, 23 Nov 2026 08:00:00 GMT"
	cases := []struct {
		name   string
		status int
		header map[string]string
		body   string
		fault  channel.Fault
		wait   time.Duration
	}{
		{"429 with seconds", 429, map[string]string{"Retry-After": "17"}, "", channel.FaultSlow, 17 * time.Second},
		{"429 with date", 429, map[string]string{"Retry-After": "Mon, 23 Nov 2026 08:00:30 GMT", "Date": date}, "", channel.FaultSlow, 30 * time.Second},
		{"429 with nonsense", 429, map[string]string{"Retry-After": "nanti"}, "", channel.FaultSlow, time.Minute},
		{"429 negative", 429, map[string]string{"Retry-After": "-5"}, "", channel.FaultSlow, time.Minute},
		{"429 with pair rate code", 429, map[string]string{"Retry-After": "9"}, `{"error":{"code":131056}}`, channel.FaultSlow, 9 * time.Second},
		{"401 page", 401, nil, "<html>", channel.FaultAccount, 0},
		{"403 page", 403, nil, "", channel.FaultAccount, 0},
		{"404 page", 404, nil, "", channel.FaultMessage, 0},
		{"new code", 400, nil, `{"error":{"code":139999}}`, channel.FaultMessage, 0},
		{"500 page", 500, nil, "oops", channel.FaultUnknown, 0},
		{"500 with known code", 500, nil, `{"error":{"code":131000}}`, channel.FaultRetry, 0},
		{"500 with new code", 500, nil, `{"error":{"code":1}}`, channel.FaultUnknown, 0},
		{"502", 502, nil, "", channel.FaultUnknown, 0},
		{"503", 503, map[string]string{"Retry-After": "5"}, "", channel.FaultRetry, 5 * time.Second},
		{"504", 504, nil, "", channel.FaultUnknown, 0},
		{"redirect", 307, map[string]string{"Location": "http://127.0.0.1:1/"}, "", channel.FaultUnknown, 0},
		{"200 without id", 200, nil, `{"messages":[]}`, channel.FaultUnknown, 0},
		{"200 not JSON", 200, nil, "OK", channel.FaultUnknown, 0},
		{"200 cut off", 200, map[string]string{"Content-Length": "500"}, `{"messages":[{"id":"wamid`, channel.FaultUnknown, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				for name, value := range c.header {
					w.Header().Set(name, value)
				}
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			})
			_, err := client.Send(t.Context(), hello)
			if got := faultOf(t, err); got.Fault != c.fault || got.RetryAfter != c.wait {
				t.Errorf("%+v, want %s after %v", got, c.fault, c.wait)
			}
		})
	}
}

// What never left may be tried again; what may have arrived may not.
func TestBrokenConnections(t *testing.T) {
	t.Run("connection refused", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := "http://" + l.Addr().String()
		l.Close()
		_, err = newTestClient(t, address).Send(t.Context(), hello)
		if got := faultOf(t, err); got.Fault != channel.FaultRetry {
			t.Errorf("%+v", got)
		}
	})
	t.Run("TLS cannot be set up", func(t *testing.T) {
		client := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("was called") })
		client.base.Scheme = "https"
		_, err := client.Send(t.Context(), hello)
		if got := faultOf(t, err); got.Fault != channel.FaultRetry {
			t.Errorf("%+v", got)
		}
	})
	t.Run("already cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := newTestClient(t, "http://127.0.0.1:1").Send(ctx, hello)
		if got := faultOf(t, err); got.Fault != channel.FaultRetry {
			t.Errorf("%+v", got)
		}
	})
	t.Run("reset after the request", func(t *testing.T) {
		client := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		_, err := client.Send(t.Context(), hello)
		if got := faultOf(t, err); got.Fault != channel.FaultUnknown {
			t.Errorf("%+v", got)
		}
	})
	t.Run("no answer in time", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			cancel() // stands for the time running out
			<-r.Context().Done()
		})
		_, err := client.Send(ctx, hello)
		if got := faultOf(t, err); got.Fault != channel.FaultUnknown {
			t.Errorf("%+v", got)
		}
	})
	t.Run("empty text", func(t *testing.T) {
		out := hello
		out.Text = " \n"
		_, err := newTestClient(t, "http://127.0.0.1:1").Send(t.Context(), out)
		if got := faultOf(t, err); got.Fault != channel.FaultMessage {
			t.Errorf("%+v", got)
		}
	})
}

func TestMarkRead(t *testing.T) {
	var body string
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		body = string(data)
		io.WriteString(w, `{"success":true}`)
	})
	if err := client.MarkRead(t.Context(), "wamid.IN"); err != nil {
		t.Fatal(err)
	}
	if body != `{"message_id":"wamid.IN","messaging_product":"whatsapp","status":"read"}` {
		t.Error(body)
	}
}

func TestFetch(t *testing.T) {
	photo := []byte("bukan foto sungguhan")
	sum := sha256.Sum256(photo)
	digest := hex.EncodeToString(sum[:])
	about := func(host string) string {
		return fmt.Sprintf(`{"url":"http://%s/file","mime_type":"image/jpeg","sha256":"%s","file_size":%d}`, host, digest, len(photo))
	}
	cases := []struct {
		name  string
		media channel.Media
		limit int64
		about func(host string) string
		files []int // HTTP status of each download
		fault channel.Fault
		asks  int
	}{
		{name: "fine", files: []int{200}, asks: 1},
		{name: "address ran out once", files: []int{404, 200}, asks: 2},
		{name: "gone for good", files: []int{404, 404}, fault: channel.FaultMessage, asks: 2},
		{name: "server trouble", files: []int{500}, fault: channel.FaultRetry, asks: 1},
		{name: "throttled", files: []int{429}, fault: channel.FaultSlow, asks: 1},
		{name: "redirect is not followed", files: []int{302}, fault: channel.FaultRetry, asks: 1},
		{name: "stated too large", limit: 5, fault: channel.FaultMessage, asks: 1},
		{name: "is too large", limit: 5, files: []int{200}, fault: channel.FaultMessage, asks: 1,
			about: func(host string) string { return `{"url":"http://` + host + `/file"}` }},
		{name: "webhook stated another sum", media: channel.Media{SHA256: strings.Repeat("0", 64)}, files: []int{200}, fault: channel.FaultRetry, asks: 1},
		{name: "foreign host", fault: channel.FaultMessage, asks: 1,
			about: func(string) string { return `{"url":"https://169.254.169.254/latest"}` }},
		{name: "foreign port", fault: channel.FaultMessage, asks: 1,
			about: func(string) string { return `{"url":"https://lookaside.fbsbx.com:8443/x"}` }},
		{name: "host in the user part", fault: channel.FaultMessage, asks: 1,
			about: func(string) string { return `{"url":"https://lookaside.fbsbx.com@evil.test/x"}` }},
		{name: "plain http to Meta", fault: channel.FaultMessage, asks: 1,
			about: func(string) string { return `{"url":"http://lookaside.fbsbx.com/x"}` }},
		{name: "unknown id", fault: channel.FaultMessage, asks: 1, about: func(string) string { return "" }},
		{name: "id is a path", media: channel.Media{ID: "../100/messages"}, fault: channel.FaultMessage},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			asks, files := 0, c.files
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer token-uji" {
					t.Error("without token")
				}
				if r.URL.Path == "/file" {
					if len(files) == 0 {
						t.Error("file was fetched")
						return
					}
					w.Header().Set("Location", "/elsewhere")
					w.WriteHeader(files[0])
					files = files[1:]
					w.Write(photo)
					return
				}
				asks++
				if r.URL.String() != "/v26.0/4001?phone_number_id=100" {
					t.Error(r.URL)
				}
				answer := about
				if c.about != nil {
					answer = c.about
				}
				if text := answer(r.Host); text != "" {
					io.WriteString(w, text)
					return
				}
				w.WriteHeader(400)
				io.WriteString(w, `{"error":{"code":100,"error_subcode":33}}`)
			})
			if c.media.ID == "" {
				c.media.ID = "4001"
			}
			if c.limit == 0 {
				c.limit = 1 << 20
			}
			data, mime, err := client.Fetch(t.Context(), c.media, c.limit)
			if asks != c.asks || len(files) != 0 {
				t.Errorf("asked %d times, want %d; %d downloads left", asks, c.asks, len(files))
			}
			if c.fault != "" {
				if got := faultOf(t, err); got.Fault != c.fault || data != nil {
					t.Errorf("%+v, want %s", got, c.fault)
				}
				return
			}
			if err != nil || string(data) != string(photo) || mime != "image/jpeg" {
				t.Errorf("%q, %q, %v", data, mime, err)
			}
		})
	}
}

func TestMayFetch(t *testing.T) {
	client, err := NewClient(Config{BaseURL: "https://graph.facebook.com", Version: "v26.0", PhoneNumberID: "1", Token: "t"}, http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		"https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1": true,
		"https://LOOKASIDE.fbsbx.com:443/x":                                true,
		"https://graph.facebook.com/x":                                     true,
		"https://lookaside.fbsbx.com.evil.test/x":                          false,
		"https://evil.test/lookaside.fbsbx.com":                            false,
		"http://127.0.0.1/x":                                               false,
		"https://[::1]/x":                                                  false,
		"file:///etc/passwd":                                               false,
		"":                                                                 false,
		"https://lookaside.fbsbx.com./x":                                   false,
	} {
		if client.mayFetch(address) != want {
			t.Errorf("%q: %v", address, !want)
		}
	}
}
