package email

import (
	"net/mail"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/emersion/go-msgauth/authres"

	"tanggap/internal/channel"
	"tanggap/internal/tanggap"
)

// parse understands one mail of at most MaxRaw bytes.
func parse(e envelope, raw []byte) (channel.Parsed, error) {
	t := walk(raw)
	h := t.root.header
	from := sender(h)
	if from.address == "" {
		return channel.Parsed{}, tanggap.Errorf(tanggap.Invalid, "Surel tidak menyebut pengirim.")
	}
	var n notes
	if t.root.typ == "multipart/report" {
		status, known := notice(e, t)
		if known {
			return channel.Parsed{Status: status}, nil
		}
		n.add(noteReport)
	}
	subject := oneLine(limit(decodeWords(h.first("Subject")), 2000))
	about := &channel.Mail{Subject: limit(subject, 500), References: h.references(), Auth: auth(h, e.AuthServer)}
	about.Token, _ = e.tags(h)
	about.Automatic, about.Silent = judge(letter{envelope: e, header: h, typ: t.root.typ, from: from.address, subject: subject})

	m := &channel.Message{
		ID: firstID(h, "Message-Id"), Kind: channel.Text, At: date(h), Mail: about,
		From: channel.Author{ExternalID: from.address, Email: from.address, Name: from.name},
	}
	if len(about.References) > 0 {
		m.InReplyTo = about.References[0]
	}
	r := reading{tree: t, notes: &n, subject: subject, answer: m.InReplyTo != "" || isAnswer(subject)}
	r.read()
	m.Text, about.Quoted, m.Forwarded = r.text, r.quoted, r.forwarded

	media, kind := files(t, r.file, nameOf(raw), &n)
	if m.Media = media; kind != "" {
		m.Kind = kind
	}
	n.when(m.Text == "" && about.Quoted != "", noteOnlyQuote)
	n.when(m.Text == "" && about.Quoted == "" && len(media) == 0, noteEmpty)
	n.when(t.tooMany, noteTooMany)
	n.when(t.tooDeep, noteTooDeep)
	n.when(t.longest, noteHeader)
	n.when(cutInMailbox(raw), noteCut)
	if to := h.addresses("Reply-To"); len(to) > 0 && to[0].address != from.address {
		n.add(noteReplyTo)
	}
	about.Note = n.String()
	return channel.Parsed{Message: m}, nil
}

// sender is who the mail says wrote it. Reply-To is not asked: it names where
// answers shall go, not who somebody is.
func sender(h header) correspondent {
	for _, name := range []string{"From", "Sender", "Return-Path"} {
		if list := h.addresses(name); len(list) > 0 {
			return list[0]
		}
	}
	return correspondent{}
}

// cutInMailbox reports whether our own fetching left the end away.
func cutInMailbox(raw []byte) bool {
	line, _ := cutLine(raw)
	name, size, ok := cutField(line)
	_, err := strconv.ParseInt(size, 10, 64)
	return ok && name == CutHeader && err == nil
}

// zones are the names that people here give to their time.
var zones = strings.NewReplacer(" WIB", " +0700", " WITA", " +0800", " WIT", " +0900")

// date is when the mail says it was sent; zero if it says nothing sensible.
func date(h header) time.Time {
	at, err := mail.ParseDate(zones.Replace(limit(h.Get("Date"), 200)))
	if err != nil || at.Year() < 2000 || at.Year() > 2100 {
		return time.Time{}
	}
	return at.UTC()
}

// auth reads what our own server wrote about the sender (RFC 8601 §5: a server
// removes what others wrote in its name). Only the topmost field can be ours.
func auth(h header, server string) channel.Auth {
	var a channel.Auth
	if server == "" {
		return a
	}
	id, results, err := authres.Parse(h.first("Authentication-Results"))
	if err != nil || !strings.EqualFold(id, server) {
		return a
	}
	for _, r := range results {
		switch r := r.(type) {
		case *authres.SPFResult:
			a.SPF = first(a.SPF, result(r.Value))
		case *authres.DKIMResult:
			if v := result(r.Value); a.DKIM == "" || v == string(authres.ResultPass) {
				a.DKIM = v
			}
		case *authres.DMARCResult:
			a.DMARC = first(a.DMARC, result(r.Value))
		}
	}
	return a
}

// result keeps the words of RFC 8601 only.
func result(v authres.ResultValue) string {
	switch v {
	case authres.ResultPass, authres.ResultFail, authres.ResultSoftFail, authres.ResultNeutral, authres.ResultNone, authres.ResultTempError, authres.ResultPermError:
		return string(v)
	}
	return ""
}

// isAnswer and isForward tell by the prefix of the subject.
func isAnswer(subject string) bool {
	return hasPrefix(subject, "re", "bls", "balasan", "aw", "sv")
}

func isForward(subject string) bool {
	return hasPrefix(subject, "fw", "fwd", "trs", "terusan", "diteruskan", "forward")
}

func hasPrefix(subject string, words ...string) bool {
	before, _, ok := strings.Cut(subject, ":")
	before = strings.ToLower(strings.TrimSpace(before))
	for _, w := range words {
		if ok && before == w {
			return true
		}
	}
	return false
}

// plain folds a text to its letters and digits, a blank between words, to compare.
func plain(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}
