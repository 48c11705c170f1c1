"""What a reader sees and does, in a real browser, on every page of the real site."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from built import Site, page_urls
from PIL import Image

AXE = (Path(__file__).parent / "vendor" / "axe-core-4.14.1.min.js").read_text(encoding="utf-8")
PAGES = page_urls()
WEIGHT = 300 * 1024
"""Bytes of HTML, CSS and JavaScript of one page, gzipped."""

WATCH_SHIFTS = """
window.shifts = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""


@pytest.fixture
def page(browser: Any, served: Site) -> Iterator[Any]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, permissions=["clipboard-read", "clipboard-write"]
    )
    yield context.new_page()
    context.close()


def _settle(page: Any) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


ALL_OF_IT = "*, ::before, ::after { content-visibility: visible !important }"
"""What is far below is laid out only when a reader comes near; these tests look at everything at once."""
DRAWN = """() => {
  const faults = [];
  for (const use of document.querySelectorAll("use"))
    if (!document.querySelector(use.href.baseVal)) faults.push("no glyph " + use.href.baseVal);
  for (const formula of document.querySelectorAll(".arithmatex")) {
    const svg = formula.querySelector("svg"), math = formula.querySelector("math");
    if (!svg || !math || !formula.dataset.tex) faults.push("incomplete: " + formula.outerHTML.slice(0, 200));
    if (!svg?.checkVisibility() || !math?.checkVisibility()) continue; // in a closed part
    const box = svg.getBoundingClientRect(), hidden = math.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) faults.push("no size: " + formula.dataset.tex);
    if (hidden.width > 2 || hidden.height > 2) faults.push("MathML is seen: " + formula.dataset.tex);
  }
  return faults;
}"""


LAZY = """() => [...document.querySelectorAll(".md-content__inner > *, .md-content__inner > figure.cell > *")]
  .filter(box => getComputedStyle(box).contentVisibility === "auto" && box.getBoundingClientRect().top < innerHeight)
  .map(box => box.outerHTML.slice(0, 120))"""
"""Blocks on the first screen whose style and layout wait for a reader to come near: they would move what is there."""

SMALL_PRINT = """() => {
  const pictures = "article :is(.cell-figure, .graph-scroll, figure:not([class])) svg text";
  const size = text => {
    const {a, b} = text.getScreenCTM();
    return parseFloat(getComputedStyle(text).fontSize) * Math.hypot(a, b);
  };
  return [...document.querySelectorAll(pictures)]
    .filter(text => !text.querySelector("tspan") && text.checkVisibility() && size(text) < 8.5)
    .map(text => text.textContent.trim() + " " + size(text));
}"""
"""Texts of pictures that are smaller than 8.5 px. (matplotlib writes powers in parts of their own.)"""


def _read_on(page: Any) -> None:
    """Down to the end, as a reader: what scrolls sideways is found out when a reader comes near. All is laid out."""
    page.add_style_tag(content=ALL_OF_IT)
    page.evaluate("""async () => {
      for (let y = 0; y < document.documentElement.scrollHeight; y += 1500) {
        scrollTo(0, y);
        await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
      }
      scrollTo(0, 0);
    }""")
    page.wait_for_timeout(200)


