package app

import (
	"net/http"
	"testing"

	"tanggap/internal/apptest"
	"tanggap/internal/channel"
	"tanggap/internal/notify"
	"tanggap/internal/sim"
)

// TestAskAccount has the provider list number and templates, and refuse.
func TestAskAccount(t *testing.T) {
	clock := apptest.NewClock(apptest.Start)
	meta := sim.NewMeta(sim.MetaConfig{Clock: clock, Token: "token-uji", AppSecret: "secret-uji",
		Templates: []sim.MetaTemplate{{Name: "tanggap_pembaruan", Language: "id", Text: "Laporan {{1}} berubah: {{2}}", Params: 2}}})
	cfg := testConfig(t, "")
	cfg.Regions[0].WhatsApp = &WhatsApp{PhoneNumberID: demoAccount, WABAID: "100000000000002", Token: NewSecret("token-uji"), AppSecret: NewSecret("secret-uji"),
		VerifyToken: NewSecret("kata-uji"), BaseURL: "http://127.0.0.1:1", Version: "v26.0", Budget: 500,
		Templates: map[string]Template{"default": {Name: "tanggap_pembaruan", Params: []string{"number", "link"}}}}
	a, err := New(t.Context(), cfg, Deps{Clock: clock, Log: apptest.Log(), HTTP: &http.Client{Transport: meta.Transport()}})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.askAccount(t.Context(), apptest.Region); err != nil {
		t.Fatal(err)
	}
	templates, err := a.store.Templates(t.Context(), apptest.Region, channel.WhatsApp)
	if err != nil || len(templates) != 1 || templates[0].Params != 2 || templates[0].Status != "APPROVED" {
		t.Errorf("%+v, %v", templates, err)
	}
	signs, err := a.store.Signs(t.Context(), apptest.Region, channel.WhatsApp)
	if err != nil || len(signs) != 7 { // six of the number, one of the template
		t.Errorf("%d signs, %v", len(signs), err)
	}
	p, err := a.packs.Get(apptest.Region)
	if err != nil {
		t.Fatal(err)
	}
	b, err := a.send.Budget(t.Context(), p, channel.WhatsApp)
	if err != nil || b.Limit != (notify.Limit{Messages: 500, Free: 1000}) || b.Level != notify.LevelNormal {
		t.Errorf("%+v, %v", b, err)
	}
	for key, want := range map[string]bool{"citizen.assigned": true, "officer.alarm": false} {
		if got := a.template(p, notify.Content{Key: key}) != nil; got != want {
			t.Errorf("template for %s: %v", key, got)
		}
	}
	other := sim.NewMeta(sim.MetaConfig{Clock: clock, Token: "token-lain"})
	a.deps.HTTP.Transport = other.Transport()
	if err := a.openWhatsApp(); err != nil {
		t.Fatal(err)
	}
	if err := a.askAccount(t.Context(), apptest.Region); err == nil {
		t.Error("a refusal is no error")
	}
}
