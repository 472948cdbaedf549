package whatsapp

import (
	"strings"
	"time"

	"tanggap/internal/channel"
)

// Subjects of signs. That of a template is TemplateSubject.
const (
	subjectAccount = "account"
	subjectNumber  = "number"
)

// TemplateSubject names a template in a sign: "template:NAME/LANGUAGE".
func TemplateSubject(name, language string) string { return "template:" + name + "/" + language }

// parseSign reads a webhook field about our account, number or templates, or an
// error that belongs to no message. It returns nil for a field that is not known or
// says nothing. Source: Cloud API webhook reference, 2026.
func parseSign(field string, v node, at time.Time) *channel.AccountSign {
	sign := func(subject, name string, value node, detail ...string) *channel.AccountSign {
		word := oneLine(value.clean(256))
		if word == "" {
			word = value.scalar()
		}
		if word == "" {
			return nil
		}
		return &channel.AccountSign{Subject: subject, Sign: name, Value: word, Detail: joined(detail...), At: at}
	}
	template := func(name string, value node, detail ...string) *channel.AccountSign {
		of, language := v.get("message_template_name").id(), v.get("message_template_language").id()
		if of == "" || language == "" {
			return nil
		}
		return sign(TemplateSubject(of, language), name, value, detail...)
	}
	said := func(n node) string { return oneLine(n.clean(300)) }
	switch field {
	case "message_template_status_update":
		return template("status", v.get("event"), said(v.get("reason")), said(v.get("other_info").get("title")), said(v.get("other_info").get("description")))
	case "message_template_quality_update":
		return template("quality", v.get("new_quality_score"), was(said(v.get("previous_quality_score"))))
	case "template_category_update":
		value := v.get("new_category")
		if value == nil {
			value = v.get("correct_category")
		}
		return template("category", value, was(said(v.get("previous_category"))))
	case "phone_number_quality_update":
		limit := said(v.get("current_limit"))
		switch v.get("event").id() {
		case "FLAGGED", "UNFLAGGED", "ONBOARDING":
			return sign(subjectNumber, "warning", v.get("event"), limit)
		}
		if limit == "" {
			return sign(subjectNumber, "limit", v.get("max_daily_conversations_per_business"), said(v.get("event")))
		}
		return sign(subjectNumber, "limit", v.get("current_limit"), said(v.get("event")), was(said(v.get("old_limit"))))
	case "phone_number_name_update":
		return sign(subjectNumber, "name_decision", v.get("decision"), said(v.get("requested_verified_name")), said(v.get("rejection_reason")))
	case "security":
		return sign(subjectNumber, "security", v.get("event"))
	case "account_update":
		restriction := v.first("restriction_info")
		return sign(subjectAccount, "status", v.get("event"), said(v.get("ban_info").get("waba_ban_state")),
			said(v.get("violation_info").get("violation_type")), said(restriction.get("restriction_type")), said(restriction.get("expiration")))
	case "account_review_update":
		return sign(subjectAccount, "review", v.get("decision"), said(v.get("rejection_reason")))
	case "account_alerts":
		alert := v.get("alert_info")
		if alert == nil {
			alert = v
		}
		return sign(subjectAccount, "alert", alert.get("alert_type"), said(alert.get("alert_severity")),
			said(alert.get("alert_status")), said(alert.get("alert_description")))
	case "business_capability_update":
		for _, name := range []string{"max_daily_conversations_per_business", "max_daily_conversation_per_phone", "max_phone_numbers_per_business"} {
			if s := sign(subjectAccount, "capability", v.get(name), name); s != nil {
				return s
			}
		}
	case "messages":
		if e := v.first("errors"); e != nil {
			return sign(subjectAccount, "error", e.get("code"), errorText(e))
		}
	}
	return nil
}

// joined puts the parts that say something into one line.
func joined(parts ...string) string {
	var said []string
	for _, p := range parts {
		if p != "" && p != "NONE" {
			said = append(said, p)
		}
	}
	return strings.Join(said, "; ")
}

func was(before string) string {
	if before == "" {
		return ""
	}
	return "before: " + before
}
