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
  const keysOn = () => store("localStorage", "keys") !== "off";
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
    if (e.defaultPrevented || e.metaKey || e.ctrlKey || e.altKey || e.isComposing || e.repeat && !"jk".includes(e.key)) return;
    if (e.target.closest?.("input, textarea, select, [contenteditable], dialog[open], [popover]")) return;
    if (!keysOn()) return;
    switch (e.key) {
      case "/": { const q = document.getElementById("q"); if (!q) return; q.focus(); q.select(); break; }
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
    single.checked = keysOn();
    single.closest("[data-keys]").hidden = false;
    single.addEventListener("change", () => store("localStorage", "keys", single.checked ? null : "off"));
  }

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
  function restore(from = document) {
    for (const a of $$("textarea", from)) {
      if (!a.form || a.dataset.draft === "off") continue;
      const kept = store("sessionStorage", key(a));
      if (kept && a.value === a.defaultValue && kept !== a.value) {
        a.value = kept;
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
    if (!(a instanceof HTMLTextAreaElement) || !a.form || a.dataset.draft === "off") return;
    store("sessionStorage", key(a), a.value === a.defaultValue ? null : a.value);
  });
  addEventListener("submit", e => {
    if (e.target.matches("[data-signout]")) { drafts("draft:").forEach(k => store("sessionStorage", k, null)); return; }
    if (!e.defaultPrevented && e.target.method === "post" && $("textarea", e.target)) store("sessionStorage", "sent", where(e.target));
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
        const answer = await fetch(location.href, { headers: { Accept: "text/html", "Houvast-Live": "1" }, credentials: "same-origin" });
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
    htmx_after_swap: () => { merge(document); restore(); tick(); toErrors(); $$("[data-toast]").forEach(t => { if (!t.dataset.minded) { t.dataset.minded = "1"; mind(t); } }); },
    // A failed save says so and keeps what was typed.
    htmx_error: () => say(words.unsaved),
    htmx_response_error: (el, d) => { if (d.ctx?.response?.status >= 500) say(words.unsaved); },
    htmx_finally_request: (el, d) => {
      const f = el?.closest?.("form"), status = d.ctx?.response?.status;
      if (f) delete f.dataset.sending;
      if (f && status >= 200 && status < 300 && !/class="errsum/.test(d.ctx.text || "")) {
        drafts(where(f)).forEach(k => store("sessionStorage", k, null));
      }
    },
  });
})();
