// Package backup copies a whole system, database and media, into one encrypted
// file and back, on either engine and from one to the other.
//
// A backup is an age file (age-encryption.org/v1) to one or more recipients, whose
// secret keys do not belong on the server. Inside is a gzip stream of a tar with,
// in this order:
//
//	tanggap-backup              the text "1\n", the format's version
//	tables/NAME/000001, ...     rows of a table, some of them in each entry
//	media/KEY                   sealed blobs as they stand in the media folder
//	keys/NAME                   only with keys: the files of the key folder
//	manifest.json               see Manifest; a backup without it was cut off
//
// Rows come in the order of the primary key, bytes compared. A row is its length
// and then its columns in the manifest's order. A column is one byte for its kind
// and its value:
//
//	0 null
//	1 whole number     signed varint; truth values are 0 and 1
//	2 real             8 bytes, IEEE 754, big-endian
//	3 text             uvarint length, UTF-8 bytes
//	4 bytes            uvarint length, bytes
//	5 time             signed varint, microseconds since 1970-01-01 UTC
//
// Lengths are unsigned varints (encoding/binary). The hash of a table is SHA-256
// over its rows so encoded; it is the same on both engines.
//
// The database is read in one transaction that sees a single moment; writers go on
// meanwhile. Log-in sessions, jobs and the search index are left out: people log
// in again, the sweeps of a running system find everything that is still to be
// done, and the index is made anew.
//
// A restored system sends nothing until somebody allows it, because the original
// may still be running: see OutboundOff.
package backup
