//go:build !race

package apptest

// Race reports that the race detector watches, which makes everything slow.
const Race = false
