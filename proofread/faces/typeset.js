// Runs once, in V8 inside Python, after MathJax's own bundle: one document, and one function `typeset`.
// MathJax's modules are reached through the `require_…` functions that the bundle leaves at top level.
"use strict";
globalThis.typeset = (function () {
  const { mathjax } = require_mathjax();
  const { TeX } = require_tex();
  const { SVG } = require_svg();
  const { liteAdaptor } = require_liteAdaptor();
  const { RegisterHTMLHandler } = require_html();
  const { SerializedMmlVisitor } = require_SerializedMmlVisitor();
  const { STATE } = require_MathItem();
  require_AllPackages(); // registers them; which are in force is said below

  const adaptor = liteAdaptor();
  RegisterHTMLHandler(adaptor);
  const input = new TeX({
    // No `newcommand`, `require`, `autoload`: a formula must mean the same on every page and in any order.
    // No `noerrors`, `noundefined`: what cannot be typeset is an error. No `html`, `action`: no links, no scripts.
    packages: ["base", "ams", "boldsymbol", "cancel", "cases", "centernot", "color", "colortbl", "enclose",
      "extpfeil", "mathtools", "textcomp", "textmacros", "upgreek"],
    formatError: (_jax, error) => { throw new Error(error.message); },
  });
  const output = new SVG({ fontCache: "global" });
  const document = mathjax.document("", { InputJax: input, OutputJax: output });
  const visitor = new SerializedMmlVisitor();

  /** JSON of {svg, mathml, glyphs: {id: path}}, or of {error} with MathJax's message. */
  return function typeset(tex, display, em, ex) {
    try {
      input.reset();
      output.clearFontCache();
      const item = new document.options.MathItem(tex, input, display);
      item.start.node = adaptor.body(document.document);
      item.setMetrics(em, ex, 80 * em, 1e6, 1);
      item.convert(document, STATE.TYPESET + 1);
      return JSON.stringify({
        svg: adaptor.innerHTML(item.typesetRoot),
        mathml: visitor.visitTree(item.root, document),
        glyphs: Object.fromEntries(output.fontCache.cache),
      });
    } catch (error) {
      return JSON.stringify({ error: error.message });
    }
  };
})();
