package sim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// Transport carries requests to the Graph side of m without a network: what a step
// makes the caller wait for or lose comes at once, so that a day of faults takes a
// moment.
func (m *Meta) Transport() http.RoundTripper { return transport{m.Handler()} }

type transport struct{ graph http.Handler }

// direct marks a request that came through Transport.
type direct struct{}

// lost is what a handler panics with to end a direct request with an error.
type lost struct{ err error }

func (t transport) RoundTrip(r *http.Request) (res *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	rec := &recorder{header: http.Header{}, code: http.StatusOK}
	defer func() {
		switch p := recover().(type) {
		case nil:
		case lost:
			res, err = nil, p.err
		case error:
			if !errors.Is(p, http.ErrAbortHandler) {
				panic(p)
			}
			res, err = nil, io.ErrUnexpectedEOF
		default:
			panic(p)
		}
	}()
	in := r.Clone(context.WithValue(r.Context(), direct{}, true))
	in.RequestURI, in.Host = r.URL.RequestURI(), r.URL.Host
	if in.Body == nil {
		in.Body = http.NoBody
	}
	t.graph.ServeHTTP(rec, in)
	return &http.Response{StatusCode: rec.code, Status: http.StatusText(rec.code), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: rec.header, Body: io.NopCloser(&rec.body), ContentLength: int64(rec.body.Len()), Request: r}, nil
}

// recorder keeps an answer.
type recorder struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(code int)        { r.code = code }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

func isDirect(r *http.Request) bool { return r.Context().Value(direct{}) != nil }

// hang never answers.
func hang(r *http.Request) {
	if isDirect(r) {
		panic(lost{context.DeadlineExceeded})
	}
	<-r.Context().Done()
}

// linger answers late.
func linger(r *http.Request, pause time.Duration) {
	if isDirect(r) {
		return
	}
	select {
	case <-r.Context().Done():
	case <-time.After(pause):
	}
}

// noConnection is what a caller sees who reaches nobody.
func noConnection(r *http.Request) {
	if isDirect(r) {
		panic(lost{&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}})
	}
	panic(http.ErrAbortHandler)
}
