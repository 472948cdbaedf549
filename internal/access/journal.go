package access

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tanggap/internal/store"
)

// Ways in which an officer proves himself.
const (
	ByPassword = "password"
	ByLink     = "link" // chose his password by an invitation
	ByPasskey  = "passkey"
	ByProvider = "provider" // of identities, see Provider
	BySecond   = "second"   // a code, or a passkey after another proof
)

// LoginsKept is how long log-ins are remembered.
const LoginsKept = 90 * 24 * time.Hour

// Origin is where a request comes from.
type Origin struct {
	Region string
	Agent  string // what the browser calls itself
	IP     netip.Addr
}

type originKey struct{}

// WithOrigin lets the log-ins within ctx be remembered with where they came from.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

func originOf(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}

// began remembers whose a session is, and the log-in.
func (a *Access) began(ctx context.Context, o *store.Officer, token, way string) error {
	from, now := originOf(ctx), a.clock.Now().UTC()
	return a.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.DescribeSession(ctx, token, &store.Session{OfficerID: o.ID, Region: from.Region, Way: way,
			Device: Device(from.Agent), Network: Network(from.IP), BeganAt: now, SeenAt: now}); err != nil {
			return err
		}
		return remember(ctx, tx, o.ID, way, false)
	})
}

// remember writes a log-in that succeeded or failed.
func remember(ctx context.Context, tx *store.Store, officer, way string, failed bool) error {
	from := originOf(ctx)
	return tx.AddOfficerLogin(ctx, &store.OfficerLogin{OfficerID: officer, Region: from.Region, Way: way, Failed: failed,
		Device: Device(from.Agent), Network: Network(from.IP)})
}

// Browsers and systems by what stands in the name that a browser gives itself. The first
// that fits counts: most call themselves by the names of older ones too.
var (
	browsers = [][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"FxiOS", "Firefox"}, {"Firefox/", "Firefox"},
		{"CriOS", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
	systems = [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"},
		{"Mac OS X", "macOS"}, {"Linux", "Linux"}}
)

// Device says in two words what a request was sent with, such as "Chrome, Android"; ""
// for what is not known.
func Device(agent string) string {
	var words []string
	for _, list := range [][][2]string{browsers, systems} {
		for _, x := range list {
			if strings.Contains(agent, x[0]) {
				words = append(words, x[1])
				break
			}
		}
	}
	return strings.Join(words, ", ")
}

// Network shortens an address to what tells one network from another: its first half in
// IPv4, its first two groups in IPv6.
func Network(ip netip.Addr) string {
	ip = ip.Unmap()
	switch {
	case ip.Is4():
		b := ip.As4()
		return strconv.Itoa(int(b[0])) + "." + strconv.Itoa(int(b[1])) + ".*.*"
	case ip.Is6():
		groups := strings.Split(ip.WithZone("").StringExpanded(), ":")
		return groups[0] + ":" + groups[1] + ":*"
	}
	return ""
}
