"""What kind of document a title names."""

from __future__ import annotations

import re
from functools import cache

from policygraph.program import VOCABULARY

_BEHIND = re.compile(r"(?:[（(〔\[][^（）()]*[）)〕\]]|[《》〈〉“”\s]|全文|正文)+$")


@cache
def document_kinds() -> dict[str, str]:
    """Each kind as titles end with it, and its English."""
    lines = (VOCABULARY / "document-kinds.tsv").read_text("utf-8").splitlines()
    rows = (line.partition("\t") for line in lines if not line.startswith(("#", "kind\t")))
    return {kind: english for kind, tab, english in rows if tab}


def kind_of(title: str) -> str | None:
    """The kind that a title ends with, the longest there is; of a notice that brings a document along, what it brings.

    >>> kind_of("四川省深入打好长江保护修复攻坚战行动计划实施方案（2023年版）")
    '实施方案'
    >>> kind_of("关于印发《深入打好长江保护修复攻坚战行动方案》的通知")
    '行动方案'
    """
    core = _BEHIND.sub("", title)
    brought = re.search(r"印发.*?(.{2})(?:[》〉”]|[（(][^（）()]*[）)])*的通知$", core)
    end = core[: brought.end(1)] if brought else core
    kinds = [kind for kind in document_kinds() if end.endswith(kind)]
    if brought and not kinds:
        return "通知"
    return max(kinds, key=len, default=None)
