// Package stat counts: how many cases came, how soon they were answered, what was promised
// and kept, by local day, unit, service, area, channel and language.
//
// # How the figures are kept
//
// An event says only which case changed. Keeper.Update walks the events in the order of
// their log, computes the rounds of each case they name from all that happened to it (see
// rounds), takes the sums that the case had before out of the rows of figures and puts the
// new ones in. So a row is always the exact sum over the cases as they are, an event taken
// in twice changes nothing, and everything can be thrown away and computed anew, which
// happens by itself when Layout grows.
//
// # What a figure means
//
//   - A case is counted as opened on the local day on which it was opened, whatever became
//     of it, in the unit, service, area, channel and language that it has now.
//   - Responded: the first word or act of a person that reached the citizen: a reply, the
//     start of the work, an outcome. The automatic receipt and the routing are none.
//   - Resolved: the citizen got an outcome (answered, done, handed to another body,
//     rejected). A case that is reopened is resolved once more when it is answered again.
//   - A promise is kept (OnTime) on the day of the outcome, or broken (Late) on the day on
//     which it passed, also while the case is still open: waiting longer hides nothing.
//   - Minutes are those in which the unit was open. The time in which a case waited for its
//     citizen does not count. Medians come from histograms with a step of 5 %, so they are
//     right within 2.5 %.
//   - Secret cases count in sums of whole units and regions only, for those who may list
//     them (Scope), and in no breakdown.
package stat
