package main

import (
	"context"
	"os"
	"testing"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"tanggap/internal/sandbox"
	"tanggap/internal/sandbox/parsers"
)

func TestMain(m *testing.M) {
	if sandbox.Main(parsers.All()...) {
		return
	}
	testscript.Main(m, map[string]func(){
		"tanggap": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs testdata/*.txtar over the whole command line. `keygen FILE VAR`
// writes an age identity and puts its recipient into a variable; `damage FILE` flips
// a bit in the middle of a file.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"keygen": func(ts *testscript.TestScript, _ bool, args []string) {
				id, err := age.GenerateX25519Identity()
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(id.String()+"\n"), 0o600))
				ts.Setenv(args[1], id.Recipient().String())
			},
			"damage": func(ts *testscript.TestScript, _ bool, args []string) {
				b, err := os.ReadFile(ts.MkAbs(args[0]))
				ts.Check(err)
				b[len(b)/2] ^= 1
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
			},
		},
	})
}
