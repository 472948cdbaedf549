// Package seal keeps personal data unreadable outside the running program: in a
// stolen database, a backup or a log.
//
// There are three levels of keys, each kept only wrapped by the one above:
//
//	master key   a file or systemd credential, never in the database
//	region key   a row in the database, wrapped by the master key
//	citizen key  a row in the database, wrapped by the region key
//
// A citizen's name, numbers and messages are sealed under the citizen's own key,
// so deleting that one row makes them unreadable everywhere, in old backups as
// well (key shredding). What arrives before a citizen is known is sealed under the
// region key. Losing the master key loses everything: keep a copy off the machine.
//
// Every sealed value is bound to its Where; moved to another row or column it does
// not open.
//
// All sealing is XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha): its random nonces of
// 192 bits need no counter and no limit on messages, and it is fast without AES
// hardware. Master and region keys are Tink keysets, so they rotate; a citizen key
// is 32 raw bytes on Tink's primitive, because parsing a keyset per citizen would
// cost many times the sealing itself and its rotation is a new key and a resealing.
package seal
