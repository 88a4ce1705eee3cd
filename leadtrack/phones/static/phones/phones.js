// Numbers are dragged between pools; the select beside each does the same for the keyboard. Notes go by themselves.
(function () {
  "use strict";

  var NOTE_STAYS_MS = 15000;

  function prepare() {
    if (!window.Sortable) return;
    document.querySelectorAll("[data-owner]:not([data-ready])").forEach(function (list) {
      list.dataset.ready = "1";
      window.Sortable.create(list, {
        group: "numbers", handle: ".drag-handle", draggable: ".board-number", sort: false, animation: 0, onAdd: send
      });
    });
  }

  function send(event) {
    window.htmx.ajax("POST", event.item.dataset.give, {
      source: event.to, target: "#board", swap: "outerHTML",
      values: { to: event.to.dataset.owner, back: "pools" }
    });
  }

  document.addEventListener("htmx:oobAfterSwap", function () {
    var notes = document.querySelectorAll("#toasts [data-note]");
    // Only the last deed can be undone by its note; older ones are undone on the number's page.
    notes.forEach(function (note, place) {
      if (place < notes.length - 1) note.remove();
      else setTimeout(function () { note.remove(); }, NOTE_STAYS_MS);
    });
  });

  document.addEventListener("DOMContentLoaded", prepare);
  document.addEventListener("htmx:afterSettle", prepare);
})();
