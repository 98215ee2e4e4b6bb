// Package webtest lets tests speak to the API of one capability, as whoever
// the test says.
package webtest
