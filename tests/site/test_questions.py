"""What learners ask most, typed into the search box: the page that answers must come first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from built import Site


@dataclass(frozen=True, slots=True)
class Question:
    """A question as forums and issue trackers know it."""

    text: str
    queries: tuple[str, ...]
    """What is typed: the question's key words, then the error text where there is one."""
    pages: tuple[str, ...]
    """For each query the page expected first, relative to the site's root."""


QUESTIONS = (
    Question(
        "Trying to backward through the graph a second time",
        ("第二次 backward", "Trying to backward through the graph a second time"),
        ("autograd/backward/", "errors/"),
    ),
    Question(
        ".grad 为什么是 None",
        ("grad 是 None", "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed"),
        ("autograd/leaves/", "errors/"),
    ),
    Question(
        "原地操作报错",
        (
            "原地操作",
            "one of the variables needed for gradient computation has been modified by an inplace operation",
        ),
        ("autograd/in-place/", "errors/"),
    ),
    Question("为什么要清零", ("为什么要 zero_grad", "梯度清零"), ("autograd/accumulate/", "autograd/accumulate/")),
    Question(
        "backward 的 gradient 是什么",
        ("backward gradient 参数", "grad can be implicitly created only for scalar outputs"),
        ("autograd/backward/", "errors/"),
    ),
    Question("∇(Ax) 是 A 还是它的转置", ("分子布局", "布局"), ("derivative/conventions/",) * 2),
    Question("是 JVP 还是 VJP", ("JVP 还是 VJP",), ("autodiff/reverse-mode/",)),
    Question("detach、clone、data、no_grad 的区别", ("detach clone data no_grad 区别",), ("autograd/detach/",)),
    Question("where 后面的 NaN", ("where nan", "掩码 NaN 梯度"), ("autograd/nan/", "autograd/nan/")),
    Question("relu、范数在零处的梯度", ("不可微点", "次梯度"), ("autograd/kinks/", "autograd/kinks/")),
    Question("内存越用越多", ("内存越用越多", "total += loss"), ("autograd/stop-gradient-uses/",) * 2),
    Question(
        "图断了",
        ("图断了", "element 0 of tensors does not require grad and does not have a grad_fn"),
        ("autograd/leaves/", "errors/"),
    ),
    Question(
        "argmax、round 不可微", ("argmax 不可微", "直通估计"), ("autograd/kinks/", "autograd/stop-gradient-uses/")
    ),
    Question("复数的梯度差一个共轭", ("复数 梯度 共轭",), ("autograd/complex/",)),
    Question("梯度累积不等于大批次", ("梯度累积 大批次",), ("autograd/accumulate/",)),
    Question("对称矩阵的梯度", ("对称矩阵 梯度",), ("derivative/determinant/",)),
    Question("二阶导数的开销为什么更大", ("为什么二阶导数开销更大",), ("ml/second-order/",)),
)


@pytest.fixture(scope="module")
def page(browser: Any, served: Site) -> Iterator[Any]:
    """One page for all questions: the index is read once."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(served.origin)
    yield page
    context.close()


def first(page: Any, origin: str, query: str) -> str:
    """The page that the search lists first, relative to the site's root; empty if it finds nothing."""
    page.fill(".md-search__input", "")
    page.wait_for_function("!document.querySelector('.md-search-result__link')")
    page.click(".md-search__input")
    page.fill(".md-search__input", query)
    page.press(".md-search__input", "End")  # an input method sends no key for a Chinese character
    page.wait_for_function(
        """query => document.querySelector('.md-search-result__link')
          || (document.querySelector('.md-search-result__meta').textContent.includes('没有')
              && document.querySelector('.md-search__input').value === query)""",
        arg=query,
    )
    page.wait_for_timeout(200)
    link = page.query_selector(".md-search-result__item > .md-search-result__link")
    address = link.evaluate("link => link.href") if link else origin
    return str(address).removeprefix(origin).split("?")[0].split("#")[0]


CASES = [pytest.param(query, page, id=query) for q in QUESTIONS for query, page in zip(q.queries, q.pages, strict=True)]


@pytest.mark.parametrize(("query", "expected"), CASES)
def test_the_page_that_answers_comes_first(page: Any, served: Site, query: str, expected: str) -> None:
    assert first(page, served.origin, query) == expected


def test_all_questions_are_asked() -> None:
    assert len(QUESTIONS) == len({question.text for question in QUESTIONS}) == 17
