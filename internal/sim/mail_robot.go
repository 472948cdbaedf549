package sim

import (
	"fmt"
	"strings"

	"tanggap/internal/tanggap"
)

// Robot is a correspondent that answers every mail by itself.
type Robot string

// The robots. Only the first does as RFC 3834 says.
const (
	RobotPolite    Robot = "polite"    // says that it is automatic, and answers each sender once
	RobotStripping Robot = "stripping" // answers like a person, without any header that tells
	RobotEverNew   Robot = "ever-new"  // the same, with another subject each time and no thread
	RobotBouncing  Robot = "bouncing"  // reports failure from the null sender (RFC 3464)
	RobotElsewhere Robot = "elsewhere" // answers from another address
)

// AddRobot lets a robot answer for an address.
func (m *Mail) AddRobot(address string, kind Robot) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.robots[plainOf(address)] = kind
}

const robotText = "Terima kasih atas surel Anda. Kami akan membalas secepatnya."

// answer is what a robot does with the n-th mail that it got.
func (m *Mail) answer(kind Robot, address string, got MailReceived, n int) error {
	null := ""
	l := replyTo(address, got, robotText)
	switch kind {
	case RobotPolite:
		if n > 1 {
			return nil
		}
		l.Header["Auto-Submitted"] = "auto-replied"
		l.ReturnPath = &null
	case RobotStripping:
		l.Header = nil
		l.To = m.cfg.Address
	case RobotEverNew:
		l.Header = nil
		l.To = m.cfg.Address
		l.Subject = fmt.Sprintf("Tiket %s nomor %d", tanggap.NewToken()[:8], n)
	case RobotBouncing:
		return m.bounce(address, got)
	case RobotElsewhere:
		l.From = "balasan." + address
	}
	_, err := m.Write(l)
	return err
}

// bounce reports that got could not be delivered, to its return path, or to the
// city where it has none: servers that do this exist.
func (m *Mail) bounce(address string, got MailReceived) error {
	to := got.ReturnPath
	if to == "" {
		to = m.cfg.Address
	}
	const edge = "=_laporan"
	header, _, _ := strings.Cut(string(got.Raw), "\r\n\r\n")
	body := strings.Join([]string{
		"--" + edge, "Content-Type: text/plain; charset=utf-8", "", "The mail could not be delivered.", "",
		"--" + edge, "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; " + domainOf(address), "",
		"Final-Recipient: rfc822; " + address, "Action: failed", "Status: 5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 no such user", "",
		"--" + edge, "Content-Type: text/rfc822-headers", "", header, "",
		"--" + edge + "--"}, "\n")
	null := ""
	_, err := m.Write(Letter{From: "mailer-daemon@" + domainOf(address), Name: "Mail Delivery System", To: to, Subject: "Undelivered Mail Returned to Sender",
		Text: body, ReturnPath: &null, Header: map[string]string{"Auto-Submitted": "auto-replied",
			"Content-Type": `multipart/report; report-type=delivery-status; boundary="` + edge + `"`}})
	return err
}
