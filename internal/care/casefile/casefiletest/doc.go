// Package casefiletest makes cases with their promises for the tests of every
// capability: an organisation with customers, a recording teller, and the
// clock, the sealer, the followers and the watch that make them go on.
package casefiletest
