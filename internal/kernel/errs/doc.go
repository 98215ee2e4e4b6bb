// Package errs is the one error type of Houvast.
//
// Every refusal that a person or an API client may see is an *Error: a class
// (what went wrong, mapped once to an HTTP status), a stable type (the last
// segment of the RFC 9457 problem type, also the key of its sentence in the
// language catalogue), parameters for that sentence, and the fields to mend.
// Anything else is an internal error: logged, never shown.
package errs
