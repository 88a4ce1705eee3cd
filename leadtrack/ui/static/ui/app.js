// What every page needs: the theme switch, toasts, a word when a request in the background fails.
(function () {
  "use strict";

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-theme-switch]")) window.switchTheme();
    var close = event.target.closest("[data-toast-close]");
    if (close) close.closest(".toast").remove();
    var copy = event.target.closest("[data-copy]");
    if (copy && navigator.clipboard) navigator.clipboard.writeText(copy.dataset.copy);
  });

  // A select or date with data-submit sends its form as soon as it is changed.
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  // Where tabs scroll sideways, the page that is open is among those to be seen.
  document.querySelectorAll(".nav-tabs .active").forEach(function (tab) {
    tab.scrollIntoView({ block: "nearest", inline: "center" });
  });

  function fade(toast) {
    setTimeout(function () { toast.remove(); }, 8000);
  }

  function say(text) {
    var box = document.getElementById("toasts");
    var toast = box.querySelector("template").content.firstElementChild.cloneNode(true);
    toast.querySelector(".toast-text").textContent = text;
    box.appendChild(toast);
    fade(toast);
  }

  // Errors stay until they are closed: they must not slip past a person who looks elsewhere.
  document.querySelectorAll("#toasts > .toast:not(.toast-error)").forEach(fade);

  ["htmx:responseError", "htmx:sendError", "htmx:timeout"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      // A fragment that refreshes itself tries again anyway; a toast each time would only bury the page.
      if (event.target.closest("[data-quiet]")) return;
      say(document.getElementById("toasts").dataset.failure);
    });
  });
})();
