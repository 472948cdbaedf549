package web

import (
	"regexp"
	"strings"

	"tanggap/internal/notify"
	"tanggap/internal/store"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

// privateLink is the address of some citizen's private view, with or without host.
var privateLink = regexp.MustCompile(`\S*` + notify.PathLink + `[A-Za-z0-9_-]{20,}\S*`)

// closed takes out of words what would open the citizen's own pages: his link, which
// our notices carry and he may paste, and his tracking code. Whoever opens those acts
// as the citizen, and an officer must not be able to.
func (s *Server) closed(v *visit, c *store.Case, words string) string {
	link, code := s.View.T(v.lang, "case_staff.hidden_link"), s.View.T(v.lang, "case_staff.hidden_code")
	words = privateLink.ReplaceAllLiteralString(words, link)
	for _, x := range []struct{ secret, shown string }{{c.Link, link}, {c.Code, code}, {view.GroupCode(c.Code), code}} {
		if x.secret != "" {
			words = strings.ReplaceAll(words, x.secret, x.shown)
		}
	}
	return words
}

// words are somebody's words as officers read them: without what opens the citizen's own
// pages, and with the last four digits of identity numbers only.
func (s *Server) words(v *visit, c *store.Case, said string) string {
	return text.HideNIK(s.closed(v, c, said))
}

// closedQuote is a quote as it is; nil when words would have to take something out
// of it, for its marks would no longer fit.
func (s *Server) closedQuote(v *visit, c *store.Case, quote []view.Span) []view.Span {
	var said strings.Builder
	for _, x := range quote {
		said.WriteString(x.Text)
	}
	if words := said.String(); s.words(v, c, words) != words {
		return nil
	}
	return quote
}
