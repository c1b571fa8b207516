"""A family of more documents than a page lists: every one of them stands on one of its pages, once."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urljoin

import httpx
import pytest

from policygraph.build.pipeline import build
from policygraph.settings import Settings
from policygraph.vocabulary.regions import regions

pytestmark = pytest.mark.slow

HUNG = 300
MOST_BYTES = 300_000
NATIONAL = """清江行动方案

国环〔2022〕5号

生态环境部

2022年3月1日

一、推进污水收集。全面排查污水收集管网，新建污水处理厂50座。（住房和城乡建设部牵头，生态环境部、水利部等配合）

二、保护饮用水水源。完善饮用水水源地名录，开展规范化建设。（生态环境部负责）
"""
LOWER = """{place}清江工作方案

为落实《清江行动方案》（国环〔2022〕5号），制定本方案。

一、推进污水收集。排查{place}污水收集管网，新建污水处理厂{n}座。（水利局牵头）

二、保护饮用水水源。完善{place}饮用水水源地名录，开展规范化建设。（生态环境局负责）

{place}人民政府

2023年5月6日
"""


def test_every_document_of_a_family_is_listed_once(serve, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "national.txt").write_text(NATIONAL, "utf-8")
    cities = [region for region in regions().values() if region.level == "municipal"][:64]
    for n, city in enumerate(cities):
        (corpus / f"city-{n}.txt").write_text(LOWER.format(place=city.name, n=n + 1), "utf-8")
    build(corpus, tmp_path / "data", settings=Settings(encoder="none"))
    listed: list[str] = []
    with serve(tmp_path / "data") as service:
        address: str | None = f"{service.url}/coverage?higher=national"
        while address:
            answer = httpx.get(address, headers={"Accept": "text/html"}, timeout=HUNG)
            assert answer.status_code == 200 and len(answer.content) <= MOST_BYTES
            _, _, section = answer.text.partition("<section>")
            listed += re.findall(r'<li><a href="/documents/([^"]+)"', section)
            further = re.search(r'rel="next" href="([^"]*listed=[^"]*)"', section)
            address = further and urljoin(address, further[1].replace("&amp;", "&"))
        refused = httpx.get(f"{service.url}/coverage?higher=national&listed=-1", timeout=HUNG)
    assert sorted(map(unquote, listed)) == sorted(f"city-{n}" for n in range(64))
    assert refused.status_code == 422 and "listed" in refused.text
