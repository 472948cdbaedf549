package sim

import (
	"net/http"
	"strconv"

	"tanggap/internal/tanggap"
)

const templateApproved = "APPROVED"

func (t MetaTemplate) status() string {
	if t.Status == "" {
		return templateApproved
	}
	return t.Status
}

// price says what a message is counted as: templates are utility, all else is
// service, of which the first ones cost nothing.
func (m *Meta) price(l *Line) {
	if l.Category = "utility"; l.Template == "" {
		l.Category = "service"
		m.service++
	}
	l.Billable = l.Template != "" || m.service > m.cfg.Free
}

// getTemplates lists the templates, by pages of at most "limit".
func (m *Meta) getTemplates(w http.ResponseWriter, r *http.Request) *graphError {
	if r.PathValue("account") != m.cfg.AccountID {
		return refuse(100, "no such business account")
	}
	m.mu.Lock()
	all := append([]MetaTemplate(nil), m.cfg.Templates...)
	m.mu.Unlock()
	limit, err := strconv.Atoi(r.FormValue("limit"))
	if err != nil || limit < 1 {
		limit = 25
	}
	from, err := strconv.Atoi(r.FormValue("after"))
	if err != nil {
		from = 0
	}
	from = min(max(from, 0), len(all))
	to := min(from+limit, len(all))
	data := []object{}
	for _, t := range all[from:to] {
		data = append(data, object{"name": t.Name, "language": t.Language, "status": t.status(), "category": "UTILITY",
			"quality_score": object{"score": "GREEN"}, "rejected_reason": "NONE",
			"components": []object{{"type": "BODY", "text": t.Text}}})
	}
	paging := object{"cursors": object{"after": strconv.Itoa(to)}}
	if to < len(all) {
		paging["next"] = "https://" + r.Host + "/next"
	}
	answer(w, http.StatusOK, object{"data": data, "paging": paging})
	return nil
}

// getNumber tells how the number stands.
func (m *Meta) getNumber(w http.ResponseWriter, _ *http.Request) *graphError {
	answer(w, http.StatusOK, object{"id": m.cfg.PhoneNumberID, "quality_rating": "GREEN", "messaging_limit_tier": "TIER_1K",
		"throughput": object{"level": "STANDARD"}, "verified_name": "Kota Contoh", "name_status": "APPROVED", "status": "CONNECTED"})
	return nil
}

// SetTemplate changes a template's state ("APPROVED", "PAUSED", ...) and tells the
// city by webhook.
func (m *Meta) SetTemplate(name, language, status, why string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, t := range m.cfg.Templates {
		if t.Name != name || t.Language != language {
			continue
		}
		m.cfg.Templates[i].Status = status
		return m.enqueue(update{list: "message_template_status_update", body: object{"event": status, "reason": why,
			"message_template_id": i + 1, "message_template_name": name, "message_template_language": language}})
	}
	return tanggap.Errorf(tanggap.NotFound, "no template %s in %s", name, language)
}

// TellAccount sends a webhook about the account or the number.
func (m *Meta) TellAccount(field string, value map[string]any) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.enqueue(update{list: field, body: value})
}
