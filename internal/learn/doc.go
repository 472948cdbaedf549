// Package learn makes service models from a region's own confirmed cases: it chooses
// what may be learned from and how much it counts, trains, measures a new model against
// the one in use on cases that neither has learned from, lets it run in the shadow, and
// puts it in force or takes it back.
package learn
