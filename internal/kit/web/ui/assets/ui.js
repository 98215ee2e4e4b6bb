// Every page reads, navigates and submits without this file. It adds what a
// page cannot do by itself: times that keep ticking, single keys, undo while
// it lasts, news from others, and typed text that survives an accident.
//
// It holds no words: those come from data-words on <html>, in the language of
// the page. It keeps to Content-Security-Policy "default-src 'self'".
"use strict";
(() => {
  const root = document.documentElement;
  const words = JSON.parse(root.dataset.words || "{}");
  const $ = (sel, from = document) => from.querySelector(sel);
  const $$ = (sel, from = document) => [...from.querySelectorAll(sel)];

  // Browsers can forbid storage altogether; then nothing is remembered.
  const store = (area, key, value) => {
    try {
      const s = window[area];
      if (value === undefined) return s.getItem(key);
      if (value === null) s.removeItem(key); else s.setItem(key, value);
    } catch { /* forbidden or full */ }
    return null;
  };

  // What the script itself sends; a page that was locked or signed out answers
  // with something else than was asked.
  const post = (url, fields, more) => fetch(url, { method: "POST", body: new URLSearchParams(fields), credentials: "same-origin", headers: { "Houvast-Script": "1" }, redirect: "manual", ...more });

  /* ---- the clock --------------------------------------------------------
     The server says what time it is: its clock may be ahead of the device, or
     replay a story. From there on only time that went by counts. */
  let serverNow = Date.parse(root.dataset.now), readAt = performance.now();
  const now = () => serverNow + performance.now() - readAt;
  const fill = (key, h, m) => (words[key] || "").replace("{h}", h).replace("{m}", key.endsWith("hm") ? String(m).padStart(2, "0") : m);

  // The same steps as the server: minutes below an hour, hours and minutes
  // below three, hours below a day. Further away the words are days, and stay.
  function relative(iso, kind) {
    const m = Math.floor(Date.parse(iso) / 6e4) - Math.floor(now() / 6e4), n = Math.abs(m);
    if (Number.isNaN(m) || n >= 1440) return null;
    const past = m < 0 || (m === 0 && (kind === "ago" || Date.parse(iso) < now()));
    const dir = !past ? "in" : kind === "ago" ? "ago" : "late";
    if (n === 0) return dir === "in" ? words.now : words[dir + "-0"];
    if (n < 60) return fill(dir + "-m", 0, n);
    return n < 180 && n % 60 ? fill(dir + "-hm", Math.floor(n / 60), n % 60) : fill(dir + "-h", Math.floor(n / 60), 0);
  }
  function tick() {
    for (const t of $$("time[data-tick]")) {
      const text = relative(t.dateTime, t.dataset.tick), span = $("span", t);
      if (span && text && span.textContent !== text) span.textContent = text;
      if (t.dataset.tick === "due") t.closest(".prow")?.classList.toggle("prow--late", Date.parse(t.dateTime) < now());
    }
  }
  setInterval(tick, 15000);
  addEventListener("pageshow", e => { if (e.persisted) tick(); }); // back from the history cache

  /* ---- after an error, the focus is where the reader must begin ---------- */
  const toErrors = () => $(".errsum")?.focus();
  toErrors();

  /* ---- single keys (WCAG 2.1.4: they can be switched off) ---------------- */
  const keysOn = () => root.dataset.keys !== "off";
  const rows = () => $$(".prow__what, .crow__what").filter(a => !a.checkVisibility || a.checkVisibility());
  const go = href => { if (href) location.assign(href); };
  // What D and M act on: the row that has the focus.
  const row = () => document.activeElement?.closest(".prow, .crow") || null;
  const step = by => {
    const all = rows(), at = all.indexOf(document.activeElement);
    all[Math.max(0, Math.min(all.length - 1, at + by))]?.focus();
  };
  const press = key => {
    const b = $$(`[data-key="${key}"]`).find(b => !b.checkVisibility || b.checkVisibility());
    b?.click();
    return b;
  };
  addEventListener("keydown", e => {
    // Search opens with Ctrl or Command and K too, also while typing and for
    // whoever switched the single keys off.
    if ((e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey && e.key.toLowerCase() === "k" && palette) { e.preventDefault(); openPalette(); return; }
    if (e.defaultPrevented || e.metaKey || e.ctrlKey || e.altKey || e.isComposing || e.repeat && !"jk".includes(e.key)) return;
    if (e.target.closest?.("input, textarea, select, [contenteditable], dialog[open], [popover]")) return;
    if (!keysOn()) return;
    switch (e.key) {
      case "/": { if (palette) { openPalette(); break; } const q = document.getElementById("pq") || document.getElementById("q"); if (!q) return; q.focus(); q.select(); break; }
      case "l": { const f = document.getElementById("lock"); if (!f) return; f.requestSubmit(); break; }
      case "?": document.getElementById("keys")?.showModal(); break;
      case "j": step(1); break;
      case "k": step(-1); break;
      case "d": go(row()?.dataset.done); return;
      case "m": go(row()?.dataset.move); return;
      case "a": case "c": case "z": if (!press(e.key.toUpperCase())) return; break;
      default: return; // Enter follows the focused link by itself
    }
    e.preventDefault();
  });
  const single = document.getElementById("single-keys");
  if (single) {
    const box = single.closest("[data-keys]");
    box.hidden = false;
    single.addEventListener("change", () => {
      if (single.checked) delete root.dataset.keys; else root.dataset.keys = "off";
      post(box.dataset.keys, { keys: single.checked ? "on" : "off" }).catch(() => say(words.unsaved));
    });
  }
  // The list of keys is a page; with a script it is a dialog on this one.
  addEventListener("click", e => {
    const a = e.target.closest?.("a[data-opens]"), d = a && document.getElementById(a.dataset.opens);
    if (!d || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    a.closest("[popover]")?.hidePopover?.();
    d.showModal();
  });

  /* ---- search and commands -------------------------------------------------
     The dialog holds the same as the page; it is fetched anew while typing. */
  const palette = document.getElementById("palette");
  let asked = 0, opener = null;
  const hits = from => $$(".hit", from);
  const choose = (box, n) => {
    const all = hits(box);
    if (!all.length) return;
    const at = (n + all.length) % all.length;
    all.forEach((h, i) => h.classList.toggle("is-on", i === at));
    all[at].scrollIntoView?.({ block: "nearest" });
    const a = $("p a", all[at]), input = $(".palette__q input", box);
    a.id ||= "hit-" + at;
    input?.setAttribute("aria-activedescendant", a.id);
  };
  async function look(box, q, whole) {
    const turn = ++asked, action = box.dataset.action || $(".palette__q", box)?.getAttribute("action");
    const answer = await fetch(action + "?q=" + encodeURIComponent(q), { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (turn !== asked) return;
    if (!answer.ok) { if (answer.status === 401) location.reload(); return; }
    const doc = new DOMParser().parseFromString(await answer.text(), "text/html");
    merge(doc);
    if (whole) { box.replaceChildren(...doc.querySelectorAll(".palette")); return; }
    for (const part of [".palette__r", "[data-palette-status]"]) $(part, box)?.replaceWith($(part, doc));
    choose(box, 0);
  }
  async function openPalette() {
    if (palette.open) { $("input", palette)?.select(); return; }
    const here = $("main .palette__q input"); // the page itself is it
    if (here) { here.focus(); here.select(); return; }
    opener = document.activeElement;
    palette.showModal();
    try { await look(palette, "", true); } catch { palette.close(); location.assign(palette.dataset.action); return; }
    choose(palette, 0);
    $("input", palette)?.focus();
  }
  palette?.addEventListener("close", () => { asked++; palette.replaceChildren(); opener?.focus?.(); });
  palette?.addEventListener("click", e => {
    if (e.target === palette || e.target.closest("[data-palette-close]")) { e.preventDefault(); palette.close(); }
  });
  let typingQ;
  addEventListener("input", e => {
    const box = e.target.closest?.(".palette__q") && (e.target.closest("dialog") || e.target.closest(".palette"));
    if (!box) return;
    clearTimeout(typingQ);
    typingQ = setTimeout(() => look(box, e.target.value).catch(() => {}), 120);
  });
  addEventListener("keydown", e => {
    const input = e.target.closest?.(".palette__q input"), box = input?.closest(".palette");
    if (!box || e.isComposing) return;
    const all = hits(box), at = all.findIndex(h => h.classList.contains("is-on"));
    if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); choose(box, at + (e.key === "ArrowDown" ? 1 : -1)); }
    else if (e.key === "Enter" && all[at] && !typingPending()) { e.preventDefault(); $("p a", all[at]).click(); }
  });
  let lastTyped = "";
  addEventListener("input", e => { if (e.target.closest?.(".palette__q")) lastTyped = performance.now(); });
  // Enter straight after a letter: what is chosen may not be what was typed.
  const typingPending = () => lastTyped && performance.now() - lastTyped < 130;

  /* ---- toasts: ten seconds, and as long as somebody is at them ------------ */
  function mind(toast) {
    let timer;
    const start = () => { clearTimeout(timer); timer = setTimeout(() => toast.matches(":hover, :focus-within") ? start() : toast.remove(), 10000); };
    start();
  }
  $$("[data-toast]").forEach(mind);
  // A message with at most one button. Texts come from data-words.
  function say(text, label, act) {
    const region = document.getElementById("toasts");
    if (!region) return null;
    const t = document.createElement("div");
    t.className = "toast"; t.setAttribute("role", "status");
    const s = document.createElement("span"); s.textContent = text; t.append(s);
    if (label) {
      const b = document.createElement("button");
      b.type = "button"; b.className = "btn btn--s btn--quiet"; b.textContent = label;
      b.addEventListener("click", () => { t.remove(); act?.(); });
      t.append(b);
    }
    region.replaceChildren(t);
    return t;
  }

  /* ---- buttons ------------------------------------------------------------ */
  addEventListener("click", e => {
    const b = e.target.closest?.("[aria-disabled=true]");
    if (b) e.preventDefault(); // the reason stands beside it
  }, true);
  // Twice is once: a form that is on its way is not sent again.
  addEventListener("submit", e => {
    const f = e.target, b = e.submitter;
    if (e.defaultPrevented || f.method === "dialog" || b?.formMethod === "dialog") return;
    if (f.dataset.sending) { e.preventDefault(); return; }
    if (f.method === "post" && !f.matches("[data-look]")) {
      f.dataset.sending = "1";
      setTimeout(() => { delete f.dataset.sending; }, 8000); // the answer may be a file
    }
  });
  addEventListener("pageshow", () => $$("form[data-sending]").forEach(f => delete f.dataset.sending));
  // Invoker commands, for browsers that do not know them yet.
  if (!("commandForElement" in HTMLButtonElement.prototype)) addEventListener("click", e => {
    const b = e.target.closest?.("button[commandfor]");
    const d = b && document.getElementById(b.getAttribute("commandfor"));
    if (!d) return;
    if (b.getAttribute("command") === "close") d.close(); else if (!d.open) d.showModal();
  });

  /* ---- theme and density --------------------------------------------------
     The choice shows at once; the server keeps it in a cookie. */
  for (const form of $$("form[data-look]")) {
    form.addEventListener("change", () => {
      const data = new FormData(form);
      for (const name of ["theme", "density"]) {
        const v = data.get(name);
        if (v) root.dataset[name] = v; else delete root.dataset[name];
      }
      fetch(form.action, { method: "POST", body: new URLSearchParams(data), redirect: "manual" }).catch(() => say(words.unsaved));
    });
  }

  /* ---- drafts: what was typed is kept until it was accepted -----------------
     Only in this tab, only for this person, gone at signing out. */
  const mine = "draft:" + (root.dataset.me || "") + ":";
  const where = f => mine + location.pathname + " " + (f.getAttribute("action") || "") + " ";
  const key = a => where(a.form) + (a.id || a.name);
  const drafts = prefix => { try { return Object.keys(sessionStorage).filter(k => k.startsWith(prefix)); } catch { return []; } };
  drafts("draft:").filter(k => !k.startsWith(mine)).forEach(k => store("sessionStorage", k, null));

  // A form sent from the page before this one: arriving here, by a link that
  // the server led to and without an error, means that it was accepted.
  const sent = store("sessionStorage", "sent");
  const how = performance.getEntriesByType("navigation")[0]?.type;
  if (sent && how === "navigate" && root.dataset.outcome !== "failed" && !$(".errsum")) drafts(sent).forEach(k => store("sessionStorage", k, null));
  if (sent) store("sessionStorage", "sent", null);
  addEventListener("pageshow", e => { if (e.persisted) store("sessionStorage", "sent", null); });
  // A form with data-draft is kept by the server, as a whole.
  const kept = a => !a.form || a.dataset.draft === "off" || "draft" in a.form.dataset;
  function restore(from = document) {
    for (const a of $$("textarea", from)) {
      if (kept(a)) continue;
      const text = store("sessionStorage", key(a));
      if (text && a.value === a.defaultValue && text !== a.value) {
        a.value = text;
        if (!a.nextElementSibling?.matches(".draft")) {
          const p = document.createElement("p");
          p.className = "hint draft"; p.setAttribute("role", "status"); p.textContent = words.draft;
          a.after(p);
        }
      }
    }
  }
  restore();
  addEventListener("input", e => {
    const a = e.target;
    if (!(a instanceof HTMLTextAreaElement) || kept(a)) return;
    store("sessionStorage", key(a), a.value === a.defaultValue ? null : a.value);
  });
  addEventListener("submit", e => {
    if (e.target.matches("[data-signout]")) { drafts("draft:").forEach(k => store("sessionStorage", k, null)); return; }
    if (!e.defaultPrevented && e.target.method === "post" && $("textarea", e.target)) store("sessionStorage", "sent", where(e.target));
  });

  /* ---- drafts that outlive this browser ------------------------------------
     A form with data-draft="key" is kept on the server while it is filled in,
     for who is signed in: over a call, a crash, a sign-out, another computer.
     It comes back with a line that says so. The form says by a hidden input
     which draft it ends, and the server ends it when the form was accepted. */
  const draftsAt = "/desk/drafts", showing = crypto.randomUUID?.() || String(Math.random()).slice(2);
  const draftForms = () => $$("form[data-draft]").filter(f => f.dataset.draft);
  const state = new WeakMap(); // form → { was, timer, sent }
  const personal = el => el.name && !el.disabled && !["hidden", "password", "file", "submit", "button", "image", "reset"].includes(el.type);
  const fieldsOf = f => {
    const out = new URLSearchParams();
    for (const el of f.elements) {
      if (!personal(el) || (el.type === "checkbox" || el.type === "radio") && !el.checked) continue;
      if (el.type === "select-multiple") for (const o of el.selectedOptions) out.append(el.name, o.value); else out.append(el.name, el.value);
    }
    return out.toString();
  };
  const ended = f => {
    let h = f.elements.namedItem("draft");
    if (!h) { h = document.createElement("input"); h.type = "hidden"; h.name = "draft"; f.append(h); }
    h.value = f.dataset.draft + " " + showing;
  };
  const packet = (f, fields) => ({ key: f.dataset.draft, form: showing, path: location.pathname + location.search, title: f.dataset.draftTitle || document.title.split(" \u00b7 ")[0], fields });
  function keep(f, beacon) {
    const st = state.get(f);
    if (!st || st.sent) return;
    clearTimeout(st.timer); st.timer = null;
    const fields = fieldsOf(f);
    if (fields === st.saved) return;
    const what = packet(f, fields === st.was ? "" : fields);
    if (beacon) { navigator.sendBeacon?.(draftsAt, new URLSearchParams(what)); st.saved = fields; return; }
    post(draftsAt, what).then(r => {
      if (r.ok) st.saved = fields;
      else if ((r.status === 401 || r.status === 403) && !st.told) { st.told = true; say(words.lost); }
    }, () => {}); // tried again with the next letter, and when the page goes
  }
  function putBack(f, fields) {
    const values = new URLSearchParams(fields);
    for (const el of f.elements) {
      if (!personal(el)) continue;
      if (el.type === "checkbox" || el.type === "radio") el.checked = values.getAll(el.name).includes(el.value);
      else if (el.type === "select-multiple") for (const o of el.options) o.selected = values.getAll(el.name).includes(o.value);
      else if (values.has(el.name)) el.value = values.get(el.name);
      else continue;
      el.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
  function note(f, text) {
    $(".draftnote", f)?.remove();
    const p = document.createElement("p"), s = document.createElement("span"), b = document.createElement("button");
    p.className = "draftnote"; p.setAttribute("role", "status");
    s.textContent = text;
    b.type = "button"; b.className = "btn btn--s btn--quiet"; b.textContent = words.discard;
    b.addEventListener("click", () => {
      const st = state.get(f);
      clearTimeout(st.timer);
      f.reset();
      st.saved = st.was = fieldsOf(f);
      post(draftsAt + "/discard", { key: f.dataset.draft, form: "" }).catch(() => say(words.unsaved));
      p.remove();
      [...f.elements].find(el => personal(el) && el.type !== "radio")?.focus();
    });
    p.append(s, b);
    f.prepend(p);
  }
  async function bringBack() {
    const forms = draftForms().filter(f => !state.has(f));
    for (const f of forms) { const now = fieldsOf(f); state.set(f, { was: now, saved: now, timer: null, sent: false }); ended(f); }
    if (!forms.length || root.dataset.outcome === "failed") return; // the answer holds what was typed
    const q = new URLSearchParams();
    forms.forEach(f => q.append("key", f.dataset.draft));
    let list;
    try {
      const r = await fetch(draftsAt + "/kept?" + q, { credentials: "same-origin", headers: { "Houvast-Script": "1" } });
      if (!r.ok || r.redirected) return;
      list = await r.json();
    } catch { return; }
    for (const d of list) for (const f of forms) {
      const st = state.get(f);
      if (f.dataset.draft !== d.key || fieldsOf(f) !== st.was) continue; // typed in already
      putBack(f, d.fields);
      st.saved = fieldsOf(f);
      if (st.saved === st.was) continue;
      f.closest("details")?.setAttribute("open", "");
      note(f, d.text);
    }
  }
  bringBack();
  for (const ev of ["input", "change"]) addEventListener(ev, e => {
    const f = e.target.form, st = f && state.get(f);
    if (!st || !e.isTrusted || st.sent) return;
    clearTimeout(st.timer);
    st.timer = setTimeout(() => keep(f), 700);
  });
  addEventListener("submit", e => {
    const st = state.get(e.target);
    if (!st || e.defaultPrevented) return;
    clearTimeout(st.timer);
    ended(e.target);
    st.sent = true;
  });
  const keepAll = () => { for (const f of draftForms()) if (state.get(f)?.timer) keep(f, true); };
  addEventListener("pagehide", keepAll);
  document.addEventListener("visibilitychange", () => { if (document.hidden) keepAll(); });
  addEventListener("pageshow", e => { if (e.persisted) for (const f of draftForms()) { const st = state.get(f); if (st) st.sent = false; } });

  /* ---- who is here ----------------------------------------------------------
     A page about a record says so every ten seconds, and whether somebody is
     typing; the answer is who else is here. */
  const subject = $("[data-presence]")?.dataset.presence;
  let hereTimer, typedAt = -Infinity, here;
  function alive() {
    clearTimeout(hereTimer);
    if (document.hidden) return;
    post("/desk/presence", { about: subject, typing: performance.now() - typedAt < 12000 ? "1" : "" }).then(async r => {
      if (r.ok) { const text = await r.text(); if (here.textContent !== text) here.textContent = text; }
    }).catch(() => {}).finally(() => { hereTimer = setTimeout(alive, 10000); });
  }
  if (subject && root.dataset.me) {
    here = document.createElement("p");
    here.className = "presence"; here.setAttribute("role", "status"); here.id = "presence";
    const main = document.getElementById("main"), head = $(".ph, .casehead", main);
    if (head) head.after(here); else main.prepend(here);
    alive();
    const away = () => navigator.sendBeacon?.("/desk/presence", new URLSearchParams({ about: subject, leave: "1" }));
    addEventListener("pagehide", away);
    document.addEventListener("visibilitychange", () => { if (document.hidden) { clearTimeout(hereTimer); away(); } else alive(); });
    addEventListener("pageshow", e => { if (e.persisted) alive(); });
    addEventListener("input", e => {
      if (!e.target.form || e.target.closest("[role=search]")) return;
      const began = performance.now() - typedAt > 12000;
      typedAt = performance.now();
      if (began) alive();
    });
  }

  /* ---- the lock ---------------------------------------------------------------
     After a while without input the screen locks itself; input in any tab of
     this browser counts. */
  const lockForm = document.getElementById("lock");
  if (lockForm) {
    const where = $("[data-here]", lockForm);
    where.value = location.pathname + location.search;
    const after = +root.dataset.lockAfter * 6e4;
    let noted = 0;
    const touched = () => { const t = Date.now(); if (t - noted > 5000) { noted = t; store("localStorage", "input", String(t)); } };
    if (after) {
      touched();
      for (const ev of ["keydown", "pointerdown", "wheel", "touchstart"]) addEventListener(ev, touched, { passive: true, capture: true });
      const check = () => { if (Date.now() - Math.max(noted, +store("localStorage", "input") || 0) >= after) lockForm.requestSubmit(); };
      setInterval(check, 10000);
      document.addEventListener("visibilitychange", () => { if (!document.hidden) check(); });
    }
    lockForm.addEventListener("submit", () => { keepAll(); store("localStorage", "locked", String(Date.now())); });
    // Other tabs of this browser show nothing either.
    addEventListener("storage", e => { if (e.key === "locked" && e.newValue) { root.hidden = true; setTimeout(() => location.reload(), 400); } });
  }
  // A page out of the history may be of before the lock: it proves itself first.
  addEventListener("pageshow", e => {
    if (!e.persisted || !root.dataset.me) return;
    root.hidden = true;
    fetch(draftsAt + "/kept", { credentials: "same-origin", redirect: "manual" }).then(r => { if (r.ok) root.hidden = false; else location.reload(); }, () => { root.hidden = false; });
  });

  /* ---- a list's rows: all ticked with one press, or none ------------------ */
  addEventListener("click", e => {
    const all = e.target.closest?.("form [data-tick-all]");
    if (!all || e.ctrlKey || e.metaKey) return;
    e.preventDefault();
    const boxes = $$('input[name="id"]', all.closest("form")), on = boxes.some(b => !b.checked);
    for (const b of boxes) b.checked = on;
  });

  /* ---- live: "this changed" comes in, the page fetches itself ---------------
     A region says with data-live-key which events concern it (several, with
     spaces between; "case:*" means every case). It needs an id. */
  const merge = doc => { // icons that this page did not have yet
    const sprite = document.getElementById("sprite");
    if (!sprite) return;
    for (const s of $$("#sprite symbol, [data-sprite] symbol", doc)) if (!document.getElementById(s.id)) sprite.append(document.importNode(s, true));
    if (doc === document) $$("[data-sprite]").forEach(s => s.remove());
  };
  const concerns = (el, k) => el.dataset.liveKey.split(" ").some(p => p === k || p.endsWith("*") && k.startsWith(p.slice(0, -1)));
  // Nothing moves under somebody's hands: rows are not reordered beneath the
  // pointer, a field that has the focus is left alone until it has not.
  const busy = el => el.id !== "live" && (el.matches(":hover") || el.contains(document.activeElement));

  // When the page was drawn: lists count what came in since, and leave the rows
  // where they are.
  const drawnAt = root.dataset.now || "";
  let waiting = new Set(), fetching = false, again = false, notice = null;
  async function refresh(force) {
    if (!waiting.size || !window.htmx) return;
    if (fetching) { again = true; return; }
    const todo = [...waiting].filter(id => { const el = document.getElementById(id); return el && (force || !busy(el)); });
    for (const id of [...waiting]) if (!document.getElementById(id)) waiting.delete(id);
    let failed = false;
    if (todo.length) {
      fetching = true;
      todo.forEach(id => waiting.delete(id));
      try {
        // The header lets the server tell this from somebody who opens the page.
        const answer = await fetch(location.href, { headers: { Accept: "text/html", "Houvast-Live": "1", "Houvast-Since": drawnAt }, credentials: "same-origin" });
        if (answer.redirected && new URL(answer.url).pathname !== location.pathname) { location.reload(); return; } // signed out meanwhile
        if (!answer.ok) throw new Error(answer.status);
        const html = await answer.text(), doc = new DOMParser().parseFromString(html, "text/html");
        const at = Date.parse(doc.documentElement.dataset.now);
        if (at) { serverNow = at; readAt = performance.now(); }
        merge(doc);
        for (const id of todo) {
          const old = document.getElementById(id), fresh = doc.getElementById(id);
          if (!old) continue;
          if (!fresh) { old.remove(); continue; } // no longer on this page
          await htmx.swap({ target: old, text: fresh.outerHTML, swap: "outerMorph", sourceElement: old });
        }
        tick();
      } catch {
        failed = true;
        todo.forEach(id => waiting.add(id)); // the next event or the next connection tries again
      } finally {
        fetching = false;
      }
    }
    if (again) { again = false; refresh(force); return; }
    if (waiting.size && !failed && !notice?.isConnected) notice = say(words.changed, words.show, () => refresh(true));
    if (!waiting.size) { notice?.remove(); notice = null; }
  }
  for (const ev of ["pointerout", "focusout"]) addEventListener(ev, () => { if (waiting.size) setTimeout(refresh, 150); });

  const changed = k => {
    if (k.startsWith("presence:")) { if (k === "presence:" + subject) alive(); return; } // no part of the page changed
    for (const el of $$("[data-live-key][id]")) if (k === "*" || concerns(el, k)) waiting.add(el.id);
    clearTimeout(changed.timer);
    changed.timer = setTimeout(refresh, 120); // one fetch for what arrives together
  };

  const lost = $("#lost > .callout");
  const lostText = lost ? $$("b, p", lost).flatMap(n => [...n.childNodes]).filter(n => n.nodeType === 3).map(n => [n, n.nodeValue]) : [];
  // The time on the wall where the organisation is, which is that of data-now.
  const zone = /([+-])(\d\d):(\d\d)$/.exec(root.dataset.now || "");
  const wall = () => new Date(now() + (zone ? (zone[1] === "-" ? -1 : 1) * (zone[2] * 60 + +zone[3]) * 6e4 : 0)).toISOString().slice(11, 16);
  let stream, missed = false, reconnect = 1000, lostTimer;
  const gone = () => {
    missed = true;
    const at = wall();
    $(".live")?.setAttribute("data-stale", "");
    // A restart takes a moment; say so only when it lasts.
    if (lost) lostTimer ||= setTimeout(() => {
      for (const [n, text] of lostText) n.nodeValue = text.replace("{time}", at);
      lost.hidden = false;
    }, 4000);
  };
  const back = () => {
    clearTimeout(lostTimer); lostTimer = null; reconnect = 1000;
    if (lost) lost.hidden = true;
    $(".live")?.removeAttribute("data-stale");
    if (missed) { missed = false; changed("*"); } // events of the gap may be missing
  };
  function connect() {
    stream = new EventSource(root.dataset.live);
    stream.onopen = back;
    // The data of an event is its key, "case:H-2417", or JSON with a key.
    const hear = e => {
      let k = e.data.trim();
      if (k.startsWith("{")) try { k = JSON.parse(k).key; } catch { return; }
      if (k) changed(k);
    };
    stream.onmessage = hear;
    stream.addEventListener("changed", hear);
    stream.onerror = () => {
      gone();
      // The browser itself reconnects unless the server refused; then we do,
      // ever more slowly.
      if (stream.readyState !== EventSource.CLOSED) return;
      stream.close();
      setTimeout(connect, reconnect);
      reconnect = Math.min(reconnect * 2, 60000);
    };
  }
  if (root.dataset.live && window.EventSource) {
    // One stream per browser would be best; a hidden tab gives its own up.
    connect();
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) { stream.close(); missed = true; } else if (stream.readyState === EventSource.CLOSED) connect();
    });
    addEventListener("pagehide", () => stream.close());
    addEventListener("pageshow", e => { if (e.persisted) { missed = true; connect(); } });
  }

  /* ---- htmx ------------------------------------------------------------------
     No text is ever run as code here, and a refresh closes nothing that
     somebody opened. */
  const refuse = function () { throw new Error("evaluating text is switched off"); };
  window.htmx?.registerExtension("houvast", {
    init: api => api.initSecurity(null, refuse, refuse),
    htmx_before_morph_attr: (el, d) => !(d.attrName === "open" && el.matches("details, dialog")) && !(d.attrName === "checked" && el.matches(".composer__tabs input")),
    htmx_after_swap: () => { merge(document); restore(); bringBack(); tick(); toErrors(); $$("[data-toast]").forEach(t => { if (!t.dataset.minded) { t.dataset.minded = "1"; mind(t); } }); },
    // A failed save says so and keeps what was typed.
    htmx_error: () => say(words.unsaved),
    htmx_response_error: (el, d) => { if (d.ctx?.response?.status >= 500) say(words.unsaved); },
    htmx_finally_request: (el, d) => {
      const f = el?.closest?.("form"), status = d.ctx?.response?.status;
      if (f) { delete f.dataset.sending; const st = state.get(f); if (st) st.sent = false; }
      if (f && status >= 200 && status < 300 && !/class="errsum/.test(d.ctx.text || "")) {
        drafts(where(f)).forEach(k => store("sessionStorage", k, null));
      }
    },
  });
})();
