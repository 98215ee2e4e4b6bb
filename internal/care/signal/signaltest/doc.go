// Package signaltest looks at signals in the tests of other capabilities.
package signaltest
