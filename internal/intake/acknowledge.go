//go:build !sabotage_ack_first

package intake

// acknowledgeFirst is false: a sender is told "received" only after the commit. The
// durability harness builds the opposite and must notice.
const acknowledgeFirst = false
