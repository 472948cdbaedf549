//go:build !sabotage_sync_off

package store

// synchronous makes every commit wait for the disk: an acknowledgement is given
// only after commit returns, so anything weaker loses acknowledged messages when
// the power fails.
const (
	synchronous         = "FULL"
	requiredSynchronous = 2
)
