// Package failover shows that the house survives a PostgreSQL that fails over
// by itself: three servers that Patroni looks after with etcd, synchronous
// standbys, and two processes of the real program that know all three.
//
// The leader is killed, switched and frozen, and etcd is taken away, each
// several times while staff and customers work. Nothing acknowledged is lost,
// nothing is said twice, every check holds and the chain verifies; the table
// says how long nobody could write.
//
// There is nothing here but a test, which runs on demand (make failover): it
// needs Patroni and etcd, and most of its time is waiting for Patroni to be
// sure that a leader has gone. The visitors, their journal and the checks are
// those of proof/chaos.
package failover
