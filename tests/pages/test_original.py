"""The source view of a PDF in a real browser: the page's picture beside the text, the words lit on both."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx
import pytest

pytestmark = pytest.mark.slow

DOCUMENT = "sichuan-yangtze-2023"


def _record(address: str, kind: str) -> dict[str, Any]:
    """The last record of a kind in the PDF."""
    found: dict[str, Any] = httpx.get(f"{address}/{kind}?document={DOCUMENT}&limit=1000", headers={"Accept": "application/json"}, timeout=300).json()["items"][-1]
    return found


def test_evidence_of_a_record_leads_to_its_words_on_the_page(browser: Any, originals: str) -> None:
    record = _record(originals, "responsibilities")
    tab = browser.new_page(base_url=originals, viewport={"width": 1440, "height": 900})
    errors: list[str] = []
    tab.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    tab.goto(f"/clauses/{quote(record['clause'])}")
    tab.locator(f'a.evidence[href*="start={record["start"]}&"]').first.click()
    tab.wait_for_selector(".sheet img")
    tab.wait_for_load_state("load")
    assert tab.locator("#lit").inner_text().replace("\n", "") == record["text"].replace(" ", "")
    assert tab.evaluate("[...document.querySelectorAll('.sheet img')].every((image) => image.complete && image.naturalWidth > 1000)")
    rectangles = httpx.get(f"{originals}/pages/{DOCUMENT}?start={record['start']}&end={record['end']}", timeout=300).json()["rectangles"]
    assert tab.locator(".sheet rect").count() == len(rectangles) > 0
    picture, lit = tab.locator(".sheet img").first.bounding_box(), tab.locator(".sheet rect").first.bounding_box()
    first = rectangles[0]
    scale = picture["width"] / 595
    assert lit["x"] - picture["x"] == pytest.approx(first["left"] * scale, abs=1.5)
    assert lit["y"] - picture["y"] == pytest.approx(first["top"] * scale, abs=1.5)
    assert tab.locator("#lit").is_visible() and 0 <= tab.locator(".sheet rect").first.bounding_box()["y"] <= 900
    assert errors == []
    tab.close()


def test_pages_are_turned(browser: Any, originals: str) -> None:
    tab = browser.new_page(base_url=originals, viewport={"width": 390, "height": 844})
    tab.goto(f"/sources/{DOCUMENT}")
    assert tab.locator("a[rel=prev]").count() == 0
    tab.locator(".sheets a[rel=next]").click()
    tab.wait_for_selector('img[src$="/2"]')
    assert tab.locator(".sheets a[rel=prev]").get_attribute("href").endswith("page=1")
    tab.goto(f"/sources/{DOCUMENT}?page=999")
    assert tab.locator(".sheets a[rel=next]").count() == 0
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    tab.close()


def test_a_text_has_no_pages(originals: str) -> None:
    page = httpx.get(f"{originals}/sources/chongqing-yangtze-2023", headers={"Accept": "text/html"}, timeout=300).text
    assert "/pages/" not in page
    answer = httpx.get(f"{originals}/pages/chongqing-yangtze-2023", timeout=300)
    assert answer.status_code == 404
    assert "--keep-originals" in answer.json()["remedy"]


def test_original_is_the_file_itself_and_nothing_to_run(originals: str, policy_pdf: Any) -> None:
    answer = httpx.get(f"{originals}/originals/{DOCUMENT}", timeout=300)
    assert answer.content.startswith(b"%PDF-1.5")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=utf-8''sichuan-yangtze-2023.pdf")


def test_pictures_are_drawn_once_and_pages_that_are_not_there_refused(originals: str) -> None:
    first, again = (httpx.get(f"{originals}/pages/{DOCUMENT}/2", timeout=300) for _ in range(2))
    pages = len(httpx.get(f"{originals}/pages/{DOCUMENT}", timeout=300).json()["pages"])
    assert first.headers["content-type"] == "image/png" and first.content == again.content
    answer = httpx.get(f"{originals}/pages/{DOCUMENT}/{pages + 1}", timeout=300)
    assert (answer.status_code, answer.json()["remedy"]) == (404, f"It has pages 1 to {pages}.")
    assert httpx.get(f"{originals}/pages/{DOCUMENT}/0", timeout=300).status_code == 422


def test_annotations_of_a_document_are_a_collection_that_names_pages(originals: str) -> None:
    whole = httpx.get(f"{originals}/annotations/{DOCUMENT}", timeout=300).json()
    assert (whole["@context"], whole["type"]) == ("http://www.w3.org/ns/anno.jsonld", "AnnotationCollection")
    assert whole["total"] == len(whole["first"]["items"]) > 100
    record = _record(originals, "targets")
    (made,) = [item for item in whole["first"]["items"] if item["id"].endswith(f"/{record['id']}")]
    stored, original = made["target"]
    assert stored["selector"][0] == {"type": "TextPositionSelector", "start": record["start"], "end": record["end"]}
    assert original["selector"][0] == stored["selector"][1]
    assert original["selector"][1]["value"].startswith("page=")
    last = httpx.get(f"{originals}/annotations/{DOCUMENT}?page=0", timeout=300).json()
    assert (last["type"], last["items"], last["partOf"]["total"]) == ("AnnotationPage", whole["first"]["items"], whole["total"])
    beyond = httpx.get(f"{originals}/annotations/{DOCUMENT}?page=7", timeout=300)
    assert beyond.status_code == 404 and "0 to 0" in beyond.json()["remedy"]


def test_words_of_a_scan_are_lit_on_its_picture(browser: Any, scan: str) -> None:
    target = next(row for row in httpx.get(f"{scan}/targets.json", timeout=300).json()["items"] if "农膜回收率" in row["text"])
    found = httpx.get(f"{scan}/pages/scan.json?start={target['start']}&end={target['end']}", timeout=300).json()
    assert found["ocr"] and len(found["pages"]) == 1 and {row["page"] for row in found["rectangles"]} == {1}
    stored, original = httpx.get(f"{scan}/annotations/{target['id']}", timeout=300).json()["target"]
    assert original["source"].endswith("/original/scan") and original["selector"][1]["value"].startswith("xywh=percent:")
    assert stored["selector"][1]["exact"] == original["selector"][0]["exact"]
    tab = browser.new_page(base_url=scan, viewport={"width": 1440, "height": 900})
    tab.goto(f"/clauses/{quote(target['clause'])}")
    tab.locator(f'a.evidence[href*="start={target["start"]}&"]').first.click()
    tab.wait_for_selector(".sheet img")
    tab.wait_for_load_state("load")
    picture = tab.locator(".sheet img").first.bounding_box()
    lines = [line.bounding_box() for line in tab.locator(".sheet rect").all()]
    assert len(lines) == len(found["rectangles"]) > 0
    lit = {side: min(line[side] for line in lines) for side in ("x", "y")}  # the annotation has one rectangle around all lines
    x, y, width, _ = (float(part) for part in original["selector"][1]["value"].removeprefix("xywh=percent:").split(","))
    assert (lit["x"] - picture["x"]) / picture["width"] * 100 == pytest.approx(x, abs=1)
    assert (lit["y"] - picture["y"]) / picture["height"] * 100 == pytest.approx(y, abs=1)
    assert 0 < width < 100 and tab.locator("#lit").is_visible()
    tab.close()
