// Deciding about pairs from the keyboard: J next, K back, M merge, D two people.
(function () {
  "use strict";

  function questions() {
    return Array.from(document.querySelectorAll(".question"));
  }

  function current() {
    return document.activeElement && document.activeElement.closest(".question");
  }

  function go(step) {
    var all = questions();
    if (!all.length) return;
    var place = all.indexOf(current());
    all[Math.min(Math.max(place + step, 0), all.length - 1)].focus();
  }

  var next = 0;

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    var key = event.key.toLowerCase();
    if (key === "j" || key === "k") {
      event.preventDefault();
      go(key === "j" ? 1 : -1);
      return;
    }
    var question = current();
    var button = question && question.querySelector('[data-key="' + CSS.escape(key) + '"]');
    if (!button) return;
    event.preventDefault();
    next = questions().indexOf(question);
    button.form.requestSubmit(button);
  });

  var NOTE_STAYS_MS = 15000;

  document.addEventListener("htmx:oobAfterSwap", function () {
    var notes = document.querySelectorAll("#toasts [data-note]");
    // Only the last decision is undone by its note; older ones on the page of merges.
    notes.forEach(function (note, place) {
      if (place < notes.length - 1) note.remove();
      else setTimeout(function () { note.remove(); }, NOTE_STAYS_MS);
    });
  });

  // The question that took the place of the decided one is at hand. (A swap for nothing settles nothing: the note tells.)
  document.addEventListener("htmx:oobAfterSwap", function () {
    setTimeout(function () {
      var all = questions();
      if (all.length && !current() && document.activeElement === document.body) all[Math.min(next, all.length - 1)].focus();
    }, 50);
  });
})();
