// Package actor says who acts, for which organisation, in which role.
// Every use case takes an Actor first; services authorise against it, facts
// record it.
package actor
