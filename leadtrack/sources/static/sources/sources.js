// Own rules are put in order by dragging; the arrow buttons do the same for the keyboard.
(function () {
  "use strict";

  function prepare() {
    var list = document.querySelector("[data-order]");
    if (!list || !window.Sortable || list.dataset.ready) return;
    list.dataset.ready = "1";
    window.Sortable.create(list, { handle: ".drag-handle", animation: 0, onEnd: function () { send(list); } });
  }

  function send(list) {
    var order = Array.from(list.children, function (row) { return row.dataset.rule; }).join(",");
    window.htmx.ajax("POST", list.dataset.order, {
      source: list, target: "#rules", swap: "outerHTML", values: { order: order }
    });
  }

  document.addEventListener("DOMContentLoaded", prepare);
  document.addEventListener("htmx:afterSettle", prepare);
})();
