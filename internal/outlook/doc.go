// Package outlook keeps what a region has to expect. Once a day it reads the counts of the
// days that are over, foresees the next weeks for the region, every unit, service and area,
// and for figures brought in from elsewhere, and watches all of them for surges and
// silences. What it finds it writes down and tells those who answer for it; what is done
// about it people decide.
package outlook
