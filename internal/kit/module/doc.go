// Package module is what a capability hands to the application: its tables,
// words, routes, durable work and checks. app/modules.go lists all modules;
// nothing registers itself.
package module
