package email

import (
	"bytes"
	_ "embed" // the template
	"encoding/base32"
	"fmt"
	"html/template"
	netmail "net/mail"
	"regexp"
	"strings"

	"github.com/google/uuid"
	"github.com/wneessen/go-mail"

	"tanggap/internal/channel"
)

const (
	maxLocal     = 64  // bytes before the "@" (RFC 5321, section 4.5.3.1.1)
	maxMessageID = 250 // bytes of a Message-ID that is cited
	maxCited     = 20
	maxPage      = 20 << 10
	bounceMark   = "+b."
)

// compose writes a mail (RFC 5322): text and the same as plain HTML. It refuses what
// could change the meaning of a header.
func (s *Sender) compose(out channel.Outbound) ([]byte, *channel.SendError) {
	wrong := func(fault channel.Fault, what string) ([]byte, *channel.SendError) {
		return nil, &channel.SendError{Fault: fault, Detail: what}
	}
	if !plainAddress(out.To.Email) {
		return wrong(channel.FaultUnreachable, "not an e-mail address that can be written to")
	}
	if strings.ContainsAny(out.Subject+s.Name, "\r\n\x00") {
		return wrong(channel.FaultMessage, "line break in the subject")
	}
	if !citable(out.MessageID) {
		return wrong(channel.FaultMessage, "no proper Message-ID")
	}
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	m.SetMessageIDWithValue(out.MessageID)
	m.SetDateWithValue(s.Clock.Now())
	m.Subject(out.Subject)
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	if out.Automatic {
		m.SetGenHeader("Auto-Submitted", "auto-replied") // RFC 3834, section 5
	}
	references := cited(out.References)
	if answered := cited([]string{out.InReplyTo}); len(answered) > 0 {
		m.SetGenHeader(mail.HeaderInReplyTo, answered...)
	} else if len(references) > 0 {
		m.SetGenHeader(mail.HeaderInReplyTo, references[len(references)-1])
	}
	if len(references) > 0 {
		m.SetGenHeader(mail.HeaderReferences, strings.Join(references, " "))
	}
	m.FromMailAddress(&netmail.Address{Name: s.Name, Address: s.Address})
	m.ToMailAddress(&netmail.Address{Address: out.To.Email})
	if to := tagged(s.Address, "+"+out.Thread); out.Thread != "" && to != "" {
		m.ReplyToMailAddress(&netmail.Address{Name: s.Name, Address: to})
	}
	m.SetBodyString(mail.TypeTextPlain, out.Text)
	html, err := asHTML(out.Text)
	if err != nil {
		return wrong(channel.FaultMessage, err.Error())
	}
	if html != "" {
		m.AddAlternativeString(mail.TypeTextHTML, html)
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return wrong(channel.FaultMessage, err.Error())
	}
	return b.Bytes(), nil
}

// plainAddress reports whether a is nothing but one ASCII address.
func plainAddress(a string) bool {
	parsed, err := netmail.ParseAddress(a)
	if err != nil || parsed.Address != a || parsed.Name != "" {
		return false
	}
	return !strings.ContainsFunc(a, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '<' || r == '>' })
}

// citable reports whether an id, without its brackets, may stand in a header.
func citable(id string) bool {
	return id != "" && len(id) <= maxMessageID && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '<' || r == '>' })
}

// cited puts ids into brackets. Others gave them out, so a strange one is left out
// instead of stopping the mail; of very many the first and the newest stay.
func cited(ids []string) []string {
	var out []string
	for _, id := range ids {
		if id = strings.Trim(id, "<>"); citable(id) && strings.Contains(id, "@") {
			out = append(out, "<"+id+">")
		}
	}
	if len(out) > maxCited {
		out = append(out[:1:1], out[len(out)-maxCited+1:]...)
	}
	return out
}

var tagForm = regexp.MustCompile(`^\+[A-Za-z0-9._-]+$`)

// tagged adds a tag with its "+" to the local part of an address. "" if no mail
// would arrive there.
func tagged(address, tag string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 || at+len(tag) > maxLocal || !tagForm.MatchString(tag) {
		return ""
	}
	return address[:at] + tag + address[at:]
}

var lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// BounceAddress is the return path of the mail that carries an attempt id, so that
// a report of its failure names the attempt whatever else it leaves out:
// local+b.ID@domain. The id's two parts, a UUID and a token in base32, are written
// in small letters, since mail servers do not keep the case. Where the address
// would be too long it is ours without a tag.
func BounceAddress(address, attemptID string) string {
	id, token, _ := strings.Cut(attemptID, ".")
	u, err := uuid.Parse(id)
	if err != nil {
		return address
	}
	if to := tagged(address, bounceMark+lower.EncodeToString(u[:])+strings.ToLower(token)); to != "" {
		return to
	}
	return address
}

// AttemptOf returns the attempt id in an address that BounceAddress made, or in its
// local part; "" if there is none.
func AttemptOf(address string) string {
	local := address
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		local = address[:at]
	}
	_, code, ok := strings.Cut(strings.ToLower(local), bounceMark)
	if length := lower.EncodedLen(len(uuid.UUID{})); ok && len(code) > length {
		b, err := lower.DecodeString(code[:length])
		if err != nil {
			return ""
		}
		return uuid.UUID(b).String() + "." + strings.ToUpper(code[length:])
	}
	return ""
}

//go:embed compose.html
var page string

var pageForm = template.Must(template.New("mail").Parse(page))

// span is a piece of a line, with the address it leads to, if any.
type span struct{ Text, Link string }

var linkForm = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,;:!?)\]'*_]`)

// asHTML sets a text as paragraphs with working links, without anything that has to
// be fetched; "" if it would get too long.
func asHTML(text string) (string, error) {
	var paragraphs [][][]span
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if part = strings.Trim(part, "\n"); part == "" {
			continue
		}
		var lines [][]span
		for line := range strings.SplitSeq(part, "\n") {
			lines = append(lines, spans(line))
		}
		paragraphs = append(paragraphs, lines)
	}
	var b bytes.Buffer
	if err := pageForm.Execute(&b, paragraphs); err != nil {
		return "", fmt.Errorf("mail as HTML: %w", err)
	}
	if b.Len() > maxPage {
		return "", nil
	}
	return b.String(), nil
}

func spans(line string) []span {
	var out []span
	from := 0
	for _, at := range linkForm.FindAllStringIndex(line, -1) {
		link := line[at[0]:at[1]]
		out = append(out, span{Text: line[from:at[0]]}, span{Text: link, Link: link})
		from = at[1]
	}
	return append(out, span{Text: line[from:]})
}
