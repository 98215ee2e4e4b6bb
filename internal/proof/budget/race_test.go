//go:build race

package budget

// raced says that the race detector allocates beside the program.
const raced = true
