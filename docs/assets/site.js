// What HTML and CSS cannot do: copy formulas as TeX, enlarge figures, let the keyboard reach what scrolls sideways, and
// keep a reader's place from page to page.
(function () {
  "use strict";

  document.addEventListener("copy", function (event) {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return;
    const range = selection.getRangeAt(0).cloneRange();
    const around = function (node) {
      return (node.nodeType === 1 ? node : node.parentElement).closest("[data-tex]");
    };
    const first = around(range.startContainer);
    const last = around(range.endContainer);
    if (first) range.setStartBefore(first);
    if (last) range.setEndAfter(last);
    const copy = document.createElement("div");
    copy.append(range.cloneContents());
    const formulas = copy.querySelectorAll("[data-tex]");
    if (!formulas.length) return;
    formulas.forEach(function (formula) {
      const mark = formula.localName === "div" ? "$$" : "$";
      formula.replaceWith(mark + formula.dataset.tex + mark);
    });
    // innerText knows of line breaks only for what is on the page.
    copy.style.cssText = "position:fixed;left:-9999px;white-space:pre-wrap";
    document.body.append(copy);
    event.clipboardData.setData("text/plain", copy.innerText);
    copy.remove();
    event.preventDefault();
  });

  // The button in the note at a checked formula.
  document.addEventListener("click", function (event) {
    const button = event.target.closest(".proof-copy");
    const formula = button && button.closest(".checked, .together").querySelector("[data-tex]");
    if (!formula) return;
    navigator.clipboard.writeText(formula.dataset.tex).then(
      function () { button.textContent = "已复制"; },
      function () { button.textContent = "没能复制"; }
    );
    setTimeout(function () { button.textContent = "复制 TeX"; }, 2000);
  });

  // A figure, as large as the window allows, in a dialog of its own.
  function enlarge(figure) {
    const picture = figure.querySelector(":scope > :is(svg, img), .graph-scroll > svg");
    const box = picture.getBoundingClientRect();
    const fit = Math.min(innerWidth - 48, (innerHeight - 128) * box.width / box.height);
    const copy = picture.cloneNode(true);
    copy.style.cssText = "min-width:0;max-width:none;width:" + Math.round(Math.max(fit, box.width * 1.25)) + "px";
    const dialog = document.createElement("dialog");
    dialog.className = "zoomed md-typeset";
    dialog.setAttribute("aria-label", named(picture));
    dialog.innerHTML = '<div class="zoomed-picture" tabindex="0"></div><button type="button" autofocus>关闭</button>';
    dialog.firstChild.append(copy);
    dialog.addEventListener("click", function (event) {
      if (event.target === dialog || event.target.closest("button")) dialog.close();
    });
    dialog.addEventListener("close", function () { dialog.remove(); }); // the focus goes back by itself
    document.body.append(dialog);
    dialog.showModal();
  }

  function named(picture) {
    const title = picture.querySelector(":scope > title");
    return picture.getAttribute("aria-label") || picture.getAttribute("alt") || (title && title.textContent) || "图";
  }

  function zoomable() {
    document.querySelectorAll("dialog.zoomed").forEach(function (dialog) { dialog.close(); });
    document.querySelectorAll(".cell-figure, figure.graph").forEach(function (figure) {
      const picture = figure.querySelector(":scope > :is(svg, img), .graph-scroll > svg");
      if (!picture || figure.querySelector(".zoom")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "zoom";
      button.title = "放大";
      button.setAttribute("aria-label", "放大：" + named(picture));
      button.innerHTML = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M9.5 2.5h4v4m0-4-4.5 4.5m-2.5 6.5h-4v-4m0 4 4.5-4.5"/></svg>';
      button.addEventListener("click", function () { enlarge(figure); });
      figure.append(button);
    });
  }

  // Copy buttons, as the theme makes them (it knows what to do when they are clicked), but all at one go: the theme
  // measures after each, which costs seconds on a long page.
  function copyable() {
    document.querySelectorAll(".md-content .highlight:not(.cell-output) pre > code").forEach(function (code, i) {
      const box = code.parentElement;
      if (box.querySelector(".md-code__nav")) return;
      code.id = "copied-" + i; // the box's own id is the theme's, which gives it when the code is seen
      const nav = document.createElement("nav");
      nav.className = "md-code__nav";
      nav.innerHTML = '<button class="md-code__button" title="复制" data-md-type="copy"></button>';
      nav.firstChild.dataset.clipboardTarget = "#" + code.id;
      box.insertBefore(nav, code);
    });
  }

  // What scrolls sideways can be reached by keyboard. Measuring lays a thing out, so only what is near is measured.
  const near = window.IntersectionObserver && new IntersectionObserver(function (entries) {
    const boxes = entries.filter(function (entry) { return entry.isIntersecting; }).map(function (entry) { return entry.target; });
    // All are measured before any is changed: the browser then lays the page out once.
    const scrolls = boxes.map(function (box) { return box.scrollWidth > box.clientWidth + 1; });
    boxes.forEach(function (box, i) {
      if (scrolls[i]) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
  }, { rootMargin: "100% 0%" });

  function reach() {
    if (!near) return;
    near.disconnect();
    const boxes = "div.arithmatex, .arithmatex.long, .md-typeset__scrollwrap, .md-content pre > code";
    document.querySelectorAll(boxes).forEach(function (box) { near.observe(box); });
  }

  addEventListener("resize", reach);

  // A reader's place is a block and how far its top is from the window's. The theme counts pixels from the page's top,
  // which mean another place when the page comes back: heights of blocks that nobody has come near are estimates.
  const places = new Map();
  let here = location.pathname;
  let returned = null;

  function leave() {
    const blocks = Array.from(document.querySelectorAll(".md-content__inner > *"));
    const block = blocks.find(function (each) { return each.getBoundingClientRect().bottom > 0; });
    if (block) places.set(here, { index: blocks.indexOf(block), top: block.getBoundingClientRect().top });
  }

  document.addEventListener("click", function (event) {
    if (!event.target.closest("a")) return;
    leave();
    returned = null;
  }, true);
  addEventListener("popstate", function () {
    leave();
    returned = location.pathname;
  });

  function resume() {
    if (here === location.pathname) return; // the first page is the browser's
    here = location.pathname;
    const place = places.get(here);
    const block = place && document.querySelectorAll(".md-content__inner > *")[place.index];
    if (returned === here) {
      if (!block) return;
      [block, ...block.children].forEach(function (each) { each.style.contentVisibility = "visible"; });
      scrollBy(0, block.getBoundingClientRect().top - place.top);
    } else if (history.state) {
      // While this page was on its way the theme noted the old page's place for it, and has gone there.
      scrollTo(0, 0);
      const link = document.createElement("a");
      link.href = location.hash;
      if (location.hash) link.click(); // of no page, so that only the browser hears it
    }
  }

  // `document$` is Material's: it speaks on every page that instant navigation brings.
  function arrive() {
    copyable();
    zoomable();
    reach();
    resume();
  }
  if (window.document$) document$.subscribe(arrive);
  else document.addEventListener("DOMContentLoaded", arrive);
})();
