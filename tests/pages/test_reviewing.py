"""Reviewing in a real browser: two reviewers at one queue, a rebuild between, a disagreement resolved; hostile words."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.slow

NATIONAL, SICHUAN = "national-river-2022", "sichuan-river-2023"
AXE = (Path(__file__).parent / "axe-core" / "axe.min.js").read_text("utf-8")
SCRIPT = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"


@pytest.fixture(scope="module")
def service(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    spec = importlib.util.spec_from_file_location("reviewing_service", Path(__file__).parents[1] / "api" / "reviewing.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules.setdefault("reviewing_service", importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    top = tmp_path_factory.mktemp("review") / "top"
    shutil.copytree(small_data.parent, top, symlinks=True)
    with module.served(top) as found:
        yield found


def signed_in(browser: Any, service: Any, reviewer: str) -> Any:
    """A tab in which a reviewer has signed in, on the queue."""
    tab = browser.new_context(base_url=service.address, viewport={"width": 1440, "height": 900}).new_page()
    tab.goto("/review")
    tab.fill("#token", service.tokens[reviewer])
    tab.click("main button")
    tab.wait_for_url("**/review")
    return tab


def judged(tab: Any, key: str) -> str:
    """The record that was judged by pressing a key in the queue."""
    at = tab.locator(".card.at")
    identifier = str(at.get_attribute("data-id"))
    with tab.expect_response("**/review/verdicts") as answer:
        tab.keyboard.press(key)
    assert answer.value.status == 201
    tab.wait_for_selector(f'.card[data-id="{identifier}"][data-judged]')
    return identifier


def build_again(service: Any) -> None:
    from policygraph.build.pipeline import build
    from policygraph.settings import Settings

    path = service.top / "corpus" / "sichuan-river-2023.txt"
    path.write_text(path.read_text("utf-8").replace("制定本方案。", "结合我省实际，制定本方案。"), "utf-8")
    build(service.top / "corpus", service.top / "data", settings=Settings(encoder="none", workers=1))


def test_two_reviewers_one_queue_a_rebuild_and_a_disagreement_settled(browser: Any, service: Any) -> None:
    before = service.live()
    li, wang = (signed_in(browser, service, name) for name in ("li", "wang"))
    for tab in (li, wang):
        tab.goto(f"/review?kind=link&document={SICHUAN}&higher={NATIONAL}")
    order = [card.get_attribute("data-id") for card in li.locator(".card").all()]
    li.locator(".card.at input[name=reason]").fill(SCRIPT)
    li.locator("h1").click()
    assert judged(li, "y") == order[0]
    assert judged(li, "y") == order[1]
    assert judged(wang, "n") == order[0]
    wang.keyboard.press("k")
    wang.keyboard.press("j")
    assert judged(wang, "y") == order[1]
    service.in_force(other_than=before)
    before = service.live()
    build_again(service)  # another program run, a text that moved
    service.in_force(other_than=before)

    li.goto("/review/lists")
    assert li.locator("#disagreements").inner_text().count(order[0]) == 1
    assert li.title() != "run" and SCRIPT in li.locator("#disagreements q").first.inner_text()
    assert li.locator("#unfit .absent").count() == 0

    zhao = signed_in(browser, service, "zhao")
    zhao.goto("/review/lists")
    zhao.click(f'#disagreements a[href$="{order[0]}"]')
    zhao.fill(".judge input[name=reason]", "同一事项")
    zhao.check(".judge input[name=settle]")
    zhao.click(".judge button.yes")
    zhao.wait_for_load_state()
    assert "人工确认" in zhao.locator("#said").inner_text() and "已裁定" in zhao.locator("#said").inner_text()

    def confirmed() -> bool:
        page = httpx.get(f"{service.address}/links/{order[0]}", headers={"Accept": "text/html"}, timeout=60)
        return page.status_code == 200 and "人工确认" in page.text.split("</h1>")[0]

    service.until(confirmed)
    zhao.goto("/coverage")
    assert "人工确认" in zhao.locator(f'a[href="/links/{order[0]}"]').inner_text()
    zhao.goto(f"/links/{order[0]}")
    assert zhao.title() != "run" and zhao.locator("img[src=x]").count() == 0
    assert SCRIPT in zhao.locator(".said q").all_inner_texts()


def test_correction_on_the_page_changes_what_answers_say(browser: Any, service: Any) -> None:
    rows = httpx.get(f"{service.address}/targets", params={"indicator": "农膜回收率", "document": SICHUAN}, headers={"Accept": "application/json"}).json()
    target = rows["items"][0]["id"]
    li = signed_in(browser, service, "li")
    li.goto(f"/review/records/{target}")
    li.fill('.judge input[name="field.value"]', "87")
    li.fill('.judge input[name="field.deadline"]', "2024-12-31")
    li.click('.judge button[value="corrected"]')
    li.wait_for_load_state()
    assert "人工更正" in li.locator("#said").inner_text() and "value = 87" in li.locator("#said code").first.inner_text()

    def corrected() -> bool:
        found = httpx.get(f"{service.address}/targets", params={"indicator": "农膜回收率", "document": SICHUAN}, headers={"Accept": "application/json"})
        return [(row["value"], row["deadline"], row["verdict"]) for row in found.json()["items"]] == [(87, "2024-12-31", "corrected")]

    service.until(corrected)
    li.goto("/targets?indicator=农膜回收率")
    assert "人工更正" in li.locator("main").inner_text()


def test_what_was_missed_is_added_and_a_body_is_named_on_pages(browser: Any, service: Any) -> None:
    wang = signed_in(browser, service, "wang")
    wang.goto(f"/review/add?kind=target&document={SICHUAN}")
    wang.fill('input[name="add.quote"]', "建成示范区 3个")
    wang.fill('input[name="field.indicator"]', "示范区")
    wang.fill('input[name="field.value"]', "3")
    wang.fill('input[name="field.unit"]', "个")
    wang.click("main form.judge button")
    wang.wait_for_url("**/review/lists")
    assert "人工补充" in wang.locator("#latest li").first.inner_text()
    wang.goto(f"/review?kind=link&document={SICHUAN}&higher={NATIONAL}")
    wang.click('button:has-text("标为全文读毕")')
    wang.wait_for_load_state()

    def there() -> bool:
        rows = httpx.get(f"{service.address}/targets", params={"document": SICHUAN}, headers={"Accept": "application/json"}).json()["items"]
        return any(row["indicator"] == "示范区" and row["verdict"] for row in rows)

    service.until(there)
    with service.client("chen") as client:
        scores = {row["kind"]: row for row in client.get("/review/lists").json()["scores"]}
    assert scores["link"]["read"] == 1

    note = next(item for item in wang.request.get(f"{service.address}/review?kind=responsibility&document={SICHUAN}", headers={"Accept": "application/json"}).json()["items"])
    wang.goto(f"/review/records/{note['id']}")
    name = wang.locator('#bodies input[name="agency.name"]').first.get_attribute("value")
    wang.locator('#bodies input[name="agency.agency"]').first.fill("body-of-a-test")
    wang.locator("#bodies button").first.click()
    wang.wait_for_load_state()

    def named() -> bool:
        rows = httpx.get(f"{service.address}/agencies/body-of-a-test", headers={"Accept": "application/json"})
        return rows.status_code == 200 and name in rows.text

    service.until(named)


@pytest.mark.parametrize("where", ["/review/add", "/review", "/review?kind=target", "/review?kind=document", "/review/lists"])
def test_pages_of_reviewing_are_whole_and_accessible(browser: Any, service: Any, where: str) -> None:
    tab = signed_in(browser, service, "chen")
    errors: list[str] = []
    tab.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    for width in (1440, 390):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.goto(where).status == 200
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), f"{where} spills at {width}"
    tab.evaluate(AXE)
    faults = tab.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa']}).then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).slice(0, 2).join(' ')))")
    assert not faults and not errors
    assert tab.locator("button.yes").count() == 0  # a reader reads


def test_every_word_of_reviewing_has_its_message(service: Any) -> None:
    """What the pages name by a field, a kind or a judgement."""
    from policygraph.api.pages.site import messages
    from policygraph.report.reasons import reason_in
    from policygraph.review import CORRECTABLE, JUDGEMENTS, KINDS
    from policygraph.review.effect import ADDED, REJECTED

    wanted = {f"field_{name}" for names in CORRECTABLE.values() for name in names} | {f"judged_{name}" for name in JUDGEMENTS} | {f"review_{kind}" for kind in KINDS}
    assert wanted <= set(messages())
    assert (reason_in("zh", REJECTED), reason_in("zh", ADDED), reason_in("en", ADDED)) == ("已被人工否定", "人工补充", "added by a reviewer")
    assert json.loads(httpx.get(f"{service.address}/openapi.json").text)["paths"]
