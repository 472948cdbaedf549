package sim

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// readMail reads what a citizen's mail program would show.
func readMail(raw []byte) (MailReceived, error) {
	got := MailReceived{Raw: raw}
	msg, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return got, fmt.Errorf("mail: %w", err)
	}
	got.Header = msg.Header
	got.MessageID = strings.Trim(msg.Header.Get("Message-ID"), "<> ")
	if got.Subject, err = new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject")); err != nil {
		got.Subject = msg.Header.Get("Subject")
	}
	got.Text, err = firstText(msg.Header.Get("Content-Type"), msg.Header.Get("Content-Transfer-Encoding"), msg.Body)
	return got, err
}

// firstText finds the first text/plain part.
func firstText(contentType, encoding string, body io.Reader) (string, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			part, err := parts.NextRawPart()
			if err == io.EOF { //nolint:errorlint // the bare value, as documented
				return "", nil
			}
			if err != nil {
				return "", fmt.Errorf("mail: %w", err)
			}
			text, err := firstText(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part)
			if err != nil || text != "" {
				return text, err
			}
		}
	}
	if kind != "text/plain" {
		return "", nil
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	return strings.ReplaceAll(string(text), "\r\n", "\n"), err
}

// literal is a mail as IMAP carries it.
type literal struct {
	*bytes.Reader
	size int64
}

func (l literal) Size() int64 { return l.size }

func appendOptions(at time.Time) *imap.AppendOptions { return &imap.AppendOptions{Time: at} }

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
