//go:build sabotage_seen_first

package email

const settleFirst = true
