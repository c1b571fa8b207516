"""Every record that a page shows has its link to the characters in the source."""

from __future__ import annotations

import httpx
import lxml.html
import pytest

HIGHER, LOWER, CLAUSE = "national-yangtze-2022", "chongqing-yangtze-2023", "national-yangtze-2022/part_2/item_10/para_1"


def page(address: str, path: str) -> lxml.html.HtmlElement:
    answer = httpx.get(f"{address}{path}", headers={"Accept": "text/html"}, timeout=300, follow_redirects=True)
    assert answer.status_code == 200
    found: lxml.html.HtmlElement = lxml.html.fromstring(answer.content)
    return found


@pytest.mark.parametrize(
    ("path", "record", "sides"),
    [
        ("/targets", "//tbody/tr", 1), ("/deadlines", "//tbody/tr", 1), ("/responsibilities", "//tbody/tr", 1), ("/citations", "//tbody/tr", 1),
        ("/audit", "//tbody/tr", 1), (f"/clauses?document={HIGHER}", "//tbody/tr", 1), ("/agencies/510000/water-resources", "//tbody/tr", 1),
        (f"/compare?higher={HIGHER}&lower={LOWER}", "//tbody/tr", 2), (f"/clauses/{CLAUSE}/implementations", "//tbody/tr", 2),
        (f"/clauses/{LOWER}/part_2/item_1/para_1/implements", "//tbody/tr", 2), (f"/compare/{HIGHER}/{LOWER}", "//section[@id='targets']//td[not(@class)][a[contains(@href, '/clauses/')]]", 1),
        (f"/compare/{HIGHER}/{LOWER}", "//div[@class='two row'][@id]/section[1]/h2", 1), (f"/compare/{HIGHER}/sichuan-yangtze-2023", "//section[@id='new']//li", 1),
        ("/chain?document=national-yangtze-2022&item=10", "//p[@class='provision']", 1),
    ],
)  # fmt: skip
def test_record_leads_to_its_source(address: str, path: str, record: str, sides: int) -> None:
    shown = page(address, path).xpath(record)
    assert shown
    without = [row.text_content()[:80] for row in shown if len(row.xpath(".//a[starts-with(@href, '/sources/')]")) < sides]
    assert without == []


def test_source_of_a_compared_target_has_its_words_lit(address: str) -> None:
    row = page(address, f"/compare/{HIGHER}/{LOWER}").xpath("//section[@id='targets']//td[not(@class)]")[0]
    words, link = row.xpath("string(a[1])"), row.xpath(".//a[starts-with(@href, '/sources/')]/@href")[0]
    lit = page(address, link).xpath("string(//*[@id='lit'])")
    assert "".join(lit.split()) == "".join(words.split())
