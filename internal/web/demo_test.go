package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tanggap/internal/api"
	"tanggap/internal/apptest"
	"tanggap/internal/channel"
	"tanggap/internal/channel/whatsapp"
	"tanggap/internal/sim"
	"tanggap/internal/store"
	"tanggap/internal/web/view"
)

// withDemo gives the town a simulated WhatsApp whose webhooks arrive at the real one.
func (w *town) withDemo() *sim.Meta {
	w.t.Helper()
	w.Intake.Readers[channel.Way{Region: apptest.Region, Channel: channel.WhatsApp}] = whatsapp.Reader{}
	hook := httptest.NewServer((&api.WhatsApp{Intake: w.Intake, Log: apptest.Log(),
		Accounts: map[string]api.Account{apptest.Region: {VerifyToken: "verify", AppSecrets: []string{"app secret"}}}}).Handler())
	w.t.Cleanup(hook.Close)
	meta := sim.NewMeta(sim.MetaConfig{Clock: w.clock, Token: "token", AppSecret: "app secret", VerifyToken: "verify",
		Callback: hook.URL + "/webhook/whatsapp/" + apptest.Region})
	if err := meta.Handshake(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.Demos = map[string]*Demo{apptest.Region: {Meta: meta, Samples: []string{"Lampu jalan mati"}, Officers: []view.DemoLogin{{Name: "petugas@contoh.id", Password: "peragaan", Role: "Petugas"}},
		Places:   []DemoPlace{{Name: "Pasar Wameo", Lat: -5.4712, Lon: 122.6011}},
		Personas: []DemoPersona{{Name: "Warga Contoh", Phone: "+6281100000001"}, {Name: "Ibu Contoh", Phone: "+6281100000002"}}}}
	return meta
}

func TestDemo(t *testing.T) {
	w := newTown(t)
	v := w.visitor()
	v.get("/demo").at(404, "/demo")
	meta := w.withDemo()
	const me = "6281100000001"
	v.get("/demo").at(200, "/demo").says("Warga Contoh", "Ibu Contoh", "Pasar Wameo", "petugas@contoh.id", "Lampu jalan mati")
	v.get("/demo?warga=000").at(404, "/demo")

	// Without JavaScript: a POST, then the page again.
	v.send("/demo/pesan", nil, "warga", me, "teks", said).at(204, "/demo/pesan")
	r, err := http.NewRequest(http.MethodPost, v.http.URL+"/demo/pesan", strings.NewReader("warga="+me+"&lokasi=0"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "text/html,*/*")
	v.do(r, nil).at(200, "/demo").says(said, "Pasar Wameo")
	v.send("/demo/pesan", [][]byte{photo(t)}, "warga", me, "teks", "ini fotonya").at(204, "/demo/pesan")
	lines := v.get("/demo/baris?warga="+me).at(200, "/demo/baris").says(said, "ini fotonya", "mine").hides("<html")
	shown := v.get(lines.find(`src="(/demo/foto/[^"]+)"`))
	if shown.status != 200 || shown.header.Get("Content-Type") != "image/jpeg" || !strings.HasPrefix(shown.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("photo: %d %v", shown.status, shown.header)
	}
	v.get("/demo/baris?warga=6281100000002").at(200, "/demo/baris").hides(said)

	v.send("/demo/pesan", nil, "warga", me, "teks", "Pesan dari grup RT", "terusan", "ya").at(204, "/demo/pesan")
	if n := strings.Count(v.get("/demo/baris?warga="+me).says("Pesan dari grup RT").body, "Diteruskan"); n != 1 {
		t.Errorf("%d lines are shown as passed on, want 1", n)
	}

	// A question with buttons, and a tap on one of them.
	graph := httptest.NewRecorder()
	ask := httptest.NewRequest(http.MethodPost, "/v25.0/100000000000001/messages", strings.NewReader(`{"messaging_product":"whatsapp","to":"`+me+
		`","type":"interactive","interactive":{"type":"button","body":{"text":"Sudah beres?"},"action":{"buttons":[
		{"type":"reply","reply":{"id":"solved","title":"Sudah beres"}},{"type":"reply","reply":{"id":"unsolved","title":"Belum beres"}}]}}}`))
	ask.Header.Set("Authorization", "Bearer token")
	meta.Handler().ServeHTTP(graph, ask)
	if graph.Code != http.StatusOK {
		t.Fatalf("send: %d %s", graph.Code, graph.Body)
	}
	button := v.get("/demo/baris?warga=" + me).says("Sudah beres?").find(`name="tombol" value="([^"]+)">Belum beres`)
	v.send("/demo/pesan", nil, "warga", me, "tombol", button).at(204, "/demo/pesan")
	v.get("/demo/baris?warga=" + me).hides(`name="tombol"`)
	v.send("/demo/pesan", nil, "warga", me, "tombol", "no line|solved").at(404, "/demo/pesan")

	// What was typed here arrives by the real webhook and becomes a case.
	if err := meta.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := meta.Counts(); got.Posted < 4 || got.Failed != 0 {
		t.Fatalf("webhooks: %+v", got)
	}
	for seq := range int64(4) {
		if err := w.Intake.Process(t.Context(), apptest.Region, seq+1); err != nil {
			t.Fatal(err)
		}
	}
	in, err := w.Store.Inbound(t.Context(), apptest.Region, 1)
	if err != nil || in.Outcome != store.OutcomeMessage || in.CaseID == "" {
		t.Fatalf("inbound: %+v, %v", in, err)
	}
	if n := w.cases(); n != 1 {
		t.Errorf("%d cases, want 1", n)
	}
}
