// Plays a computation graph: the forward sweep, then the backward sweep, one step at a time.
// Whatever appears at step k carries data-at="k"; the SVG's data-steps says in words what each step does.
(function () {
  "use strict";

  function prepare(figure) {
    const svg = figure.querySelector(".graph-svg");
    const play = figure.querySelector(".graph-play");
    if (!svg || !play || play.dataset.ready) return;
    play.dataset.ready = "";
    const steps = JSON.parse(svg.dataset.steps);
    const parts = Array.from(svg.querySelectorAll("[data-at]"));
    const say = play.querySelector(".graph-say");
    const button = function (name) { return play.querySelector('[data-go="' + name + '"]'); };
    let at = null; // null: the whole picture, before anybody played

    function show(step) {
      at = step;
      parts.forEach(function (part) {
        const mine = Number(part.dataset.at);
        part.classList.toggle("graph-later", mine > at);
        part.classList.toggle("graph-now", mine === at);
      });
      say.textContent = at ? "第 " + at + " 步，共 " + steps.length + " 步。" + steps[at - 1] : "从头开始，共 " + steps.length + " 步。按「下一步」。";
      limits();
    }

    // Not `disabled`, which would take the focus away from a button just pressed.
    function limits() {
      button("back").setAttribute("aria-disabled", String(!at));
      button("on").setAttribute("aria-disabled", String(at === steps.length));
      button("again").setAttribute("aria-disabled", String(at === 0));
    }

    function go(name) {
      if (name === "again" && at !== 0) show(0);
      if (name === "on" && at !== steps.length) show((at || 0) + 1);
      if (name === "back" && at) show(at - 1);
    }

    play.addEventListener("click", function (event) {
      const pressed = event.target.closest("[data-go]");
      if (pressed) go(pressed.dataset.go);
    });
    play.addEventListener("keydown", function (event) {
      const name = { ArrowRight: "on", ArrowLeft: "back", Home: "again" }[event.key];
      if (!name || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation(); // some themes turn pages at these keys
      go(name);
    });
    limits();
  }

  function reach() {
    document.querySelectorAll("figure.graph").forEach(function (figure) {
      prepare(figure);
      const box = figure.querySelector(".graph-scroll");
      if (!box) return;
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
  }
  addEventListener("resize", reach);
  // `document$` is Material's: it speaks on every page that instant navigation brings.
  if (window.document$) document$.subscribe(reach);
  else document.addEventListener("DOMContentLoaded", reach);
})();
