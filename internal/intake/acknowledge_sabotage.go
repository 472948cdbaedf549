//go:build sabotage_ack_first

package intake

const acknowledgeFirst = true
