package db

import (
	"fmt"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// A statement's plan does not depend on what is bound to it (SQLite's "query
// planner stability guarantee"). Without that, SQLite looks at bound values
// whenever a column is compared with a parameter, and parses and plans the
// statement anew each time other values are bound: for most of ours that takes
// longer than running them. The driver has no setting for it, so each
// connection is told as it is opened, through SQLite's own way for extensions.
//
// https://sqlite.org/c3ref/c_dbconfig_defensive.html (SQLITE_DBCONFIG_ENABLE_QPSG)
var steadyPlans = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	f := keepPlans
	if rc := sqlite3.Xsqlite3_auto_extension(tls, *(*uintptr)(unsafe.Pointer(&f))); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("sqlite: error %d while asking for steady plans", rc)
	}
	return nil
})

func keepPlans(tls *libc.TLS, conn, _, _ uintptr) int32 {
	const slot = 8 // of a variable argument
	args := libc.Xmalloc(tls, 2*slot)
	if args == 0 {
		return sqlite3.SQLITE_NOMEM
	}
	defer libc.Xfree(tls, args)
	return sqlite3.Xsqlite3_db_config(tls, conn, sqlite3.SQLITE_DBCONFIG_ENABLE_QPSG, libc.VaList(args, int32(1), uintptr(0)))
}
