package email

import (
	"regexp"
	"strconv"
	"strings"

	"tanggap/internal/channel"
)

const (
	maxReport = 64 << 10 // bytes of the machine-readable part of a report
	maxGroups = 50       // recipients in it
)

// notice is what a multipart/report says. known is false if it says nothing that can
// be used; status is nil if nothing has to be done.
func notice(e envelope, t *tree) (status *channel.Status, known bool) {
	var fields []header
	displayed := ""
	original := ""
	var attempt string
	_, attempt = e.tags(t.root.header)
	for _, p := range t.parts {
		switch p.typ {
		case "message/delivery-status", "message/global-delivery-status":
			fields = append(fields, groups(p)...)
		case "message/disposition-notification", "message/global-disposition-notification":
			for _, h := range groups(p) {
				displayed = first(displayed, strings.ToLower(h.first("Disposition")))
				original = first(original, firstID(h, "Original-Message-Id"))
			}
		case "text/rfc822-headers", "message/global-headers":
			data, _ := p.decode(maxHeader)
			h, _, _ := readHeader(data, maxHeader)
			original = first(original, firstID(h, "Message-Id"))
		case "message/rfc822", "message/global":
			if len(p.parts) > 0 {
				original = first(original, firstID(p.parts[0].header, "Message-Id"))
			}
		}
	}
	if original == "" && attempt == "" {
		return nil, false
	}
	at := date(t.root.header)
	switch {
	case displayed != "":
		if !strings.Contains(displayed, "displayed") {
			return nil, true
		}
		return &channel.Status{ProviderID: original, AttemptID: attempt, State: channel.Read, At: at}, true
	case len(fields) == 0:
		return nil, false
	}
	for _, h := range fields {
		s := delivery(h)
		if s == nil {
			continue
		}
		if status == nil || s.State == channel.Failed {
			status = s
		}
	}
	if status != nil {
		status.ProviderID, status.AttemptID, status.At = original, attempt, at
	}
	return status, true
}

func firstID(h header, name string) string {
	if ids := h.ids(name); len(ids) > 0 {
		return ids[0]
	}
	return ""
}

// groups reads the blocks of fields in a report, apart by empty lines.
func groups(p *part) []header {
	data, _ := p.decode(maxReport)
	var out []header
	for len(data) > 0 && len(out) < maxGroups {
		h, rest, _ := readHeader(data, maxReport)
		if len(rest) == len(data) {
			break
		}
		if h.Len() > 0 {
			out = append(out, h)
		}
		data = rest
	}
	return out
}

var statusCode = regexp.MustCompile(`\b([245])\.(\d{1,3})\.(\d{1,3})\b`)

// delivery reads one recipient of a delivery report (RFC 3464 §2.3); nil if nothing
// has to be done. A mail that was given up after temporary errors failed, but the
// address is not to blame.
func delivery(h header) *channel.Status {
	action := strings.ToLower(strings.TrimSpace(h.first("Action")))
	switch action {
	case "delivered":
		return &channel.Status{State: channel.Delivered}
	case "failed":
	default:
		return nil // delayed, relayed, expanded: not the last word
	}
	s := &channel.Status{State: channel.Failed, Fault: channel.FaultUnreachable,
		ErrorText: limit(oneLine(decodeWords(first(h.first("Diagnostic-Code"), h.first("Status")))), 300)}
	code := statusCode.FindStringSubmatch(h.first("Status"))
	if code == nil {
		code = statusCode.FindStringSubmatch(h.first("Diagnostic-Code"))
	}
	if code != nil {
		s.ErrorCode, _ = strconv.Atoi(code[1] + code[2] + code[3]) // at most seven digits
		if code[1] == "4" {
			s.Fault = channel.FaultRetry
		}
	}
	return s
}
