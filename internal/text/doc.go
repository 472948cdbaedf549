// Package text reads what citizens write: it cleans and normalises Indonesian as it
// is typed in the east of the archipelago, finds personal data, and learns which
// service a message is about. It is pure: no files but its own word lists, no clock,
// no network, and every function is safe for concurrent use.
package text
