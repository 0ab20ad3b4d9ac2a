"""Chinese pages: docs/zh/guide/data.md is docs/guide/data.md in Chinese.

A Chinese page holds prose, tables and headings. Code, output and pictures live on the English page
alone; `{{ 3 }}` stands for its third fenced block or picture, and `{{ 3: 说明 }}` for a picture
whose text is Chinese. Headings get the anchors of the English page. Links are written from where
the Chinese page lies; those to a page that is not in Chinese lead to the English one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
BLOCK = re.compile(r"^```.*?^```$|^!\[[^\]]*\]\([^)]*\)$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"^\{\{ (\d+)(?:: (.+))? \}\}$", re.MULTILINE)
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
WIDE = "[\u2018-\u201d\u3000-\u9fff\uff00-\uffef]"
BREAK = re.compile(rf"(?<={WIDE})\n {{0,3}}(?={WIDE})|(?<=[，。：；！？）”])\n {{0,3}}(?=[\w`*\[])")
ALTERNATE = re.compile(r'<link rel="alternate" href="[^"]*" hreflang="[^"]*">')
TITLES = {
    "Guide": "指南",
    "Data": "数据",
    "Engines": "引擎",
    "Segmentation": "细分",
    "Prediction": "预测",
    "Overview": "概览",
    "Churn": "流失",
    "Lifetime value": "终身价值",
    "The customer base": "客户群",
    "Scores as SQL": "用 SQL 评分",
    "Forecasting": "销售预测",
    "Promotion": "促销",
    "Who gets which action": "谁得到什么行动",
    "Offers, coupons, messages": "优惠、优惠券与消息",
    "Whom an offer pays for": "优惠对谁划算",
    "What next, and when": "下一件商品与时机",
    "One path": "一条路径",
    "Promotion effects": "促销效果",
    "Measurement": "度量",
    "Experiments": "实验",
    "Cause and effect": "因果效应",
    "Indicators": "指标",
    "Monitoring": "监测",
    "Feedback": "反馈",
    "Comments": "评论",
    "Journey": "旅程",
    "A report": "报告",
    "Coming from another library": "从别的库转来",
    "Help": "帮助",
    "Questions": "常见问题",
    "Glossary": "术语表",
}


def is_chinese(page: str) -> bool:
    """Return whether a page of the site is in Chinese."""
    return page == "zh.md" or page.startswith("zh/")


def english_of(page: str) -> str:
    """Return the English page that a page is, or is the Chinese of."""
    return "index.md" if page == "zh.md" else page.removeprefix("zh/")


def nearest(page: str) -> str:
    """Return the Chinese page that shows what a page does, or the English one."""
    return page_in_chinese(page) or english_of(page)


def blocks(english: str) -> list[str]:
    """Return the fenced blocks and pictures of an English page."""
    return BLOCK.findall(english)


def anchors(english: str) -> Iterator[str]:
    """Yield the anchor of each heading of an English page, as Markdown makes it."""
    seen: Counter[str] = Counter()
    for _, heading in HEADING.findall(BLOCK.sub("", english)):
        plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
        own = re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())
        yield f"{own}_{seen[own]}" if seen[own] else own
        seen[own] += 1


def whole(chinese: str, page: str) -> str:
    """Return the text of a Chinese page with anchors, and with the blocks of the English page."""
    english = (DOCS / english_of(page)).read_text("utf-8")
    own = anchors(english)
    text = HEADING.sub(lambda heading: f"{heading[0]} {{#{next(own)}}}", chinese)
    return PLACE.sub(lambda place: filled(place, blocks(english)), joined(text))


def joined(text: str) -> str:
    """Join the lines of paragraphs in Chinese, which has no blanks between words."""
    return BREAK.sub("", text)


def filled(place: re.Match[str], english: list[str]) -> str:
    """Return the block that a place stands for, a picture with its Chinese text."""
    block = english[int(place[1]) - 1]
    link = f"]({block.rpartition('](')[2]}"
    return f"![{place[2]}{link}" if place[2] else block


def languages(page: str) -> list[dict[str, str]]:
    """Return where the switch of languages leads: to the same page, or else to the home page."""
    english = english_of(page)
    own = page_in_chinese(english) or "zh.md"
    return [
        {"name": "English", "lang": "en", "link": address(english)},
        {"name": "中文", "lang": "zh", "link": address(own)},
    ]


def address(page: str) -> str:
    """Return where the site has a page."""
    return page.removesuffix(".md") + ".html"


def with_navigation(config: Any) -> Any:
    """Add to the Chinese part of the navigation the guides and the help, as in English."""
    parts = {title: below for part in config.nav for title, below in part.items()}
    parts["中文"] += tree(parts["Guide"]) + tree([{"Help": parts["Help"]}])
    return config


def tree(english: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the navigation in Chinese, of the pages that are."""
    return [
        {TITLES[title]: own}
        for entry in english
        for title, below in entry.items()
        if (own := tree(below) if isinstance(below, list) else page_in_chinese(below))
    ]


def page_in_chinese(page: str) -> str | None:
    """Return the Chinese page that a page is, or that an English one has, if there is one."""
    own = f"zh/{english_of(page)}"
    return own if (DOCS / own).exists() else None
