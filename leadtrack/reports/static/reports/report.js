// The report's tree: opening is htmx's, closing is ours. And the chart, drawn again when the theme changes.
(function () {
  "use strict";

  document.addEventListener("htmx:beforeRequest", function (event) {
    var button = event.target.closest("[data-drill]");
    if (!button) return;
    if (button.getAttribute("aria-expanded") === "true") {
      event.preventDefault();
      close(button);
    }
  });

  document.addEventListener("htmx:afterRequest", function (event) {
    var button = event.target.closest("[data-drill]");
    if (button && event.detail.successful) button.setAttribute("aria-expanded", "true");
  });

  function close(button) {
    var row = button.closest("tr");
    button.setAttribute("aria-expanded", "false");
    document.querySelectorAll('tr[data-row^="' + row.dataset.row + '-"]').forEach(function (below) { below.remove(); });
  }

  var canvas = document.getElementById("report-chart");
  var figures = document.getElementById("report-chart-figures");
  if (!canvas || !figures || !window.Chart) return;
  figures = JSON.parse(figures.textContent);
  var chart;

  function draw() {
    var css = getComputedStyle(document.body);
    var quiet = css.getPropertyValue("--lt-quiet").trim();
    if (chart) chart.destroy();
    chart = new Chart(canvas, {
      type: "bar",
      data: {
        labels: figures.labels,
        datasets: [
          { label: figures.names.spend, data: figures.spend, backgroundColor: "#d97706" },
          { label: figures.names.margin, data: figures.margin, backgroundColor: "#2563eb" }
        ]
      },
      options: {
        animation: false,
        maintainAspectRatio: false,
        plugins: { legend: { labels: { color: quiet } } },
        scales: {
          x: { ticks: { color: quiet }, grid: { display: false } },
          y: { ticks: { color: quiet }, grid: { color: "rgba(128, 128, 128, .25)" } }
        }
      }
    });
  }

  draw();
  document.addEventListener("themechange", draw);
})();
