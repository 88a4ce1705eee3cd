// The inbox keeps its place when it refreshes itself; the page of a lead has keys for its panels.
(function () {
  "use strict";

  var NOTE_STAYS_MS = 15000;
  var kept = null;

  function firstVisibleRow() {
    return Array.from(document.querySelectorAll("#lead-rows > [id]")).find(function (row) {
      return row.getBoundingClientRect().bottom > 0;
    });
  }

  document.addEventListener("htmx:beforeSwap", function (event) {
    var answer = event.detail.xhr.responseURL;
    // Logged out meanwhile: the log-in page must not be put into a part of this one.
    if (answer && new URL(answer).pathname !== new URL(event.detail.pathInfo.requestPath, location.href).pathname) {
      event.detail.shouldSwap = false;
      location.reload();
      return;
    }
    kept = null;
    if (event.detail.requestConfig.elt.id !== "news" || window.scrollY === 0) return;
    var row = firstVisibleRow();
    if (row) kept = { id: row.id, top: row.getBoundingClientRect().top };
  });

  document.addEventListener("htmx:afterSwap", function () {
    var row = kept && document.getElementById(kept.id);
    if (row) window.scrollBy({ top: row.getBoundingClientRect().top - kept.top, behavior: "instant" });
    kept = null;
  });

  document.addEventListener("htmx:oobAfterSwap", function () {
    var notes = document.querySelectorAll("#toasts [data-note]");
    // Only the last deed can be undone by its note; older ones are undone on the page.
    notes.forEach(function (note, place) {
      if (place < notes.length - 1) note.remove();
      else setTimeout(function () { note.remove(); }, NOTE_STAYS_MS);
    });
  });

  // No address may hold a person's name, so the search waits in this entry of the browser's history for who
  // comes back from a lead.
  var search = document.getElementById("search");
  if (search) {
    search.addEventListener("input", function () {
      history.replaceState(Object.assign({}, history.state, { search: search.value }), "");
    });
    window.addEventListener("load", function () {
      var before = history.state && history.state.search;
      // Whoever clicks on “Inbox” once more wants all of it.
      var isBack = performance.getEntriesByType("navigation")[0].type === "back_forward";
      if (!before || !isBack || search.value) return;
      search.value = before;
      search.form.requestSubmit();
    });
  }

  // Ctrl+Enter sends what is written.
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.matches("[data-sends]")) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });

  // How long somebody talks or rings: counted here from what the server said.
  var begun = new WeakMap();

  function showClocks() {
    document.querySelectorAll("[data-clock]").forEach(function (clock) {
      if (!begun.has(clock)) begun.set(clock, performance.now() - 1000 * Number(clock.dataset.clock));
      var seconds = Math.max(0, Math.floor((performance.now() - begun.get(clock)) / 1000));
      clock.textContent = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
    });
  }

  if (document.getElementById("ringing")) {
    showClocks();
    setInterval(showClocks, 1000);
    document.addEventListener("htmx:oobAfterSwap", showClocks);
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-drop]");
    if (button) button.closest(button.dataset.drop).remove();
  });

  // W: won, L: lost, R: repeat purchase, C: call back, N: what did they want?
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    var panel = document.querySelector('[data-shortcut="' + CSS.escape(event.key.toLowerCase()) + '"]');
    if (!panel) return;
    event.preventDefault();
    if (panel.tagName === "SUMMARY") panel.parentElement.open = true;
    if (panel.hasAttribute("data-press")) {
      panel.click();
      return;
    }
    var field = (panel.tagName === "SUMMARY" ? panel.parentElement : panel).querySelector("input:not([type=hidden]), textarea");
    (field || panel).focus();
  });
})();
