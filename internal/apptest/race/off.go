//go:build !race

package race

// Watches reports that the race detector watches, which makes everything slow.
const Watches = false
