// For browsers too old for the page's modules: says so where they would otherwise stay silent.
// Written for the oldest of them.
(function () {
  window.addEventListener("load", function () {
    var page = document.getElementById("device-check");
    if (page.getAttribute("data-ready") === null) {
      page.querySelector("[data-too-old]").removeAttribute("hidden");
    }
  });
})();
