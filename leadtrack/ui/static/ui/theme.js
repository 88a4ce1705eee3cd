// Runs before the first paint, so that a dark page never flashes white. Django's admin keeps its choice under
// the same key, so one switch holds for both.
(function () {
  "use strict";
  var wishes = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return localStorage.getItem("theme");
    } catch (_blocked) {
      return null; // storage may be switched off; the system's wish still counts
    }
  }

  function apply() {
    var choice = chosen();
    var dark = choice === "dark" || (choice !== "light" && wishes.matches);
    document.documentElement.setAttribute("data-bs-theme", dark ? "dark" : "light");
    document.dispatchEvent(new CustomEvent("themechange")); // charts redraw
  }

  window.switchTheme = function () {
    var next = document.documentElement.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("theme", next);
    } catch (_blocked) {
      document.documentElement.setAttribute("data-bs-theme", next);
      return;
    }
    apply();
  };

  apply();
  wishes.addEventListener("change", apply);
})();
