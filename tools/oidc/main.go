// Command oidc is an identity provider for tests: the example provider of zitadel/oidc, a
// certified library, on a free port of loopback. It is its own module so that nothing of
// it is linked into the server.
//
//	oidc CLIENT SECRET REDIRECT USERS
//
// USERS is a file of people as the example reads it. The first line on standard output is
// the issuer; it ends when standard input does.
package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "oidc:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("usage: oidc CLIENT SECRET REDIRECT USERS")
	}
	users, err := storage.StoreFromFile(args[3])
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	issuer := "http://" + l.Addr().String() + "/"
	storage.RegisterClients(storage.WebClient(args[0], args[1], args[2]))
	router := exampleop.SetupServer(issuer, storage.NewStorage(users), slog.New(slog.NewTextHandler(io.Discard, nil)), false)
	server := &http.Server{Handler: router, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	fmt.Println(issuer)
	if err := server.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}
