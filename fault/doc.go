// Package fault holds the harnesses of the promises of durability. They build the
// real program, run it as processes, kill it, and compare what it acknowledged with
// what it kept. Each harness is also run against a sabotaged build, which it must
// tell from a good one: a harness that misses its sabotage proves nothing.
package fault
