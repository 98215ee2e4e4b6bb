package org

// ValuesOf gives settings by path.
func ValuesOf(s Settings) map[string]any { return s.values() }
