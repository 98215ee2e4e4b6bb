// The page of a call reads and submits without this file. It adds what saves
// seconds while somebody waits on the line: who is found, what to ask and what
// to say while typing, and the whole form by keyboard.
//
// It holds no words and keeps to Content-Security-Policy "default-src 'self'".
"use strict";
(() => {
  const form = document.querySelector("form[data-call]");
  if (!form) return;
  const $ = (sel, from = document) => from.querySelector(sel);
  const help = $("[data-keys-help]");
  if (help) help.hidden = false;

  /* ---- while somebody types -------------------------------------------------
     The server answers with the regions that follow from what stands in the
     form. Nothing typed goes into an address, and nothing is kept by it. */
  let timer, running, last = "";
  const fields = () => {
    const data = new FormData(form);
    data.delete("once"); data.delete("draft");
    return new URLSearchParams(data).toString();
  };
  async function look() {
    const sent = fields();
    if (sent === last) return;
    running?.abort();
    running = new AbortController();
    try {
      const answer = await fetch(form.dataset.call, { method: "POST", body: new URLSearchParams(sent), signal: running.signal,
        headers: { "HX-Request": "true", Accept: "text/html" }, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return;
      const doc = new DOMParser().parseFromString(await answer.text(), "text/html");
      const sprite = document.getElementById("sprite");
      if (sprite) for (const s of doc.querySelectorAll("[data-sprite] symbol")) if (!document.getElementById(s.id)) sprite.append(document.importNode(s, true));
      for (const id of ["found", "about-found", "flags", "say"]) {
        const old = document.getElementById(id), fresh = doc.getElementById(id);
        // What is read aloud changes only when it says something else; a list
        // that somebody is in stays.
        if (old && fresh && old.innerHTML !== fresh.innerHTML && !old.contains(document.activeElement)) old.innerHTML = fresh.innerHTML;
      }
      last = sent;
    } catch { /* without an answer the form is what it was; saving looks again */ }
  }
  const soon = () => { clearTimeout(timer); timer = setTimeout(look, 250); };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  // A time that is typed is the one that is meant.
  form.elements.by_text?.addEventListener("input", e => {
    const other = form.querySelector('input[name="by"][value="other"]');
    if (other && e.target.value.trim()) other.checked = true;
  });
  form.querySelectorAll('input[name="by"]').forEach(r => r.addEventListener("change", () => {
    const typed = form.elements.by_text;
    if (!typed) return;
    if (r.value !== "other") typed.value = ""; else typed.focus();
  }));

  /* ---- keys -------------------------------------------------------------------
     Single keys can be switched off (WCAG 2.1.4), and never act in a field. */
  const singles = () => { try { return localStorage.getItem("keys") !== "off"; } catch { return true; } };
  const writing = el => el.closest?.("textarea, select, [contenteditable], dialog[open], [popover]") || el.matches?.("input:not([type=radio]):not([type=checkbox])");
  const choose = id => {
    const r = document.getElementById(id);
    if (!r) return;
    r.checked = true;
    r.dispatchEvent(new Event("change", { bubbles: true }));
    (id === "o-now" ? form.elements.answer : form.querySelector('input[name="by"]:checked') || form.querySelector('input[name="by"]'))?.focus();
  };
  addEventListener("keydown", e => {
    if (e.defaultPrevented || e.isComposing || e.repeat) return;
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && !e.altKey) {
      e.preventDefault();
      form.requestSubmit($('button[name="do"][value="save"]', form));
      return;
    }
    if (e.metaKey || e.ctrlKey || e.altKey) return;
    if (e.key === "Escape" && !$("dialog[open], :popover-open")) {
      e.preventDefault();
      location.assign("/desk"); // what was typed is kept as a draft
      return;
    }
    if (!singles() || writing(e.target)) return;
    if (e.key === "1") choose("o-now"); else if (e.key === "2") choose("o-q"); else return;
    e.preventDefault();
  });

  // The first thing somebody types is who it is, or what they want.
  if (!$(".errsum")) (form.elements.q || form.elements.subject)?.focus();
})();
