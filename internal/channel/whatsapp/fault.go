package whatsapp

import (
	"time"

	"tanggap/internal/channel"
)

// reaction is what to do about one of Meta's error codes.
type reaction struct {
	fault channel.Fault
	wait  time.Duration // before the next try, when Meta does not say how long
}

// reactions is Meta's error table. Titles and texts of errors change, codes do
// not, so nothing else is read. Source: Cloud API error codes, 2026.
var reactions = map[int]reaction{
	// The token is invalid or lacks a permission.
	0:      {channel.FaultAccount, 0},
	10:     {channel.FaultAccount, 0},
	190:    {channel.FaultAccount, 0},
	200:    {channel.FaultAccount, 0},
	131005: {channel.FaultAccount, 0},
	// The account is locked, unpaid, unregistered or against a policy.
	368:    {channel.FaultAccount, 0},
	130497: {channel.FaultAccount, 0},
	131031: {channel.FaultAccount, 0},
	131042: {channel.FaultAccount, 0},
	133010: {channel.FaultAccount, 0},
	// Rate limits: of the app, the account, the number, spam, the pair.
	4:      {channel.FaultSlow, time.Minute},
	80007:  {channel.FaultSlow, time.Minute},
	130429: {channel.FaultSlow, time.Second},
	131048: {channel.FaultSlow, time.Hour},
	131056: {channel.FaultSlow, PairGap},
	// Meta's own trouble; the message was refused.
	131000: {channel.FaultRetry, 0},
	131016: {channel.FaultRetry, 0},
	131057: {channel.FaultRetry, 0},
	133004: {channel.FaultRetry, 0},
	// A wrong parameter or a message that may not be sent.
	33:     {channel.FaultMessage, 0},
	100:    {channel.FaultMessage, 0},
	131008: {channel.FaultMessage, 0},
	131009: {channel.FaultMessage, 0},
	131021: {channel.FaultMessage, 0},
	131049: {channel.FaultMessage, 0},
	131050: {channel.FaultMessage, 0},
	131051: {channel.FaultMessage, 0},
	131052: {channel.FaultMessage, 0},
	131053: {channel.FaultMessage, 0},
	// The person has no WhatsApp, an old one, or blocked us; or has no number and
	// this kind of message needs one.
	131026:            {channel.FaultUnreachable, 0},
	codeNeedsPhone:    {channel.FaultUnreachable, 0},
	codeOutsideWindow: {channel.FaultWindow, 0},
	// Templates: parameter count, missing, too long, policy, format, paused, disabled.
	132000: {channel.FaultTemplate, 0},
	132001: {channel.FaultTemplate, 0},
	132005: {channel.FaultTemplate, 0},
	132007: {channel.FaultTemplate, 0},
	132012: {channel.FaultTemplate, 0},
	132015: {channel.FaultTemplate, 0},
	132016: {channel.FaultTemplate, 0},
}

const (
	codeOutsideWindow = 131047
	codeNeedsPhone    = 131062
)

// FaultOf tells what to do about an error code, for codes that arrive later in a
// failed status. A code that is not known blames the message: whoever looks at it
// is a person.
func FaultOf(code int) channel.Fault {
	if r, known := reactions[code]; known {
		return r.fault
	}
	return channel.FaultMessage
}

// sendError judges a refusal by its HTTP status, Meta's code and Retry-After.
// Without a known code only the status speaks, and of the server errors only 503
// says that nothing was done (RFC 9110 §15.6.4); after the others the message may
// have been sent.
func sendError(status, code int, hasCode bool, detail string, retryAfter time.Duration) *channel.SendError {
	r, known := reactions[code]
	if !hasCode || !known {
		switch {
		case status == 401 || status == 403:
			r = reaction{channel.FaultAccount, 0}
		case status == 429:
			r = reaction{channel.FaultSlow, time.Minute}
		case status == 503:
			r = reaction{channel.FaultRetry, 0}
		case status >= 500 || status < 400:
			r = reaction{channel.FaultUnknown, 0}
		default:
			r = reaction{channel.FaultMessage, 0}
		}
	}
	if status == 429 && r.fault == channel.FaultRetry {
		r.fault = channel.FaultSlow
	}
	if retryAfter == 0 {
		retryAfter = r.wait
	}
	return &channel.SendError{Fault: r.fault, Code: code, Detail: detail, RetryAfter: retryAfter}
}
