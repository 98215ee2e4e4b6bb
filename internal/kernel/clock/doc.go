// Package clock is the only place that knows what time it is.
//
// There are two clocks (decision 21). The business clock decides everything a
// customer could notice: due times, leases, sessions, ids, quiet hours. In
// production it is the machine's clock, in stories and tests a simulated one.
// The machine clock is for input and output time-outs only.
// Nothing else in the project calls time.Now, Since, After, NewTimer or Sleep;
// app/arch_test.go enforces it.
package clock