def _grave(page: Any, rules: list[str] | None = None) -> list[str]:
    """What axe finds serious or critical."""
    options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
    found = page.evaluate("options => axe.run(document, options).then(result => result.violations)", options)
    return [
        "\n    ".join([f"{rule['id']} ({rule['impact']}): {rule['help']}", *(n["html"] for n in rule["nodes"][:5])])
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("url", [*PAGES, "no-such-page/"])
def test_page(browser: Any, served: Site, url: str) -> None:
    """A page asks nobody but its own site, says nothing, stays still, is light and accessible in both colours, and
    every formula on it has a size, all its glyphs, and a MathML that is there but not seen."""
    context = browser.new_context(
        color_scheme="light", viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    page = context.new_page()
    requests: list[str] = []
    responses: list[Any] = []
    said: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("response", lambda response: responses.append(response))
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.add_init_script(WATCH_SHIFTS)
    page.goto(served.origin + url)
    _settle(page)

    missing = url == "no-such-page/"
    assert [r for r in requests if not r.startswith((served.origin, "data:", "blob:"))] == []
    if not missing:
        assert [r.url for r in responses if r.status >= 400] == []
        assert [text for text in said if text.startswith(("error", "warning")) or ": " not in text] == []
    assert page.evaluate("window.shifts") <= 0.01
    assert page.evaluate(LAZY) == []
    # A reader who never searches still gets the search worker, which is part of the page.
    weight = sum(
        len(gzip.compress(response.body()))
        for response in responses
        if response.request.resource_type in ("document", "stylesheet", "script") and (response.ok or missing)
    )
    if not url.startswith("labs/"):
        assert weight <= WEIGHT

    _read_on(page)
    assert page.evaluate(DRAWN) == []
    page.evaluate(AXE)
    assert page.get_attribute("body", "data-md-color-scheme") == "default"
    grave = _grave(page)
    assert not grave, "\n".join(grave)
    # The dark page is the light one in other colours: there, what depends on colours is enough.
    page.click("label[title='切换到深色']")
    page.wait_for_function("document.body.dataset.mdColorScheme === 'slate'")
    grave = _grave(page, ["color-contrast", "link-in-text-block"])
    assert not grave, "\n".join(grave)
    context.close()


@pytest.mark.parametrize("url", PAGES)
def test_fits_a_phone(browser: Any, served: Site, url: str) -> None:
    """At 390 px and at 320 px nothing makes the page itself scroll sideways; what is wide scrolls inside itself, by
    keyboard too. At 390 px the page stays still, and the small print of pictures can be read."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(WATCH_SHIFTS)
    page.goto(served.origin + url)
    _settle(page)
    assert page.evaluate("window.shifts") <= 0.01
    assert page.evaluate(LAZY) == []
    _read_on(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(SMALL_PRINT) == []
    page.evaluate(AXE)
    found = page.evaluate(
        "axe.run(document, {runOnly: ['scrollable-region-focusable', 'target-size']})"
        ".then(result => result.violations.map(v => v.id + ' ' + v.nodes.map(n => n.html).join('\\n')))"
    )
    assert found == []
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


def test_long_formulas_in_lines_keep_what_follows(browser: Any, served: Site) -> None:
    """On a phone a formula that is wider than the line scrolls, with its mark and the punctuation after it beside it,
    not on the next line; the mark still opens its note."""
    context = browser.new_context(viewport={"width": 320, "height": 700}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(served.origin + "derivative/trace/")
    _settle(page)
    page.add_style_tag(content=ALL_OF_IT)
    whole = page.locator(".together:has(> .together > .long)").first
    formula, mark = whole.locator(".long"), whole.locator(".proof-mark")
    assert formula.evaluate("box => box.scrollWidth > box.clientWidth")
    after = whole.evaluate("""whole => {
      const range = document.createRange();
      range.selectNodeContents(whole.lastChild);
      const {left, right, bottom} = range.getBoundingClientRect();
      return {text: whole.lastChild.data, left, right, bottom};
    }""")
    seen, note = formula.bounding_box(), mark.bounding_box()
    assert after["text"] in set("，。；：")
    assert seen["x"] + seen["width"] <= note["x"] + note["width"] / 2 <= after["left"]
    assert after["right"] <= 320
    assert seen["y"] < after["bottom"] <= seen["y"] + seen["height"] + 8
    mark.click()
    assert whole.locator(".proof").is_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("url", "boxes"),
    [
        ("ledger/", ".md-typeset__scrollwrap"),
        ("derivative/trace/", "div.arithmatex"),
        ("autograd/nan/", ".graph-scroll"),
    ],
    ids=["table", "formula", "graph"],
)
def test_what_scrolls_sideways_shows_it(browser: Any, served: Site, url: str, boxes: str, scheme: str) -> None:
    """On a phone the side where there is more to be seen is in shade, and only that side; on paper none is."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    page.goto(served.origin + url)
    _settle(page)
    page.add_style_tag(content=ALL_OF_IT)
    find = "boxes => [...document.querySelectorAll(boxes)].find(box => box.scrollWidth > box.clientWidth + 40)"
    box = page.evaluate_handle(find, boxes).as_element()
    box.evaluate("box => { for (const part of box.children) part.style.visibility = 'hidden'; }")

    def shaded() -> tuple[bool, bool]:
        picture = Image.open(io.BytesIO(box.screenshot())).convert("RGB")
        places = 0, picture.width // 2, picture.width - 1
        left, ground, right = (picture.getpixel((x, picture.height // 2)) for x in places)
        return left != ground, right != ground

    seen = [shaded()]
    for share in (0.5, 1):
        box.evaluate("(box, share) => { box.scrollLeft = share * (box.scrollWidth - box.clientWidth); }", share)
        seen.append(shaded())
    assert seen == [(False, True), (True, True), (True, False)]
    page.emulate_media(media="print")
    assert box.evaluate("box => getComputedStyle(box).backgroundImage") == "none"
    context.close()


def test_anchors_far_below_are_met(page: Any, served: Site) -> None:
    """A link to a section far below shows its heading, although nothing above it was laid out."""
    for url, anchor in (("formulas/", "vec"), ("ml/softmax/", "exercise")):
        page.goto(f"{served.origin}{url}#{anchor}")
        _settle(page)
        page.wait_for_function(
            """anchor => {
              const { y } = document.getElementById(anchor).getBoundingClientRect();
              return y >= 0 && y < 450;
            }""",
            arg=anchor,
        )


def _search(page: Any, query: str) -> list[str]:
    """Addresses that the search lists for `query`, best first."""
    page.fill(".md-search__input", "")
    page.click(".md-search__input")
    page.type(".md-search__input", query)
    page.press(".md-search__input", "End")  # an input method sends no key for a Chinese character
    first = ".md-search-result__item > .md-search-result__link"
    page.wait_for_function("first => document.querySelector(first)?.href.includes('h=')", arg=first)
    page.wait_for_timeout(300)  # the list is written a few entries at a time
    return [link.get_attribute("href") for link in page.query_selector_all(first)]


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("清零", "autograd/accumulate/"),
        ("detach", "autograd/detach/"),
        ("x.detach()", "autograd/detach/"),
        ("范数", "ml/least-squares/"),
    ],
)
def test_search_finds_the_page_first(page: Any, served: Site, query: str, answer: str) -> None:
    """Chinese words, English names and code lead to the page that treats them."""
    page.goto(served.origin)
    assert _search(page, query)[0].startswith(served.origin + answer)


@pytest.mark.parametrize("query", ["梯度", "雅可比", "雅可比矩阵"])
def test_search_prefers_pages_that_name_what_is_sought(page: Any, served: Site, query: str) -> None:
    """What stands on many pages leads first to one that has it in its title or in a heading."""
    page.goto(served.origin)
    found = _search(page, query)
    assert len(found) >= 6
    first = found[0].split("?")[0].removeprefix(served.origin)
    headings = re.findall(r"<h[1-3][^>]*>(.*?)</h[1-3]>", served.file(first).read_text(encoding="utf-8"), re.DOTALL)
    assert any(query in heading for heading in headings)


def test_search_takes_names_of_code_whole(page: Any, served: Site) -> None:
    """`requires_grad` is one word: it finds its page, and the parts of a name no one wrote find nothing."""
    page.goto(served.origin)
    found = _search(page, "requires_grad")
    assert any(link.startswith(served.origin + "autograd/first-example/") for link in found)
    page.fill(".md-search__input", "nosuchword_grad")
    page.press(".md-search__input", "End")
    page.wait_for_function("!document.querySelector('.md-search-result__link')")


def test_works_with_the_network_cut(browser: Any, served: Site) -> None:
    """With everything but the site itself out of reach, a page loads, is typeset, and searches."""
    context = browser.new_context()
    context.route(
        lambda url: not url.startswith(served.origin),
        lambda route: route.abort("internetdisconnected"),
    )
    page = context.new_page()
    page.goto(served.origin + "derivative/four-formulas/")
    _settle(page)
    assert page.locator(".arithmatex svg").count() > 20
    assert _search(page, "雅可比")[0].startswith(served.origin + "derivative/")
    context.close()


def test_copy_button_takes_the_code_alone(page: Any, served: Site) -> None:
    """What lands on the clipboard is the code of the cell: no output, no mark of an output."""
    page.goto(served.origin + "autograd/first-example/")
    output = "tensor([ 4.,  4., 16., 20.])"
    cell = page.locator("figure.cell", has_text=output).first
    assert cell.locator(".cell-output button").locator("visible=true").count() == 0
    cell.locator(".cell-code button, .cell-code .md-clipboard").first.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == cell.locator(".cell-code pre code").first.text_content().strip()
    assert output not in copied
    assert "#>" not in copied


def test_copied_formulas_are_tex(page: Any, served: Site) -> None:
    """Selected text is copied with its formulas as TeX between dollars, words and order kept."""
    page.goto(served.origin + "derivative/conventions/")
    paragraph = page.locator(".md-typeset p:has(> .arithmatex)").first
    tex = paragraph.locator(".arithmatex").first.get_attribute("data-tex")
    paragraph.evaluate("p => getSelection().selectAllChildren(p)")
    page.keyboard.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f"${tex}$" in copied
    words = paragraph.evaluate("p => [...p.childNodes].find(n => n.nodeType === 3 && n.data.trim()).data.trim()")
    assert words in copied


def test_button_copies_a_formula_s_tex(page: Any, served: Site) -> None:
    """The note at a checked formula has a button that puts its TeX on the clipboard, and says so."""
    page.goto(served.origin + "derivative/four-formulas/")
    formula = page.locator(".checked", has=page.locator(".proof-mark")).first
    formula.locator(".proof-mark").click()
    button = formula.locator(".proof-copy")
    button.click()
    page.wait_for_function("[...document.querySelectorAll('.proof-copy')].some(b => b.textContent === '已复制')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == formula.locator("[data-tex]").get_attribute("data-tex")


@pytest.mark.parametrize(
    ("url", "figure"),
    [
        ("derivative/linear-approximation/", ".cell-figure"),
        ("autodiff/graph/", "figure.graph"),
        ("labs/finite-differences/", ".cell-figure"),
    ],
)
def test_figures_open_large(page: Any, served: Site, url: str, figure: str) -> None:
    """A figure's button, also from the keyboard, shows it larger in a named dialog; Escape leads back to the button."""
    page.goto(served.origin + url)
    _settle(page)
    small = page.locator(f"{figure} :is(svg:not(.zoom svg), img)").first
    button = page.locator(f"{figure} .zoom").first
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog.zoomed")
    names = [small.get_attribute("aria-label"), small.get_attribute("alt"), *small.locator("title").all_text_contents()]
    assert len(dialog.get_attribute("aria-label")) > 5
    assert dialog.get_attribute("aria-label") in names
    assert button.get_attribute("aria-label") == "放大：" + dialog.get_attribute("aria-label")
    large = dialog.locator(".zoomed-picture > *")
    assert large.bounding_box()["width"] >= 1.2 * small.bounding_box()["width"]
    page.evaluate(AXE)
    found = page.evaluate("axe.run('dialog.zoomed').then(result => result.violations.map(v => v.id + ' ' + v.impact))")
    assert [rule for rule in found if rule.endswith(("serious", "critical"))] == []
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")  # its closing is told after the key
    assert button.evaluate("button => button === document.activeElement")


@pytest.mark.parametrize("reach", ["hover", "focus"])
def test_cell_says_what_ran(page: Any, served: Site, reach: str) -> None:
    """Pointed at, or with the focus inside, a cell says what ran and was compared; it covers and moves nothing."""
    page.goto(served.origin + "autograd/first-example/")
    _settle(page)
    cell = page.locator("figure.cell:has(.cell-output)").first
    note = cell.locator(".cell-ran")
    assert note.evaluate("note => getComputedStyle(note).opacity") == "0"
    cell.scroll_into_view_if_needed()
    below = "cell => cell.nextElementSibling.getBoundingClientRect().top"
    before = cell.evaluate(below)
    if reach == "hover":
        cell.hover()
    else:
        cell.locator("button").first.focus()
    page.wait_for_function("note => getComputedStyle(note).opacity === '1'", arg=note.element_handle())
    assert cell.evaluate(below) == before
    assert note.bounding_box()["y"] + note.bounding_box()["height"] <= before + 1
    for fact in ("逐字相同", "torch 2.13.0", "docs/autograd/first-example.md 第"):
        assert fact in note.inner_text()


def test_colours_can_be_switched_and_stay(page: Any, served: Site) -> None:
    """The switch turns light to dark and back, and the choice holds on the next page."""
    page.emulate_media(color_scheme="light")
    page.goto(served.origin)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("label[title='切换到深色']")
    page.wait_for_function("document.body.dataset.mdColorScheme === 'slate'")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    page.goto(served.origin + "about/")
    assert page.get_attribute("body", "data-md-color-scheme") == "slate"
    page.click("label[title='切换到浅色']")
    page.wait_for_function("document.body.dataset.mdColorScheme === 'default'")


def test_next_page_comes_without_a_reload(page: Any, served: Site) -> None:
    """The site is served at its own origin, so following a link keeps the document; the next page begins at its top."""
    page.goto(served.origin + "derivative/conventions/")
    _settle(page)
    page.evaluate("window.kept = true")
    page.click(".md-footer__link--next")
    page.wait_for_selector("h1:has-text('导数就是最佳线性近似')")
    assert page.url == served.origin + "derivative/linear-approximation/"
    assert page.evaluate("window.kept") is True
    page.wait_for_function("scrollY === 0")  # the theme goes there once it has exchanged the page
    page.wait_for_timeout(500)
    assert page.evaluate("scrollY") == 0
    missing = page.evaluate(
        "[...document.querySelectorAll('use')].filter(use => !document.querySelector(use.href.baseVal)).length"
    )
    assert missing == 0


@pytest.mark.parametrize("anchor", ["", "#expand"])
def test_next_page_begins_where_its_link_says_though_a_reader_scrolls_while_it_is_on_its_way(
    page: Any, served: Site, anchor: str
) -> None:
    """The theme notes a place 0.1 s after the last scrolling, and goes to what is noted."""
    page.goto(served.origin + "derivative/conventions/")
    _settle(page)
    held: list[Any] = []
    page.route("**/derivative/linear-approximation/", lambda route: held.append(route))
    page.evaluate(
        """anchor => {
          const link = document.querySelector(".md-footer__link--next");
          link.href += anchor;
          link.click();
        }""",
        anchor,
    )
    page.evaluate("scrollTo(0, 3000)")
    page.wait_for_function("history.state?.y > 1000")
    held[0].continue_()
    page.wait_for_selector("h1:has-text('导数就是最佳线性近似')")
    _settle(page)
    if anchor:
        assert page.locator(".md-header").bounding_box()["height"] <= page.locator(anchor).bounding_box()["y"] < 200
    else:
        assert page.evaluate("scrollY") == 0


def test_back_comes_to_the_block_that_was_left(page: Any, served: Site) -> None:
    """Pixels would not do: what stands above has not been laid out then, and is higher or lower than estimated."""
    page.goto(served.origin + "formulas/")
    _settle(page)
    read = page.locator(".md-content__inner > :nth-child(40)")
    for _ in range(3):  # what comes near grows
        read.evaluate("block => block.scrollIntoView()")
        _settle(page)
    left = read.bounding_box()["y"]
    page.evaluate("document.querySelector('.md-footer__link--next').click()")
    page.wait_for_selector("h1:has-text('四种求导')")
    page.wait_for_function("scrollY === 0")
    page.go_back()
    page.wait_for_selector("h1:has-text('公式')")
    _settle(page)
    assert read.bounding_box()["y"] == pytest.approx(left, abs=2)


@pytest.mark.parametrize("url", ["", "autograd/detach/"])
def test_keyboard_reaches_everything_and_shows_where_it_is(page: Any, served: Site, url: str) -> None:
    """Tab goes through every link and button that is seen, and each place that it reaches is outlined."""
    page.goto(served.origin + url)
    _settle(page)
    reached: set[str] = set()
    unseen: list[str] = []
    for _ in range(400):
        page.keyboard.press("Tab")
        place = page.evaluate("""() => {
          const at = document.activeElement;
          if (!at || at === document.body) return null;
          at.dataset.reached = "1";
          const outlined = e => {
            const style = e && getComputedStyle(e);
            return style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
          };
          return [at.outerHTML.slice(0, 160),
            outlined(at) || outlined(at.closest("form")) || outlined(at.nextElementSibling)];
        }""")
        if place is None:
            break
        reached.add(place[0])
        if not place[1]:
            unseen.append(place[0])
    assert unseen == []
    assert len(reached) > 20
    missed = page.evaluate("""() => [...document.querySelectorAll("a[href], button, summary")]
      .filter(e => e.checkVisibility({opacityProperty: true, visibilityProperty: true}) && !e.dataset.reached
                   && !e.closest(".md-search") && e.tabIndex >= 0 && e.getBoundingClientRect().width > 0)
      .map(e => e.outerHTML.slice(0, 160))""")
    assert missed == []


def test_missing_page_helps(page: Any, served: Site) -> None:
    """An unknown address leads on: to the search, to the first page, to the table of contents."""
    response = page.goto(served.origin + "no/such/page/")
    assert response.status == 404
    assert page.locator("article h1").inner_text() == "没有这一页"
    links = page.eval_on_selector_all("article a", "links => links.map(link => link.href)")
    for link in links:
        assert page.request.get(link).ok, link
    assert {served.origin + url for url in PAGES} - set(links) == set()
    assert json.loads(page.inner_text("#__config"))["base"]
