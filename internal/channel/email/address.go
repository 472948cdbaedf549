package email

import (
	"regexp"
	"strings"

	"github.com/emersion/go-message/mail"
)

// correspondent is one address with the name that stands beside it.
type correspondent struct{ name, address string }

const maxAddresses = 200

var addrSpec = regexp.MustCompile(`[^\s<>"'(),;:@\[\]]{1,64}@[^\s<>"'(),;:@\[\]]{1,255}`)

// addresses reads a list of mailboxes. What go-message cannot read is searched for
// anything that looks like an address.
func (h header) addresses(name string) []correspondent {
	var out []correspondent
	for _, value := range h.Values(name) {
		if len(out) >= maxAddresses {
			break
		}
		out = append(out, readAddresses(limit(value, 16<<10))...)
	}
	return out[:min(len(out), maxAddresses)]
}

func readAddresses(value string) []correspondent {
	var out []correspondent
	if list, err := mail.ParseAddressList(value); err == nil {
		for _, a := range list {
			if address := normalise(a.Address); address != "" {
				// The name is decoded again from the value: go-message leaves unknown charsets as they are.
				out = append(out, correspondent{nameText(a.Name), address})
			}
		}
		return out
	}
	for _, span := range addrSpec.FindAllStringIndex(value, maxAddresses) {
		if address := normalise(value[span[0]:span[1]]); address != "" {
			out = append(out, correspondent{address: address})
		}
	}
	if len(out) == 1 {
		name, _, _ := strings.Cut(value, "<")
		if !strings.Contains(name, "@") {
			out[0].name = nameText(strings.Trim(name, " \t\"'"))
		}
	}
	return out
}

func nameText(s string) string { return limit(oneLine(decodeWords(s)), 256) }

// normalise lower-cases an address; "" if it is none. Local parts are compared
// without case: no mail service in use tells "Warga" from "warga".
func normalise(address string) string {
	address = strings.ToLower(strings.ToValidUTF8(strings.TrimRight(strings.Trim(address, "<> \t\r\n"), "."), "\ufffd"))
	local, domain, ok := cutAddress(address)
	if !ok || len(address) > 320 || strings.ContainsFunc(local+domain, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '<' || r == '>' }) {
		return ""
	}
	return address
}

func cutAddress(address string) (local, domain string, ok bool) {
	i := strings.LastIndexByte(address, '@')
	if i <= 0 || i == len(address)-1 {
		return "", "", false
	}
	return address[:i], address[i+1:], true
}

// untag splits local+TAG@domain. The tag keeps its case.
func untag(address string) (bare, tag string) {
	local, domain, ok := cutAddress(strings.Trim(strings.TrimSpace(address), "<>"))
	if !ok {
		return "", ""
	}
	local, tag, _ = strings.Cut(local, "+")
	return normalise(local + "@" + domain), tag
}

// tags finds what stands behind the + of our own addresses that the mail was written
// to: the token of a conversation, and the attempt whose bounce it is. Spelling is
// kept, because normalising would change a token.
func (e envelope) tags(h header) (token, attempt string) {
	for _, name := range []string{"Delivered-To", "X-Original-To", "To", "Cc"} {
		for _, value := range h.Values(name) {
			for _, address := range addrSpec.FindAllString(strings.ToValidUTF8(limit(value, 16<<10), "\ufffd"), maxAddresses) {
				bare, tag := untag(address)
				if tag == "" || len(tag) > 200 || !e.own(bare) {
					continue
				}
				if _, isBounce := cutPrefixFold("+"+tag, bounceMark); isBounce {
					attempt = first(attempt, AttemptOf(address))
				} else {
					token = first(token, tag)
				}
			}
		}
	}
	return token, attempt
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
