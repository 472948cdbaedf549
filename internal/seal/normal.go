package seal

import (
	"net/mail"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"tanggap/internal/tanggap"
)

// A blind index finds only what is written the same way, so every value is brought
// to one form first.

// Phone returns a telephone number in E.164 form, such as +628110000001. Numbers
// without a country are read in country, an ISO 3166 code such as "ID"; a leading
// country code without "+", as WhatsApp writes it, is understood.
func Phone(raw, country string) (string, error) {
	if len(raw) > 64 {
		return "", errPhone
	}
	n, err := phonenumbers.Parse(raw, country)
	// Possible, not valid: number plans grow faster than the tables compiled in.
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return "", errPhone
	}
	return phonenumbers.Format(n, phonenumbers.E164), nil
}

// Email returns an e-mail address in lower case, without name or brackets.
func Email(raw string) (string, error) {
	raw = strings.TrimSpace(raw)
	if len(raw) > 254 { // RFC 5321 §4.5.3.1.3 less the brackets
		return "", errEmail
	}
	a, err := mail.ParseAddress(raw)
	if err != nil || a.Name != "" || strings.ContainsAny(a.Address, " \t\r\n\"") {
		return "", errEmail
	}
	return strings.ToLower(a.Address), nil
}

// NIK returns the sixteen digits of a population number written with spaces, dots
// or dashes. Whether such a number can exist is not its business.
func NIK(raw string) (string, error) {
	if len(raw) > 64 {
		return "", errNIK
	}
	digits := strings.NewReplacer(" ", "", ".", "", "-", "").Replace(raw)
	if len(digits) != 16 || strings.Trim(digits, "0123456789") != "" {
		return "", errNIK
	}
	return digits, nil
}

var (
	errPhone = tanggap.Errorf(tanggap.Invalid, "Nomor telepon tidak dikenali; tulis seperti 0811-0000-0001.")
	errEmail = tanggap.Errorf(tanggap.Invalid, "Alamat surel tidak dikenali; tulis seperti nama@contoh.id.")
	errNIK   = tanggap.Errorf(tanggap.Invalid, "NIK terdiri dari 16 angka.")
)
