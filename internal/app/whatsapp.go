package app

import (
	"tanggap/internal/api"
	"tanggap/internal/channel"
	"tanggap/internal/channel/whatsapp"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/tanggap"
)

// pacedPeople is how many people's last message is remembered for the pair rate.
const pacedPeople = 50_000

// openWhatsApp connects the region that has an account at Meta. A process sends
// through one number, because an outbound message does not name its region.
func (a *App) openWhatsApp() error {
	for i, r := range a.cfg.Regions {
		w := r.WhatsApp
		if w == nil {
			continue
		}
		if len(a.hooks.Accounts) > 0 {
			return tanggap.Errorf(tanggap.Invalid, "Satu proses melayani satu nomor WhatsApp. Jalankan proses tersendiri untuk tiap daerah yang memakainya.")
		}
		client, err := whatsapp.NewClient(whatsapp.Config{BaseURL: w.BaseURL, Version: w.Version, PhoneNumberID: w.PhoneNumberID,
			Token: w.Token.Reveal(), MediaHosts: w.MediaHosts}, a.deps.HTTP)
		if err != nil {
			return err
		}
		a.hooks.Accounts[a.codes[i]] = api.Account{VerifyToken: w.VerifyToken.Reveal(), AppSecrets: w.secrets()}
		a.intake.Fetchers[channel.WhatsApp] = client
		a.send.Senders[channel.WhatsApp] = client
		a.send.Pacers[channel.WhatsApp] = whatsapp.NewPace(whatsapp.PairGap, pacedPeople)
		if len(w.Templates) > 0 {
			a.send.Template = w.template
		}
	}
	return nil
}

// number is what citizens of a region dial, "" if they cannot.
func (a *App) number(p *region.Pack) string {
	for i, r := range a.cfg.Regions {
		if a.codes[i] == p.Identity.Code && r.WhatsApp != nil {
			return r.WhatsApp.Number
		}
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

// template is the approved template for a notice, by its text key; "default"
// stands for the others.
func (w *WhatsApp) template(_ *region.Pack, c notify.Content) *channel.Template {
	t, ok := w.Templates[c.Key]
	if !ok {
		if t, ok = w.Templates["default"]; !ok {
			return nil
		}
	}
	out := &channel.Template{Name: t.Name, Language: c.Lang}
	for _, p := range t.Params {
		out.Params = append(out.Params, c.Args[p])
	}
	return out
}
