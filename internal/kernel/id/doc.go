// Package id makes identifiers.
//
// An ID is typed and sorts by the time it was made: a short prefix, an
// underscore and a UUID version 7 (RFC 9562) in Crockford's base 32, lower
// case, 26 characters: "cas_01hx…". The application makes ids, never the
// database, so that a transaction that runs again keeps the ids it had.
//
// A Reference is for speaking: a number and a check character that catches
// every single wrong digit and every swap of two neighbours.
package id
