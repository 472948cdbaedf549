package app

import (
	"strings"

	"tanggap/internal/api"
	"tanggap/internal/channel"
	"tanggap/internal/channel/whatsapp"
	"tanggap/internal/notify"
	"tanggap/internal/region"
)

// pacedPeople is how many people's last message is remembered for the pair rate.
const pacedPeople = 50_000

// openWhatsApp connects the regions that have an account at Meta.
func (a *App) openWhatsApp() error {
	for i, r := range a.cfg.Regions {
		w := r.WhatsApp
		if w == nil {
			continue
		}
		client, err := whatsapp.NewClient(whatsapp.Config{BaseURL: w.BaseURL, Version: w.Version, PhoneNumberID: w.PhoneNumberID, AccountID: w.WABAID,
			Token: w.Token.Reveal(), MediaHosts: w.MediaHosts}, a.deps.HTTP)
		if err != nil {
			return err
		}
		way := channel.Way{Region: a.codes[i], Channel: channel.WhatsApp}
		a.hooks.Accounts[way.Region] = api.Account{VerifyToken: w.VerifyToken.Reveal(), AppSecrets: w.secrets()}
		a.intake.Accounts[way] = []string{w.PhoneNumberID}
		a.intake.Fetchers[way], a.send.Senders[way] = client, client
		a.send.Limits[way] = w.limit()
		a.send.Pacers[way] = whatsapp.NewPace(whatsapp.PairGap, pacedPeople)
	}
	a.send.Template = a.template
	return nil
}

// number is what citizens of a region dial, "" if they cannot.
func (a *App) number(p *region.Pack) string {
	if w := a.settings(p).WhatsApp; w != nil {
		return w.Number
	}
	return ""
}

// secrets are those under which a webhook may be signed.
func (w *WhatsApp) secrets() []string {
	out := []string{w.AppSecret.Reveal()}
	if w.AppSecretNext.Set() {
		out = append(out, w.AppSecretNext.Reveal())
	}
	return out
}

// template is the region's template for a notice, by its text key; "default" stands
// for the others to citizens. Nil if there is none.
func (a *App) template(p *region.Pack, c notify.Content) *channel.Template {
	w := a.settings(p).WhatsApp
	if w == nil {
		return nil
	}
	t, ok := w.Templates[c.Key]
	if !ok && !strings.HasPrefix(c.Key, "officer.") {
		t, ok = w.Templates["default"]
	}
	if !ok {
		return nil
	}
	out := &channel.Template{Name: t.Name, Language: c.Lang}
	for _, p := range t.Params {
		out.Params = append(out.Params, c.Args[p])
	}
	return out
}
