// Package desk is the face for staff: the frame around every page, signing in
// and out, choosing an organisation, one's own details, set-up at first start,
// pages about problems, and the stream that keeps pages live.
//
// What stands inside the frame belongs to the capabilities: they arrive as
// modules, with their navigation and their pages.
//
//	d := desk.New(desk.Deps{…})
//	site := web.New(web.Options{Problem: d.Problem, ProblemFragment: d.ProblemFragment, …})
//	d.Mount(site, modules)
//
// Invariants:
//   - Everything works without a script; a script only saves time.
//   - Mail that does not go out is told at the top of every page and stops
//     nobody.
//   - Set-up exists only while there is no organisation, and only for whoever
//     has the code that was printed at start.
//   - GET changes nothing but what a browser prefers (language).
//
// Routes: /, /sign-in, /sign-out, /choose, /invitation/{token}, /language,
// /look, /setup, /desk/me, /desk/events.
package desk
