package notify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

// template returns the template that stands for a notice where free text is not
// allowed, or why none can be sent. The region's configuration chooses it; the
// provider's approval, as the registry knows it, lets it go out, in the reader's
// language or else in Indonesian. A registry that nobody has filled says nothing.
func (d *Dispatcher) template(ctx context.Context, p *region.Pack, ch string, c Content) (*channel.Template, string, error) {
	if d.Template == nil {
		return nil, reasonWindow, nil
	}
	t := d.Template(p, c)
	if t == nil {
		return nil, reasonWindow, nil
	}
	known, err := d.Store.Templates(ctx, p.Identity.Code, ch)
	if err != nil || len(known) == 0 {
		return t, "", err
	}
	why := fmt.Sprintf("templat %s tidak terdaftar di penyedia", t.Name)
	for _, lang := range []string{t.Language, officerLang} {
		for _, x := range known {
			if x.Name != t.Name || x.Language != lang && !strings.HasPrefix(x.Language, lang+"_") {
				continue
			}
			switch {
			case x.Status != store.TemplateApproved:
				why = reason(fmt.Sprintf("templat %s (%s) berstatus %s %s", x.Name, x.Language, x.Status, x.Reason))
			case x.Params != int64(len(t.Params)):
				why = fmt.Sprintf("templat %s (%s) meminta %d isian, konfigurasi memberi %d", x.Name, x.Language, x.Params, len(t.Params))
			default:
				return &channel.Template{Name: t.Name, Language: x.Language, Params: t.Params}, "", nil
			}
		}
	}
	return nil, why, nil
}

// Sign keeps what a provider says about our account, number or a template. News
// may come late, twice and in any order: by the provider's clock the newest stands.
func (d *Dispatcher) Sign(ctx context.Context, tx *store.Store, region, ch string, s channel.AccountSign) error {
	now := tx.Clock().Now()
	if s.At.IsZero() || s.At.After(now) {
		s.At = now
	}
	row := &store.Sign{Region: region, Channel: ch, Subject: s.Subject, Sign: s.Sign, Value: reason(s.Value), Detail: reason(s.Detail), UpdatedAt: s.At}
	written, err := tx.SetSign(ctx, row)
	if err != nil || !written {
		return err
	}
	d.Log.Warn("the provider says something about our account", "region", region, "channel", ch,
		"subject", s.Subject, "sign", s.Sign, "value", row.Value, "detail", row.Detail)
	name, language, ok := strings.Cut(strings.TrimPrefix(s.Subject, templatePrefix), "/")
	if !ok || !strings.HasPrefix(s.Subject, templatePrefix) {
		return nil
	}
	return setTemplate(ctx, tx, region, ch, name, language, s)
}

const templatePrefix = "template:"

// Signs about a template that change what the registry says of it.
const (
	signStatus   = "status"
	signQuality  = "quality"
	signCategory = "category"
)

// templateWords are events of a template that the registry calls otherwise.
var templateWords = map[string]string{"REINSTATED": store.TemplateApproved, "UNPAUSED": store.TemplateApproved}

// setTemplate carries one sign into the registry. A template that was not listed
// yet has an unknown number of placeholders and waits for SyncTemplates.
func setTemplate(ctx context.Context, tx *store.Store, region, ch, name, language string, s channel.AccountSign) error {
	known, err := tx.Templates(ctx, region, ch)
	if err != nil {
		return err
	}
	t := &store.Template{Region: region, Channel: ch, Name: name, Language: language, Params: -1, Status: "UNKNOWN"}
	if i := slices.IndexFunc(known, func(x *store.Template) bool { return x.Name == name && x.Language == language }); i >= 0 {
		t = known[i]
	}
	switch s.Sign {
	case signStatus:
		if s.Value == "FLAGGED" {
			return nil // a warning: it may still be sent
		}
		t.Status, t.Reason = s.Value, reason(s.Detail)
		if word, ok := templateWords[s.Value]; ok {
			t.Status = word
		}
	case signQuality:
		t.Quality = s.Value
	case signCategory:
		t.Category = strings.ToLower(s.Value)
	default:
		return nil
	}
	if s.At.After(t.UpdatedAt) {
		t.UpdatedAt = s.At
	}
	return tx.SetTemplate(ctx, t)
}

// templateGone is the status of a template that the provider does not list any more.
const templateGone = "DELETED"

// SyncTemplates makes the registry what the provider lists at the time asked. Each
// state is also a sign, so that older news which arrive later change nothing.
func SyncTemplates(ctx context.Context, tx *store.Store, region, ch string, listed []*store.Template, asked time.Time) error {
	known, err := tx.Templates(ctx, region, ch)
	if err != nil {
		return err
	}
	for _, old := range known {
		if !slices.ContainsFunc(listed, func(x *store.Template) bool { return x.Name == old.Name && x.Language == old.Language }) {
			old.Status, old.Reason = templateGone, ""
			listed = append(listed, old)
		}
	}
	for _, t := range listed {
		t.Region, t.Channel, t.UpdatedAt = region, ch, asked
		if err := tx.SetTemplate(ctx, t); err != nil {
			return err
		}
		_, err := tx.SetSign(ctx, &store.Sign{Region: region, Channel: ch, Subject: templatePrefix + t.Name + "/" + t.Language,
			Sign: signStatus, Value: t.Status, Detail: t.Reason, UpdatedAt: asked})
		if err != nil {
			return err
		}
	}
	return nil
}
