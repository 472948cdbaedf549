package email

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/textproto"
	"regexp"
	"strings"

	"tanggap/internal/channel"
)

// stage is how far a mail got.
type stage int

const (
	stageMail stage = iota // return path
	stageRcpt              // recipient
	stageData              // before the final dot
	stageEnd               // the final dot was sent
)

var (
	errNoStartTLS = errors.New("the server offers no STARTTLS")
	errNoLogin    = errors.New("the server offers neither PLAIN nor LOGIN on this connection")
)

// failure is why a mail was not taken, as far as we know.
type failure struct {
	stage stage
	err   error
}

func replyOf(err error) (code int, words string) {
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return reply.Code, reply.Msg
	}
	return 0, ""
}

func (f *failure) code() int {
	code, _ := replyOf(f.err)
	return code
}

// enhanced is the status code of RFC 3463 in a reply.
var enhanced = regexp.MustCompile(`\b[245]\.\d{1,3}\.\d{1,3}\b`)

// refusedLogin are replies that stand for a missing or wrong log-in (RFC 4954).
var refusedLogin = map[int]bool{530: true, 534: true, 535: true, 538: true}

// sendError says what to do. Replies 4xx may become others later (RFC 5321, section
// 4.2.1); what 5xx means depends on where it came.
func (f *failure) sendError(recipient string) *channel.SendError {
	code, words := replyOf(f.err)
	e := &channel.SendError{Code: code, Detail: strings.ReplaceAll(f.err.Error(), recipient, "…")}
	status := enhanced.FindString(words)
	subject, _, _ := strings.Cut(strings.TrimPrefix(status, "5."), ".")
	switch {
	case code == 0 && f.stage == stageEnd:
		e.Fault = channel.FaultUnknown
	case code < 500:
		e.Fault = channel.FaultRetry
	case refusedLogin[code]:
		e.Fault = channel.FaultAccount
	case status == "5.2.2": // a full mailbox gets emptied
		e.Fault = channel.FaultRetry
	case f.stage == stageMail && code != 552 && subject != "3": // too long is the mail's fault
		e.Fault = channel.FaultAccount
	case f.stage == stageRcpt && subject != "7", subject == "1" && f.stage != stageMail:
		e.Fault = channel.FaultUnreachable
	default: // policy, size, content
		e.Fault = channel.FaultMessage
	}
	return e
}

// faultOfLine is for connections that never carried a mail.
func faultOfLine(err error) *channel.SendError {
	code, _ := replyOf(err)
	e := &channel.SendError{Fault: channel.FaultRetry, Code: code, Detail: err.Error()}
	var certificate *tls.CertificateVerificationError
	var network net.Error
	switch {
	case code >= 500, errors.As(err, &certificate):
		e.Fault = channel.FaultAccount
	case code > 0, errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.Is(err, context.Canceled), errors.Is(err, io.ErrUnexpectedEOF):
	default:
		e.Fault = channel.FaultAccount // what the server cannot do, it will not learn by itself
	}
	return e
}
