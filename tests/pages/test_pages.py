"""The pages in a real browser, against a running service on a real build of the corpus."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import httpx
import pytest

CORPUS = Path(__file__).parents[2] / "corpus"
CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
AXE = (Path(__file__).parent / "axe-core" / "axe.min.js").read_text("utf-8")
FLAGSHIP = "四川哪一条落实国家方案第十条？"
NATIONAL, SICHUAN, LONGEST = "national-yangtze-2022", "sichuan-yangtze-2023", "sichuan-ecology-14th-fyp"
CLAUSE = f"{NATIONAL}/part_2/item_10/para_1"
#: A document that would run a script on every page that shows its words unescaped.
HOSTILE = """关于印发<script>document.title="run"</script>湖库方案的通知

一、总体要求

（一）工作目标。到2025年底，<script>document.title="run"</script>湖库水质"><img src=x onerror='document.title="run"'>优良比例达到90%以上。

二、主要任务

（二）治理'"><b id=injected>湖库</b>。完成湖库治理工程3座。（<i>水利部</i>牵头，生态环境部配合）
"""
PAGES = {
    "home": "/",
    "answer": f"/ask?q={quote(FLAGSHIP)}",
    "stricter": f"/ask?q={quote('重庆比国家严的指标有哪些？')}",
    "due": f"/ask?q={quote('2023年底前要完成什么，谁牵头？')}",
    "no answer": f"/ask?q={quote('今天天气如何？')}",
    "search": f"/search?q={quote('船舶岸电')}",
    "documents": "/documents",
    "document": f"/documents/{NATIONAL}",
    "longest document": f"/documents/{LONGEST}",
    "clause": f"/clauses/{CLAUSE}",
    "source": f"/sources/{NATIONAL}?start=3000&end=3100",
    "side by side": f"/compare/{NATIONAL}/{SICHUAN}",
    "coverage": "/coverage",
    "targets": "/targets",
    "agencies": "/agencies",
    "agency": f"/agencies/{quote('生态环境部')}",
    "timeline": "/timeline",
    "sparql": "/sparql",
    "about": "/about",
    "audit": "/audit",
    "release": "/release",
    "hostile document": "/documents/hostile",
}
_TEXT = "document.body.innerText"


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service on the corpus and the hostile document."""
    from policygraph.pipeline import build
    from policygraph.settings import Settings

    top = tmp_path_factory.mktemp("pages")
    shutil.copytree(CORPUS, top / "corpus")
    (top / "corpus" / "hostile.txt").write_text(HOSTILE, "utf-8")
    build(top / "corpus", top / "data", settings=Settings.load(encoder="none"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (top / "log").open("wb") as log:
        command = [sys.executable, "-m", "policygraph", "serve", "--data", str(top / "data"), "--port", str(port)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            for _ in range(300):
                with contextlib.suppress(httpx.TransportError):
                    if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                        break
                if process.poll() is not None:
                    pytest.fail((top / "log").read_text("utf-8", "replace"))
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")  # its event loop must end before tests of other modules start theirs
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as engine:
        started = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


@dataclass
class Visit:
    """What a visit to one page showed."""

    status: int
    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    bytes: int = 0
    faults: list[str] = field(default_factory=list)
    spill: int = 0


@pytest.fixture(scope="module")
def visits(browser: Any, address: str) -> dict[str, Visit]:
    """Every page opened once: at 1440 pixels, then narrowed to 390."""
    link = _link(address)
    context = browser.new_context(base_url=address)
    found = {}
    tab = context.new_page()
    errors: list[str] = []
    requests: list[Any] = []
    weights: dict[str, int] = {}
    tab.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("request", lambda request: requests.append(request))
    for name, where in {**PAGES, "link": f"/links/{link}"}.items():
        tab.set_viewport_size({"width": 1440, "height": 900})
        errors.clear()
        requests.clear()
        reply = tab.goto(where, wait_until="load")
        visit = Visit(reply.status, list(errors), {urlsplit(request.url).netloc for request in requests})
        for request in requests:
            answer = request.response()
            if answer is not None and answer.status != 304:
                weights[request.url] = len(answer.body())
        visit.bytes = sum(weights[request.url] for request in requests)
        tab.evaluate(AXE)
        report = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
        visit.faults = [
            f"{fault['id']}: {fault['nodes'][0]['html'][:200]}" for fault in report["violations"] if fault["impact"] in ("serious", "critical")
        ]
        tab.set_viewport_size({"width": 390, "height": 844})
        visit.spill = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
        found[name] = visit
    context.close()
    return found


def _json(address: str, where: str) -> Any:
    answer = httpx.get(address + where, headers={"Accept": "application/json"}, timeout=30)
    answer.raise_for_status()
    return answer.json()


def _all(address: str, where: str) -> list[dict[str, Any]]:
    """Every row of a listing, page after page."""
    rows: list[dict[str, Any]] = []
    following: str | None = where
    while following:
        answer = _json(address, following)
        rows += answer["items"]
        following = answer["next"]
    return rows


def _link(address: str) -> str:
    records = _json(address, f"/ask?q={quote(FLAGSHIP)}")["records"]
    return next(record["id"] for record in records if record["kind"] == "link")


NAMES = [*PAGES, "link"]


@pytest.mark.parametrize("name", NAMES)
def test_page_loads_without_console_error(visits: dict[str, Visit], name: str) -> None:
    assert (visits[name].status, visits[name].errors) == (200, [])


@pytest.mark.parametrize("name", NAMES)
def test_page_asks_no_other_host(visits: dict[str, Visit], address: str, name: str) -> None:
    assert visits[name].hosts == {urlsplit(address).netloc}


@pytest.mark.parametrize("name", NAMES)
def test_page_weighs_at_most_500_kilobytes(visits: dict[str, Visit], name: str) -> None:
    assert visits[name].bytes <= 500_000


@pytest.mark.parametrize("name", NAMES)
def test_page_has_no_serious_accessibility_fault(visits: dict[str, Visit], name: str) -> None:
    assert visits[name].faults == []


@pytest.mark.parametrize("name", NAMES)
def test_page_fits_a_telephone(visits: dict[str, Visit], name: str) -> None:
    assert visits[name].spill <= 0


def test_flagship_question_leads_to_the_lit_characters(page: Any, address: str) -> None:
    page.goto("/")
    page.fill("#q", FLAGSHIP)
    page.keyboard.press("Enter")
    page.wait_for_url("**/ask?q=*")
    record = _json(address, f"/ask?q={quote(FLAGSHIP)}")["records"][0]
    first = page.locator(".hits li").first
    assert record["citation"] in first.inner_text()
    first.locator(f"a[href='/links/{record['id']}']").click()
    assert "到2025年年底" in page.locator(".provision .w-verbatim").all_inner_texts()[0]
    page.locator(".two section").nth(1).locator("a.evidence").click()
    lit = page.locator("mark#lit").text_content()
    assert len(lit) == record["end"] - record["start"]
    assert "".join(lit.split()) == "".join(record["text"].split())
    assert page.locator("mark#lit").is_visible()


def test_matrix_cell_leads_to_its_link(page: Any) -> None:
    page.goto("/coverage")
    row = page.locator(f"tbody tr:has(a[href='/clauses/{CLAUSE}'])")
    row.locator("td.partly a").last.click()
    assert "/links/link-" in page.url
    assert page.locator(f"a[href='/clauses/{CLAUSE}']").count() >= 1


def test_matrix_agrees_with_the_api(page: Any, address: str) -> None:
    page.goto("/coverage")
    shown = page.evaluate("""() => {
      const columns = [...document.querySelectorAll(".matrix thead th a:not(.sort)")].map((a) => a.getAttribute("href").split("/").pop());
      const cells = [];
      for (const row of document.querySelectorAll(".matrix tbody tr")) {
        const clause = row.querySelector("th a").getAttribute("href").slice("/clauses/".length);
        row.querySelectorAll("td").forEach((cell, i) => cells.push([clause, columns[i], cell.className]));
      }
      return cells;
    }""")
    known = {(row["subject"], row["document"]): row["status"] for row in _all(address, "/coverage?limit=500")}
    assert len(shown) >= 100
    assert {"implemented", "partly", "corresponds", "absent"} <= {status for *_, status in shown}
    assert [cell for cell in shown if known.get((unquote(cell[0]), cell[1]), "none") != cell[2]] == []


def test_matrix_is_filtered_and_sorted(page: Any) -> None:
    page.goto("/coverage")
    whole = page.locator(".matrix tbody tr").count()
    page.locator(".filters a.absent").click()
    rows = page.locator(".matrix tbody tr")
    assert 0 < rows.count() < whole
    assert all("absent" in classes for classes in rows.evaluate_all("rows => rows.map((row) => [...row.cells].map((cell) => cell.className))"))
    page.goto(f"/coverage?sort={SICHUAN}")
    column = page.locator(".matrix thead th").evaluate_all("heads => heads.findIndex((head) => head.ariaSort)")
    cells = page.locator(f".matrix tbody tr td:nth-child({column + 1})").evaluate_all("cells => cells.map((cell) => cell.className)")
    order = ["absent", "corresponds", "partly", "implemented"]
    assert cells == sorted(cells, key=order.index)
    assert 0 < page.goto(f"/coverage/matrix.svg?status=absent&lower={SICHUAN}").text().count("</text><rect") < whole


def test_targets_page_agrees_with_the_api(page: Any, address: str) -> None:
    where = f"/targets?indicator={quote('农膜回收率')}"
    rows = _all(address, where)
    page.goto(where)
    shown = page.locator("tbody tr").evaluate_all("rows => rows.map((row) => row.querySelector('a').getAttribute('href'))")
    assert sorted(shown) == sorted(f"/clauses/{row['clause']}" for row in rows)
    assert all(f"{row['value']}{row['unit']}" in page.evaluate(_TEXT) for row in rows)


def test_agencies_page_agrees_with_the_api(page: Any, address: str) -> None:
    rows = _json(address, "/agencies")["items"]
    page.goto("/agencies")
    shown = page.locator("tbody tr").evaluate_all(
        "rows => rows.map((row) => [...row.children].map((cell) => cell.innerText.trim()))"
    )
    assert len(shown) == len(rows)
    for cells, row in zip(shown, rows, strict=True):
        assert row["name"] in cells[0]
        assert [str(row["leads"]), str(row["supports"])] == cells[-2:]


@pytest.mark.parametrize(
    "where", ["/documents/hostile", "/sources/hostile", "/documents", "/", f"/search?q={quote('湖库')}", f"/ask?q={quote('<script>document.title=1</script>')}",
              f"/targets?indicator={quote('湖库')}", "/timeline", "/about"]
)  # fmt: skip
def test_script_in_a_document_stays_text(page: Any, where: str) -> None:
    page.goto(where)
    assert page.title() not in ("run", "1")
    assert page.locator("#injected, main script, main img").count() == 0
    if where.endswith("hostile"):
        assert '<script>document.title="run"</script>' in page.locator("main").text_content()


def test_box_is_reached_by_keyboard(page: Any) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("船舶岸电")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=*")


def test_language_switch_stays_on_the_page(page: Any) -> None:
    page.goto(f"/search?q={quote('船舶岸电')}")
    page.locator("a.lang").click()
    page.wait_for_selector("html[lang=en]", state="attached")
    assert "/search?q=" in page.url
    page.goto("/coverage")
    assert page.locator("h1").inner_text() == "Coverage"
    page.locator("a.lang").click()
    page.wait_for_selector("html[lang=zh-CN]", state="attached")


@pytest.mark.parametrize("where", [PAGES[name] for name in ("home", "answer", "search", "document", "clause", "side by side", "coverage", "targets", "agency", "timeline", "about", "audit")])
def test_chinese_pages_speak_chinese(page: Any, where: str) -> None:
    """No reasons, keys or codes of the records in English: only names that are the same in both languages."""
    page.goto(where)
    words = page.evaluate("""() => {
      const main = document.querySelector("main").cloneNode(true);
      for (const skipped of main.querySelectorAll("svg, pre, code, .provision, article p, .hits p:not(.actions)")) skipped.remove();
      const texts = [];
      for (const walk = document.createTreeWalker(main, NodeFilter.SHOW_TEXT); walk.nextNode(); ) texts.push(walk.currentNode.data);
      return texts.flatMap((text) => text.match(/[a-z]{4,}( [a-z]{3,})+|\\b[a-z]+_[a-z]+\\b|\\b[1-6]\\d0000\\b|[{}]/g) ?? []);
    }""")
    assert words == []


@pytest.mark.parametrize(
    ("where", "words"),
    [("/clauses/nothing/part_1", "没有“nothing/part_1”这一条款"), ("/documents/nothing", "现有文件"), ("/links/link-0", "全部关联见"), ("/nothing", "没有内容"),
     ("/agencies/nothing", "没有文件给“nothing”规定职责"), ("/targets?limit=0", "不能小于1"), ("/targets?limit=x", "应为整数"), ("/ask", "缺少参数 q"),
     ("/deadlines?by=soon", "2023-12-31"), ("/deadlines?region=nothing", "不是地区"), ("/search?q=x&region=nothing", "没有这个取值"), ("/search?q=。", "没有可供检索的词语"),
     (f"/compare/{SICHUAN}/nothing", "没有编号为“nothing”的文件"), ("/timeline?by=2023-99-01", "不是日期"), ("/responsibilities?role=x", "只能取")],
)  # fmt: skip
def test_error_speaks_the_language_of_the_reader(page: Any, where: str, words: str) -> None:
    reply = page.goto(where)
    assert reply.status in (400, 404, 422)
    said = page.locator(".warn").inner_text()
    assert words in said
    assert page.locator(".warn [lang=en]").count() == 0
    page.goto("/language/en?back=/")
    page.goto(where)
    assert not any("\u4e00" <= char <= "\u9fff" for char in page.locator("main h1").inner_text() + page.locator(".warn p").first.inner_text().replace("。", ""))


@pytest.mark.parametrize("name", NAMES)
def test_english_pages_speak_english(browser: Any, address: str, name: str) -> None:
    """Buttons, heads, labels and legends: what the pages say of their own, not what the documents say."""
    context = browser.new_context(base_url=address)
    context.add_cookies([{"name": "lang", "value": "en", "url": address}])
    tab = context.new_page()
    tab.goto(PAGES.get(name) or f"/links/{_link(address)}")
    said = tab.evaluate("""() => [...document.querySelectorAll(
      "nav.outline h2, nav.outline h3, .top nav a, footer a, button:not(.copy *), label, legend, summary, th:not([scope=row]), dt, .status, .legend, .label, .chip b, .warn:not(.lede), figcaption, .evidence, [role=tab], .due, .tag, h2 > small:first-child"
    )].map((one) => { const own = one.cloneNode(true); for (const inner of own.querySelectorAll("small, code, q, a[href^='/documents/']")) inner.remove(); return own.textContent; })
      .filter((text) => /[\u4e00-\u9fff：、；]/.test(text))""")
    assert said == []
    context.close()


@pytest.mark.parametrize(
    ("name", "words"),
    [("search", "船舶"), ("document", "排污口"), ("link", "一口一策"), ("coverage", "部分落实"), ("answer", "排污口"), ("timeline", "2023")],
)
def test_page_reads_without_javascript(browser: Any, address: str, name: str, words: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    tab = context.new_page()
    tab.goto(PAGES.get(name) or f"/links/{_link(address)}")
    assert words in tab.locator("main").inner_text()
    context.close()


@pytest.mark.parametrize("name", ["home", "longest document"])
def test_first_paint_takes_at_most_a_second(page: Any, name: str) -> None:
    paints = []
    for _ in range(3):
        page.goto(PAGES[name], wait_until="load")
        paints.append(page.evaluate("""async () => {
          for (;;) {
            const [paint] = performance.getEntriesByName("first-contentful-paint");
            if (paint) return paint.startTime;
            await new Promise((go) => setTimeout(go, 20));
          }
        }"""))
    assert min(paints) <= 1000


def test_longest_document_stays_smooth(page: Any) -> None:
    """Scrolling it and switching marks hold the page for at most 200 ms at a time."""
    longest = []
    for _ in range(3):
        page.goto(PAGES["longest document"], wait_until="load")
        longest.append(page.evaluate("""async () => {
          let longest = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) longest = Math.max(longest, entry.duration);
          }).observe({ type: "longtask" });
          const pause = () => new Promise((go) => requestAnimationFrame(() => setTimeout(go)));
          for (let y = 0; y < 9000; y += 900) { scrollTo(0, y); await pause(); }
          for (const box of document.querySelectorAll(".switches input")) { box.click(); await pause(); }
          await new Promise((go) => setTimeout(go, 100));
          return longest;
        }"""))
    assert min(longest) <= 200


def test_clause_address_scrolls_to_the_clause(page: Any) -> None:
    page.goto(f"/documents/{NATIONAL}#{CLAUSE}")
    top = page.evaluate("id => document.getElementById(id).getBoundingClientRect().top", CLAUSE)
    assert 0 <= top < 900


def test_marks_are_switched_off_one_kind_at_a_time(page: Any) -> None:
    page.goto(f"/documents/{NATIONAL}#{CLAUSE}")
    colour = "el => getComputedStyle(el).backgroundColor"
    mark = page.locator("article .m-deadline").first
    assert mark.evaluate(colour) != "rgba(0, 0, 0, 0)"
    page.locator("#show-deadline").uncheck()
    assert mark.evaluate(colour) == "rgba(0, 0, 0, 0)"


def _write(page: Any, query: str) -> None:
    """Types a query in the place of the one in the editor."""
    page.locator(".editor .cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(query)


def test_query_of_the_editor_gives_a_table(page: Any) -> None:
    page.goto("/sparql")
    _write(page, "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#as-table td")
    assert int(page.locator("#as-table td").inner_text()) > 10_000


def test_editor_completes_names_and_declares_their_prefix(page: Any) -> None:
    page.goto("/sparql")
    _write(page, "SELECT ?c WHERE { GRAPH ?g { ?c a ")
    page.keyboard.type("pg:Policy")
    page.wait_for_selector(".editor .cm-tooltip-autocomplete li[aria-selected]")
    assert "政策文件" in page.locator(".editor .cm-tooltip-autocomplete li[aria-selected]").inner_text()
    page.keyboard.press("Enter")
    page.keyboard.insert_text(" } }")
    assert page.locator("#query").input_value().startswith("PREFIX pg: <https://w3id.org/policygraph/ontology#>\nSELECT")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#as-table td")
    assert page.locator("#as-table tbody tr").count() == 6


def test_undeclared_prefixes_are_declared_when_a_query_is_run(page: Any) -> None:
    page.goto("/sparql")
    _write(page, "ASK { GRAPH ?g { ?c eli:title ?t } } # skos: stays out")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#state:has-text('是')")
    assert "PREFIX eli:" in page.locator("#query").input_value()
    assert "PREFIX skos:" not in page.locator("#query").input_value()


def test_every_example_query_is_offered_and_runs(page: Any, address: str) -> None:
    from policygraph.api.pages.queries import example_queries

    page.goto("/sparql")
    assert page.locator(".example").count() == len(example_queries()) >= 12
    for example in example_queries():
        answer = httpx.get(f"{address}/sparql", params={"query": example["query"]}, timeout=30)
        assert answer.status_code == 200, example["name"]


@pytest.mark.parametrize("name", ["implementation-network", "agencies-of-items", "one-clause"])
def test_answer_is_drawn_as_a_graph(page: Any, name: str) -> None:
    from policygraph.api.pages.queries import example_queries

    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
    page.goto("/sparql")
    at = next(i for i, example in enumerate(example_queries()) if example["name"] == name)
    page.locator(".example").nth(at).click()
    page.wait_for_selector("#as-graph .canvas canvas")
    page.wait_for_selector("#as-graph .legend .dot")
    assert page.locator("#tab-graph").get_attribute("aria-selected") == "true"
    assert faults == []


def test_graph_names_its_things_and_is_saved_as_a_picture(page: Any) -> None:
    page.goto("/sparql#q=" + quote(f"DESCRIBE <https://w3id.org/policygraph/id/doc/{CLAUSE}>"))
    page.wait_for_selector("#as-table td")
    page.locator("#tab-graph").click()
    page.wait_for_selector("#as-graph .legend .dot")
    with page.expect_download() as waiting:
        page.locator("#as-graph .tools button", has_text="PNG").click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")


def test_answer_that_is_no_graph_says_so(page: Any) -> None:
    page.goto("/sparql#q=" + quote("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"))
    page.wait_for_selector("#as-table td")
    page.locator("#tab-graph").click()
    page.wait_for_selector("#as-graph:has-text('画不成图')")


def test_wrong_query_is_explained_and_the_place_shown(page: Any) -> None:
    page.goto("/sparql")
    _write(page, "SELECT ?x WHER { ?x ?y ?z }")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#state.warn")
    assert "1:16" in page.locator("#state").inner_text()


def test_iris_of_the_editor_lead_to_their_pages(page: Any) -> None:
    page.goto("/sparql")
    page.locator("#sparql button", has_text="运行").click()
    page.locator("#as-table td a").first.click()
    page.wait_for_url("**/clauses/**")
    assert page.locator("p.provision").is_visible()


def test_matrix_is_saved_as_a_picture(page: Any) -> None:
    page.goto("/coverage")
    with page.expect_download() as waiting:
        page.locator("a[data-png]").click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")


def test_filter_of_a_search_is_taken_off_by_its_chip(page: Any) -> None:
    page.goto(f"/search?q={quote('船舶岸电')}")
    page.locator(".outline a", has_text="重庆").first.click()
    assert "region=500000" in page.url
    page.locator("a.chip").first.click()
    assert "region" not in page.url


def test_condition_in_a_query_is_taken_off_by_its_chip(page: Any) -> None:
    page.goto("/search?q=Chongqing+shore+power")
    page.locator("a.chip", has_text="chongqing").click()
    assert page.locator("#q").input_value() == "shore power"


@pytest.mark.parametrize("javascript", [True, False])
def test_what_was_understood_is_taken_off_and_put_back(browser: Any, address: str, javascript: bool) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=javascript)
    tab = context.new_page()
    tab.goto(PAGES["answer"])
    before = tab.locator(".lede").inner_text()
    assert "较早文件" in before
    for title in ("“十四五”", "巩固污染防治"):
        tab.locator("a.chip:not(.gone)", has_text=title).click()
    assert "较早文件" not in tab.locator(".lede").inner_text()
    for _ in range(2):
        tab.locator("a.chip.gone").first.click()
    assert tab.locator(".lede").inner_text() == before
    tab.locator("a.chip", has_text="问的是").click()
    assert tab.url.startswith(f"{address}/search?q=")
    context.close()


def test_unknown_page_says_so_as_a_page(page: Any) -> None:
    reply = page.goto("/clauses/nothing/part_1")
    assert reply.status == 404
    assert page.locator("main h1").count() == 1
    assert json.dumps(page.evaluate(_TEXT)).count("{") == 0
