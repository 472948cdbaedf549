package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
)

// Kinds of Server.Security.
const (
	SecurityTLS      = "tls"      // from the first byte
	SecurityStartTLS = "starttls" // asked for, and refused to go on without
	SecurityNone     = "none"     // for loopback only
)

// Server is a mail server and how we log in there.
type Server struct {
	Host     string // with port
	Security string
	User     string // "" = no log-in
	Password string
	CA       *x509.CertPool // who may sign its certificate; nil = whom the computer trusts
}

// errPlain is a password that would travel in clear.
var errPlain = errors.New("an unencrypted mail server is for loopback only")

func (s Server) name() string {
	host, _, err := net.SplitHostPort(s.Host)
	if err != nil {
		return s.Host
	}
	return host
}

func (s Server) tls() *tls.Config {
	return &tls.Config{ServerName: s.name(), RootCAs: s.CA, MinVersion: tls.VersionTLS12}
}

const (
	dialTime    = 30 * time.Second
	commandTime = 2 * time.Minute // of one command and its answer
	fetchTime   = 10 * time.Minute
)

// dial connects and, for SecurityTLS, shakes hands. STARTTLS is the caller's.
func (s Server) dial(ctx context.Context) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: dialTime}).DialContext(ctx, "tcp", s.Host)
	if err != nil {
		return nil, err
	}
	switch s.Security {
	case SecurityTLS:
		secure := tls.Client(conn, s.tls())
		ctx, cancel := context.WithTimeout(ctx, dialTime)
		defer cancel()
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return secure, nil
	case SecurityNone:
		if a, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
			return nil, errors.Join(errPlain, conn.Close())
		}
	}
	return conn, nil
}

// session is one IMAP connection. It is used by one goroutine.
type session struct {
	conn   net.Conn
	client *imapclient.Client
	news   chan struct{} // gets a signal when the server speaks of a new number of mails
}

// open connects and logs in.
func open(ctx context.Context, s Server) (*session, error) {
	conn, err := s.dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", s.Host, err)
	}
	x := &session{conn: conn, news: make(chan struct{}, 1)}
	options := &imapclient.Options{TLSConfig: s.tls(), UnilateralDataHandler: &imapclient.UnilateralDataHandler{Mailbox: x.heard}}
	err = x.do(ctx, dialTime, func() (err error) {
		if s.Security == SecurityStartTLS {
			if x.client, err = imapclient.NewStartTLS(conn, options); err != nil {
				return err
			}
		} else {
			x.client = imapclient.New(conn, options)
		}
		return x.client.WaitGreeting()
	})
	if err == nil {
		err = x.do(ctx, commandTime, func() error { return x.login(s) })
	}
	if err != nil {
		x.close()
		return nil, fmt.Errorf("log in at %s: %w", s.Host, err)
	}
	return x, nil
}

func (x *session) login(s Server) error {
	caps := x.client.Caps()
	switch {
	case caps.Has(imap.AuthCap(sasl.Plain)):
		return x.client.Authenticate(sasl.NewPlainClient("", s.User, s.Password))
	case caps.Has(imap.CapLoginDisabled):
		return errors.New("the server allows no log-in on this connection; set another security")
	}
	return x.client.Login(s.User, s.Password).Wait()
}

// heard runs in the reading goroutine of the client and must not wait.
func (x *session) heard(data *imapclient.UnilateralDataMailbox) {
	if data.NumMessages == nil {
		return
	}
	select {
	case x.news <- struct{}{}:
	default:
	}
}

// do runs commands and waits for their answers. The client itself waits for ever,
// so when ctx ends or the time is up, the connection is closed under it.
func (x *session) do(ctx context.Context, limit time.Duration, commands func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	closed := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { closed <- x.conn.Close() })
	err := commands()
	if stop() {
		return err
	}
	return errors.Join(ctx.Err(), err, <-closed)
}

// close ends the connection without ceremony: nothing is lost by it.
func (x *session) close() {
	if x.client != nil {
		_ = x.client.Close() // it reports why the connection broke, which a command has said already
		return
	}
	_ = x.conn.Close()
}

// idle waits, at most for d, until the server speaks of new mail.
func (x *session) idle(ctx context.Context, d time.Duration) error {
	var cmd *imapclient.IdleCommand
	err := x.do(ctx, commandTime, func() (err error) {
		cmd, err = x.client.Idle()
		return err
	})
	if err != nil {
		return fmt.Errorf("idle: %w", err)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-x.news:
	case <-timer.C:
	case <-x.client.Closed():
	case <-ctx.Done():
	}
	return x.do(ctx, commandTime, func() error { return errors.Join(cmd.Close(), cmd.Wait()) })
}

// noop lets a server tell what it would not tell otherwise.
func (x *session) noop(ctx context.Context) error {
	return x.do(ctx, commandTime, func() error { return x.client.Noop().Wait() })
}
