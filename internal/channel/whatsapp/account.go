package whatsapp

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"tanggap/internal/channel"
)

// TemplateInfo is a template as Meta knows it.
type TemplateInfo struct {
	Name, Language string
	Category       string // utility, marketing, authentication
	Status         string // APPROVED, PENDING, REJECTED, PAUSED, DISABLED, ...
	Quality        string // GREEN, YELLOW, RED, UNKNOWN
	Reason         string // of a refusal
	Params         int    // placeholders of the body; -1 when header or buttons want values too
}

// maxPages ends a paging that does not end by itself: 250 templates are allowed to
// an unverified business, 6,000 to a verified one.
const maxPages = 100

// KnowsAccount reports whether Templates can be asked for.
func (c *Client) KnowsAccount() bool { return c.cfg.AccountID != "" }

// Templates asks for all templates of the business account. An error is always a
// *channel.SendError.
func (c *Client) Templates(ctx context.Context) ([]TemplateInfo, error) {
	if c.cfg.AccountID == "" {
		return nil, &channel.SendError{Fault: channel.FaultAccount, Detail: "the business account id is not configured"}
	}
	var out []TemplateInfo
	query := url.Values{"fields": {"name,language,status,category,quality_score,rejected_reason,components"}, "limit": {"100"}}
	for range maxPages {
		page, refused := c.call(ctx, http.MethodGet, c.address(c.cfg.AccountID, "message_templates")+"?"+query.Encode(), nil)
		if refused != nil {
			return nil, refused
		}
		for t := range page.get("data").elements() {
			if info, ok := templateInfo(t); ok {
				out = append(out, info)
			}
		}
		// Only the cursor is taken over: the address of the next page carries the token.
		after, _ := page.get("paging").get("cursors").get("after").text()
		if page.get("paging").get("next") == nil || after == "" {
			return out, nil
		}
		query.Set("after", after)
	}
	return nil, &channel.SendError{Fault: channel.FaultMessage, Detail: "too many pages of templates"}
}

// templatePlace is a placeholder, by position or by name.
var templatePlace = regexp.MustCompile(`\{\{\s*[A-Za-z0-9_]+\s*\}\}`)

func templateInfo(t node) (TemplateInfo, bool) {
	info := TemplateInfo{
		Name: t.get("name").id(), Language: t.get("language").id(), Category: strings.ToLower(t.get("category").id()),
		Status: t.get("status").id(), Quality: t.get("quality_score").get("score").id(),
	}
	if why := t.get("rejected_reason").clean(200); why != "NONE" {
		info.Reason = oneLine(why)
	}
	for part := range t.get("components").elements() {
		text, _ := part.get("text").text()
		places := map[string]bool{}
		for _, p := range templatePlace.FindAllString(text, -1) {
			places[strings.Join(strings.Fields(p), "")] = true
		}
		switch part.get("type").id() {
		case "BODY":
			if info.Params >= 0 {
				info.Params = len(places)
			}
		case "HEADER":
			if format := part.get("format").id(); format != "" && format != "TEXT" || len(places) > 0 {
				info.Params = -1
			}
		case "BUTTONS":
			for b := range part.get("buttons").elements() {
				if address, _ := b.get("url").text(); templatePlace.MatchString(address) {
					info.Params = -1
				}
			}
		}
	}
	return info, info.Name != "" && info.Language != "" && info.Status != ""
}

// Health asks how our number stands and returns one sign for each thing it was told,
// dated now. An error is always a *channel.SendError.
func (c *Client) Health(ctx context.Context, now time.Time) ([]channel.AccountSign, error) {
	number, refused := c.call(ctx, http.MethodGet, c.address(c.cfg.PhoneNumberID)+
		"?fields=quality_rating,messaging_limit_tier,throughput,verified_name,name_status,status", nil)
	if refused != nil {
		return nil, refused
	}
	var out []channel.AccountSign
	for _, f := range []struct {
		sign  string
		value node
	}{
		{"quality", number.get("quality_rating")}, {"limit", number.get("messaging_limit_tier")},
		{"throughput", number.get("throughput").get("level")}, {"name", number.get("verified_name")},
		{"name_status", number.get("name_status")}, {"status", number.get("status")},
	} {
		if value := oneLine(f.value.clean(256)); value != "" {
			out = append(out, channel.AccountSign{Subject: subjectNumber, Sign: f.sign, Value: value, At: now.UTC()})
		}
	}
	return out, nil
}
