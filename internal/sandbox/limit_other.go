//go:build !linux

package sandbox

const (
	dataLimit = 512 << 20 // told in messages only
	cpuLimit  = 10
)

// Elsewhere a child has no limits of its own but the wall clock: Tanggap is run on
// Linux and only developed on other systems.
func limitProcess() error { return nil }
func limitRequest() error { return nil }
