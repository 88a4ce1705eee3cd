// Who rings: lines move by buttons or by dragging; the number beside each does the same without this script.
(function () {
  "use strict";

  var list = document.querySelector("[data-lines]");
  if (!list) return;

  function number() {
    lines().forEach(function (line, place) {
      line.querySelector("[data-order] input").value = place + 1;
    });
    list.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function lines() {
    return Array.prototype.slice.call(list.querySelectorAll("[data-line]"));
  }

  function move(line, up) {
    var other = up ? line.previousElementSibling : line.nextElementSibling;
    if (!other) return;
    list.insertBefore(line, up ? other : other.nextElementSibling);
    number();
  }

  function showPhone(line) {
    var isPhone = line.querySelector("select").value === "phone";
    line.querySelector("[data-phone]").classList.toggle("d-none", !isPhone);
  }

  lines().forEach(function (line) {
    line.querySelector("[data-order]").classList.add("d-none");
    line.querySelectorAll("[data-buttons], [data-drag]").forEach(function (part) {
      part.classList.remove("d-none");
    });
    showPhone(line);
  });

  list.addEventListener("click", function (event) {
    var button = event.target.closest("[data-up], [data-down]");
    if (!button) return;
    move(button.closest("[data-line]"), button.hasAttribute("data-up"));
    button.focus();
  });
  list.addEventListener("change", function (event) {
    if (event.target.matches("select")) showPhone(event.target.closest("[data-line]"));
  });
  document.addEventListener("DOMContentLoaded", function () {
    if (!window.Sortable) return;
    window.Sortable.create(list, { handle: "[data-drag]", draggable: "[data-line]", animation: 0, onEnd: number });
  });
})();
