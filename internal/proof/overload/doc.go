// Package overload asks a real server for more than it can do, and looks at
// what becomes of it: that whoever is let in is answered in time, that the
// others hear "busy" at once, and that what was acknowledged is there and what
// was refused is not.
//
// The arrival of requests is a schedule that waits for nobody (open loop), as
// that of people is: a server that slows down is not asked less. Times count
// from when a request was due to be sent, so that a queue in front of the
// server shows. What must hold is counted; how quick it was is printed, and
// judged only by TestFourTimesTooMuch, which runs when HOUVAST_TEST_LONG is set.
package overload
