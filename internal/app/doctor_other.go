//go:build !linux

package app

// machineClock and freeBytes are only known of Linux.
func machineClock() (synced, known bool) { return false, false }

func freeBytes(string) (n int64, known bool) { return 0, false }
