// Package lossyfs is a file system for tests that loses, when the power is cut,
// everything that nobody asked it to keep: bytes of a file that were written since
// its last fsync, and names that a folder got, changed or lost since its own last
// fsync. It is stricter than any real file system and breaks no rule of POSIX, so a
// program that survives it relies on fsync alone.
//
// The file system runs in a process of its own and keeps files in memory. In the
// process that uses it, a page fault on a mapped file would hold up the garbage
// collector while the file system waits for it.
package lossyfs
