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
//   - A locked screen shows nothing of what stood on it, by whatever way it is
//     asked for, until somebody gives a password.
//   - What was typed and not sent is kept for a week for who typed it alone,
//     and ends when its form did what it should.
//
// Routes: /, /sign-in, /sign-out, /choose, /invitation/{token}, /language,
// /look, /privacy, /lock, /locked, /unlock, /setup, /desk/me, /desk/keys,
// /desk/roles, /desk/drafts, /desk/presence, /desk/events and where it finds.
package desk
