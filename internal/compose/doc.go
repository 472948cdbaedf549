// Package compose makes synthetic messages for a city that has no history: it takes the
// core sentences a pack's author wrote for each service (phrases.txt), fills in places,
// times and amounts, and says each in many voices, from terse to rambling, formal,
// dictated, in dialect and with slips. Equal phrases, areas and seed give equal
// messages. Everything it makes is marked as synthetic, and what came of one core
// carries its name, so that a model is never measured on a sentence whose sister it knows.
package compose
