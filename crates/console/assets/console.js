// What the pages can do without, and are handier with. No value of an invoice is read here.
"use strict";

(() => {
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");

  // "/" goes to the search; j and k to the next and the last row; x ticks it.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.getElementById("search");
    if (event.key === "/" && !typing(event.target)) {
      event.preventDefault();
      if (search) search.focus(); else location.assign("/cases");
      return;
    }
    if (typing(event.target) && event.target.type !== "checkbox") return;
    const rows = [...document.querySelectorAll("table.rows tbody tr")];
    if (rows.length === 0) return;
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const go = (to) => {
      const row = rows[Math.min(Math.max(to, 0), rows.length - 1)];
      row.querySelector("a").focus();
      row.scrollIntoView({ block: "nearest" });
    };
    if (event.key === "j") go(at + 1);
    else if (event.key === "k") go(at < 0 ? 0 : at - 1);
    else if (event.key === "x" && at >= 0) rows[at].querySelector("input[type=checkbox]").click();
  });

  // One box for all of a page.
  const all = document.getElementById("all");
  if (all) {
    all.hidden = false;
    const boxes = () => document.querySelectorAll("#selection tbody input[type=checkbox]");
    all.addEventListener("change", () => boxes().forEach((box) => { box.checked = all.checked; }));
  }

  // What was typed is not lost by leaving: the browser asks first.
  const correct = document.getElementById("correct");
  if (correct) {
    let unsaved = correct.querySelector(".diff") !== null;
    correct.addEventListener("input", () => { unsaved = true; });
    correct.addEventListener("submit", () => { unsaved = false; });
    window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
  }

  // Only one act is open at a time.
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches("details.act") || !event.target.open) return;
    document.querySelectorAll("details.act[open]").forEach((other) => {
      if (other !== event.target) other.open = false;
    });
    const first = event.target.querySelector("input:not([type=hidden])");
    if (first) first.focus();
  }, true);
})();
