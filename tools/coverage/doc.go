// Coverage reads a profile of `go test -coverprofile` and says how much of the
// decisions and of the services the tests reach, package by package.
//
// A decision is a file that computes and touches nothing: it does not import
// the database. A service is a file with use cases: it does. What talks to
// people, programs or SQL (desk, portal, api, module, store, pages) counts as
// neither; stories, pages that are opened and checks reach it in other ways.
package main
