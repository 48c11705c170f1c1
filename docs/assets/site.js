// What HTML and CSS cannot do: copy formulas as TeX, and let the keyboard reach what scrolls sideways.
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

  function reach() {
    document.querySelectorAll("div.arithmatex, .arithmatex.long, .md-typeset__scrollwrap").forEach(function (box) {
      const scrolls = box.scrollWidth > box.clientWidth + 1;
      box.toggleAttribute("tabindex", scrolls);
      if (scrolls) box.tabIndex = 0;
    });
  }
  addEventListener("resize", reach);
  // `document$` is Material's: it speaks on every page that instant navigation brings.
  if (window.document$) document$.subscribe(reach);
  else document.addEventListener("DOMContentLoaded", reach);
})();
