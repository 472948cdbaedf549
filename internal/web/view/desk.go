package view

import (
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"
)

// Typed is the page "typed" at /baru: an officer types what somebody says. Field ids:
// cara, teks, nama, telepon, email, setuju, kelurahan, patokan, layanan, bahaya.
type Typed struct {
	Base
	Way       string // one of Ways
	Text      string
	Name      string
	Phone     string
	Email     string
	Consent   bool
	Anonymous bool
	Areas     []Group
	Place     string
	Services  []Group
	Danger    string // "ya", "tidak", "ragu" or ""
	English   bool   // the citizen wants to be answered in English
	Key       string // idempotency key of the hidden field "kunci"
}

// Ways are the codes of how somebody reached the officer, as the form posts them.
func (p *Typed) Ways() []string { return []string{"walk_in", "phone", "letter"} }

// Dangers are the answers to whether people are in danger now.
func (p *Typed) Dangers() []string { return []string{"ya", "tidak", "ragu"} }

// Receipt is the page "receipt" at /kasus/{id}/tanda-terima: what a citizen takes home
// on paper.
type Receipt struct {
	Base
	Number  string
	Code    string // tracking code, 13 characters
	Opened  time.Time
	Due     *time.Time
	Rule    string // of Due, in words
	Unit    string // "" while an officer still decides
	Service string // "" while unknown
	Text    string // the citizen's first words, masked; "" keeps them off the paper
	Secret  bool
	Address string // of the status page, with host
	Back    string // path of the case; "" for an officer who may not read it
}

// qrSVG draws words as a QR code of error correction M, with the quiet zone of four
// modules that ISO/IEC 18004 asks for.
func qrSVG(words string) (template.HTML, error) {
	code, err := qr.Encode(words, qr.M, qr.Auto)
	if err != nil {
		return "", err
	}
	const quiet = 4
	var path strings.Builder
	side := code.Bounds().Dx()
	for y := range side {
		for x := range side {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				path.WriteString("M" + strconv.Itoa(x+quiet) + " " + strconv.Itoa(y+quiet) + "h1v1h-1z")
			}
		}
	}
	box := strconv.Itoa(side + 2*quiet)
	return template.HTML(`<svg class="qr" viewBox="0 0 ` + box + ` ` + box + `" shape-rendering="crispEdges" aria-hidden="true"><path fill="#fff" d="M0 0h` + box + `v` + box + `H0z"/><path d="` + path.String() + `"/></svg>`), nil
}
