package store

import "testing"

// SmallCrowds makes figures of so few cases already large ones, until the test ends.
func SmallCrowds(t *testing.T, n int64) {
	before := crowd
	crowd = n
	t.Cleanup(func() { crowd = before })
}
