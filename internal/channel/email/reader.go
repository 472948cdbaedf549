// Package email understands mails and sends them.
//
// Nothing that a mail says about itself is proof: From, Message-ID and headers are
// claims of whoever wrote it. Only the token in the address it was written to was
// given out by us. Reading never fails because a mail is badly made: what cannot be
// understood is shown as the text it is, and a note tells the officer. All sizes,
// counts and depths are capped before anything is parsed, and a Reader with a
// Sandbox parses in a child process.
package email

import (
	"context"

	"tanggap/internal/channel"
	"tanggap/internal/sandbox"
	"tanggap/internal/tanggap"
)

// Caps on one mail. What lies beyond them is not read, and the officer is told.
const (
	MaxRaw        = 30 << 20  // bytes of a mail; a longer one is an ItemUnknown
	MaxText       = 32 << 10  // bytes of Message.Text
	MaxQuoted     = 64 << 10  // bytes of Mail.Quoted
	MaxMedia      = 20        // files taken from one mail
	maxHeader     = 256 << 10 // bytes of the header of a mail
	maxPartHeader = 64 << 10  // bytes of the header of a part
	maxFields     = 5000      // fields of one header
	maxDepth      = 20        // parts inside parts
	maxParts      = 300       // parts of one mail, those that hold others included
	maxPlain      = 256 << 10 // decoded bytes of one part of plain text
	maxHTML       = 1 << 20   // decoded bytes of one part of HTML
	maxReferences = 50
)

// Reader understands mails of one mailbox.
type Reader struct {
	Address    string        // of the mailbox, as citizens write to it: the Account of its items
	Ours       []string      // every other address we send from or read
	AuthServer string        // authserv-id that our receiving server writes (RFC 8601); "" trusts none
	Sandbox    *sandbox.Pool // parses in child processes; nil parses in this one
}

var _ channel.Reader = Reader{}

// Split names a mail. Its name is a hash of Message-ID, sender and body, so that one
// mail fetched twice is one item and one Message-ID used by two people is two.
func (r Reader) Split(body []byte) []channel.Item {
	item := channel.Item{Kind: channel.ItemMessage, Account: normalise(r.Address), ExternalID: nameOf(body), Raw: body}
	if len(body) > MaxRaw {
		item.Kind = channel.ItemUnknown
		return []channel.Item{item}
	}
	h, _, _ := readHeader(body, maxHeader)
	if h.isReport() {
		item.Kind = channel.ItemStatus
	}
	return []channel.Item{item}
}

// Parse understands a mail: a message, what became of one of ours, or nothing for a
// report that needs no action. Only a mail that names no sender, or breaks a limit of
// the Sandbox, is an error.
func (r Reader) Parse(item channel.Item) (channel.Parsed, error) {
	if len(item.Raw) > MaxRaw {
		return channel.Parsed{}, tanggap.Errorf(tanggap.Invalid, "Surel terlalu besar; paling besar %d MB.", MaxRaw>>20)
	}
	e := envelope{Account: normalise(item.Account), AuthServer: r.AuthServer, Ours: r.Ours}
	if r.Sandbox == nil {
		return parse(e, item.Raw)
	}
	input, err := sandbox.Pack(e, item.Raw)
	if err != nil {
		return channel.Parsed{}, err
	}
	answer, err := r.Sandbox.Call(context.Background(), parseName, input)
	if err != nil {
		return channel.Parsed{}, err
	}
	var p channel.Parsed
	_, err = sandbox.Unpack(answer, &p)
	return p, err
}

// envelope is what parsing must know besides the mail.
type envelope struct {
	Account    string
	Ours       []string
	AuthServer string
}

// own reports whether address, without its +tag, is one of ours.
func (e envelope) own(address string) bool {
	bare, _ := untag(address)
	if bare == "" {
		return false
	}
	for _, a := range append([]string{e.Account}, e.Ours...) {
		if bare == normalise(a) {
			return true
		}
	}
	return false
}

const (
	parseName = "email.parse"
	partName  = "email.part"
)

// Handlers is what a child process must be able to do for a Reader and for Files.
func Handlers() []sandbox.Handler {
	return []sandbox.Handler{
		{Name: parseName, Do: func(input []byte) ([]byte, error) {
			var e envelope
			raw, err := sandbox.Unpack(input, &e)
			if err != nil {
				return nil, err
			}
			p, err := parse(e, raw)
			if err != nil {
				return nil, err
			}
			return sandbox.Pack(p, nil)
		}},
		{Name: partName, Do: func(input []byte) ([]byte, error) {
			var q partQuery
			raw, err := sandbox.Unpack(input, &q)
			if err != nil {
				return nil, err
			}
			data, name, mime, err := ExtractPart(raw, q.Index, q.Limit)
			if err != nil {
				return nil, err
			}
			return sandbox.Pack(partAnswer{Filename: name, MIME: mime}, data)
		}},
	}
}
