// Package race tells tests whether the race detector watches them.
package race

import "testing"

// Skip leaves a test to the step of tools/test.sh that runs without the race detector, and
// that finds it by this call, which has to be the first thing that the test does. It is for
// tests that do the same thing many times, to which the detector is blind and slow.
func Skip(t testing.TB) {
	t.Helper()
	if Watches {
		t.Skip("tools/test.sh runs it without the race detector")
	}
}
