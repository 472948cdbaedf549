//go:build sabotage_sync_off

package store

// A build that the durability harness must be able to tell from a good one.
const (
	synchronous         = "OFF"
	requiredSynchronous = 0
)
