// Package persontest makes customers for the tests of every capability.
package persontest
