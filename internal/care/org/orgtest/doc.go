// Package orgtest makes organisations for the tests of every capability.
package orgtest
