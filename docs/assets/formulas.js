// On the page of formulas: a button in each row that copies the TeX of the row's first formula.
(function () {
  "use strict";

  function button(row, status) {
    const formula = row.querySelector("[data-tex]");
    if (!formula || row.querySelector("button")) return;
    const number = row.cells[0].textContent.trim();
    const copy = document.createElement("button");
    copy.type = "button";
    copy.textContent = "TeX";
    copy.setAttribute("aria-label", "复制 " + number + " 的 TeX");
    copy.style.cssText = "margin-left:.6em;padding:.1em .35em;border-radius:4px;font-size:.75em;cursor:pointer;" +
      "color:var(--md-default-fg-color--light);border:1px solid var(--md-typeset-table-color)";
    copy.addEventListener("click", async function () {
      await navigator.clipboard.writeText(formula.dataset.tex);
      status.textContent = copy.textContent = "已复制";
      setTimeout(function () { copy.textContent = "TeX"; status.textContent = ""; }, 1500);
    });
    row.cells[0].append(copy);
  }

  function rows() {
    // The clipboard is there on https and on this machine only.
    if (!document.querySelector("h1#formulas") || !navigator.clipboard) return;
    const status = document.createElement("span");
    status.setAttribute("role", "status");
    status.style.cssText = "position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden";
    document.querySelector("h1#formulas").after(status);
    document.querySelectorAll("article table:not([class]) tbody tr").forEach(function (row) { button(row, status); });
  }
  // `document$` is Material's: it speaks on every page that instant navigation brings.
  if (window.document$) document$.subscribe(rows);
  else document.addEventListener("DOMContentLoaded", rows);
})();
