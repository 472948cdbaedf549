// Package deadline is the arithmetic of promises: on which day and at what time a
// case is due under a rule and a calendar, what a pause adds, and what a calendar
// change may do. It is pure: it reads no clock and keeps no state.
//
// Terms:
//   - Day 0 is the local date on which the case was received. Counting starts
//     with the next day that counts, so a case received on a weekend or a holiday
//     has the next working day as its day 1.
//   - A working-day rule is due at closing time of its day N, a calendar-day rule
//     at the last second of its day N, an hour rule N hours after receipt, day
//     and night, holidays or not.
//   - The clock is paused only while the citizen is asked something (state
//     waiting_citizen); see Due for what a pause adds.
//   - A promise is never shortened; see Recompute.
//
// Local times that a zone skips or repeats (daylight saving) are read in favour
// of longer office hours: an opening is the first such instant, a closing the
// last, and a time that does not exist is the instant of the change.
package deadline
