//go:build !sabotage_seen_first

package email

// settleFirst is false: a mail leaves the inbox only when it is safe with us. The
// durability harness builds the opposite and must notice.
const settleFirst = false
