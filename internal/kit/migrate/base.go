package migrate

import "embed"

// Base holds the tables that belong to no capability.
//
//go:embed schema/*.sql
var Base embed.FS
