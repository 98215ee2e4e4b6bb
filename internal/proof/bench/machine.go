package bench

import (
	"os"
	"runtime"
	"strconv"
	"strings"
)

// Machine is what was measured on.
type Machine struct {
	Processor string `json:"processor"`
	Cores     int    `json:"cores"`
	MemoryMB  int    `json:"memory_mb"`
	Kernel    string `json:"kernel"`
	Go        string `json:"go"`
	Load      string `json:"load"` // how much else was running at the beginning: the load average of a minute
}

func thisMachine() Machine {
	m := Machine{Cores: runtime.NumCPU(), Go: runtime.Version()}
	field := func(file, name string) string {
		b, _ := os.ReadFile(file) // said only where the kernel says it
		for line := range strings.Lines(string(b)) {
			if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == name {
				return strings.TrimSpace(v)
			}
		}
		return ""
	}
	m.Processor = field("/proc/cpuinfo", "model name")
	kb, _, _ := strings.Cut(field("/proc/meminfo", "MemTotal"), " ")
	n, _ := strconv.Atoi(kb)
	m.MemoryMB = n / 1024
	b, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	m.Kernel = strings.TrimSpace(string(b))
	b, _ = os.ReadFile("/proc/loadavg")
	m.Load, _, _ = strings.Cut(string(b), " ")
	return m
}
