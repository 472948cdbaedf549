// Package arch holds tests of the whole repository: what it may depend on. Which of
// our packages may import which is held by the linter, see .golangci.yml.
package arch
