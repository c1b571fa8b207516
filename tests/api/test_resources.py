"""The resources on a release built from the corpus: what each answers, in each format, and the promises of HTTP."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

CORPUS = Path(__file__).parents[2] / "corpus"
CLAUSE = "national-yangtze-2022/part_2/item_10"
LISTS = (
    "documents", "clauses", "coverage", "compare", "targets", "indicators", "deadlines", "agencies", "responsibilities",
    "citations", "audit", f"clauses/{CLAUSE}/implementations", "search?q=农膜",
)  # fmt: skip
ITEMS = ("documents/national-yangtze-2022", f"clauses/{CLAUSE}/para_1", "agencies/生态环境厅", "release", "ask?q=四川哪一条落实国家方案第十条", f"chain?clause={CLAUSE}/para_1")


@pytest.fixture(scope="module")
def client(serve, corpus_data) -> Iterator[httpx.Client]:
    with serve(corpus_data) as service, httpx.Client(base_url=service.url, timeout=300) as found:
        yield found


@pytest.mark.parametrize("path", (*LISTS, *ITEMS))
def test_answers_in_json_with_release_and_query(client: httpx.Client, path: str) -> None:
    response = client.get(f"/{path}")
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["release"] == response.headers["policygraph-release"]
    assert answer["sparql"]
    assert response.headers["vary"] == "Accept"
    assert response.headers["etag"]
    assert client.get(f"/{path}", headers={"if-none-match": response.headers["etag"]}).status_code == 304
    assert client.head(f"/{path}").status_code == 200


@pytest.mark.parametrize("path", LISTS[:-1])
def test_lists_as_csv(client: httpx.Client, path: str) -> None:
    response = client.get(f"/{path}.csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(response.text.removeprefix("\ufeff"))))
    assert len(rows) == 1 + client.get(f"/{path}").json()["total"]  # the whole table, not a page of it
    assert len(list(csv.reader(io.StringIO(client.get(f"/{path}.csv?limit=1").text)))) == 2
    with client.stream("GET", f"/{path}.csv") as cut:  # a client that closes
        next(cut.iter_bytes(10))


@pytest.mark.parametrize("path", LISTS[:-1])
def test_empty_lists_as_csv_have_the_same_head_line(client: httpx.Client, path: str) -> None:
    head, empty = client.get(f"/{path}.csv").text.splitlines()[0], client.get(f"/{path}.csv?offset=1000000").text.splitlines()
    assert empty == [head]
    assert "," in head


def test_lists_that_a_filter_leaves_empty_have_a_head_line(client: httpx.Client) -> None:
    for path in ("targets.csv?indicator=没有这个指标", "documents.csv?region=999999", "deadlines.csv?by=1900-01-01", "responsibilities.csv?agency=没有"):
        assert client.get(f"/{path}").text.count("\r\n") == 1, path


@pytest.mark.parametrize("path", ["/.csv", "/.json", "/clauses/.csv", "/.ttl"])
def test_a_suffix_without_a_name_is_not_found(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_likeness_of_a_clause_with_parts_says_where_to_go(client: httpx.Client) -> None:
    response = client.get(f"/clauses/{CLAUSE}/similar")
    assert response.status_code == 404
    assert "has parts" in response.json()["detail"]
    assert f"/clauses/{CLAUSE}" in response.json()["remedy"]
    assert client.get(f"/clauses/{CLAUSE}").json()["children"]


def _from(address: str, url: httpx.URL) -> httpx.Client:
    return httpx.Client(base_url=url, transport=httpx.HTTPTransport(local_address=address), timeout=300)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("crowd", "other"),
    [
        ("/clauses.csv?limit=1000", "/healthz"), ("/coverage.json?limit=1000", "/healthz"),
        ("/search?limit=100&q=水 {}", "/search?q=农膜回收 {}"), ("/ask?q=四川哪一条落实国家方案第十条", "/ask?q=水利厅牵头哪些任务"),
    ],
)  # fmt: skip
def test_what_takes_long_for_one_client_keeps_no_other_waiting(client: httpx.Client, crowd: str, other: str) -> None:
    """Sixteen requests at once of one client: another one waits for one of them at most, not for all. Counted in
    requests of the first that are answered meanwhile, which on a slow machine are as many."""
    done: list[int] = []
    stop = threading.Event()

    def ask(number: int) -> None:
        with _from("127.0.0.2", client.base_url) as greedy:
            while not stop.is_set():
                assert greedy.get(crowd.format(f"{number} {len(done)}")).status_code == 200
                done.append(number)

    with ThreadPoolExecutor(16) as pool, _from("127.0.0.3", client.base_url) as modest:
        tasks = [pool.submit(ask, number) for number in range(16)]
        while len(done) < 16 and not any(task.done() for task in tasks):
            time.sleep(0.05)
        passed = []
        for number in range(21):
            before = len(done)
            assert modest.get(other.format(number)).status_code == 200
            passed.append(len(done) - before)
        stop.set()
    assert all(task.exception() is None for task in tasks)
    assert sorted(passed)[10] < 8


@pytest.mark.parametrize("path", ("documents/national-yangtze-2022", f"clauses/{CLAUSE}/para_1", "targets", "agencies", "release"))
def test_graph_formats_hold_what_the_query_gives(client: httpx.Client, path: str) -> None:
    query = client.get(f"/{path}").json()["sparql"]
    asked = client.post("/sparql", data={"query": query}, headers={"accept": "application/n-triples"})
    wanted = {str(t) for t in ox.parse(asked.content, format=ox.RdfFormat.N_TRIPLES)}
    assert wanted
    for suffix, form in ((".ttl", ox.RdfFormat.TURTLE), (".jsonld", ox.RdfFormat.JSON_LD)):
        response = client.get(f"/{path}{suffix}")
        assert response.status_code == 200
        assert {str(t) for t in ox.parse(response.content, format=form)} == wanted


def test_alternates_lead_to_the_other_formats(client: httpx.Client) -> None:
    response = client.get(f"/clauses/{CLAUSE}/para_1")
    for link in response.headers["link"].split(", "):
        address, relation, media_type = (part.strip() for part in link.split(";"))
        assert relation == 'rel="alternate"'
        assert client.get(address.strip("<>")).headers["content-type"].startswith(media_type[6:-1])


def test_paging_gives_every_record_once(client: httpx.Client) -> None:
    seen: list[str] = []
    address: str | None = "/targets?limit=37"
    while address:
        page = client.get(address).json()
        seen += [row["id"] for row in page["items"]]
        address = page["next"]
    assert len(seen) == len(set(seen)) == page["total"]


def test_a_clause_shows_its_characters_in_the_source(client: httpx.Client) -> None:
    clause = client.get(f"/clauses/{CLAUSE}/para_1").json()
    text = (CORPUS / clause["source"]["file"]).read_bytes().decode("utf-8")
    assert text[clause["start"] : clause["end"]] == clause["source"]["text"]
    assert text[: clause["start"]].endswith(clause["source"]["before"])


def test_html_escapes_what_it_shows(client: httpx.Client) -> None:
    page = client.get("/ask?q=<script>alert(1)</script>", headers={"accept": "text/html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("documents/nothing", 404), ("clauses/nothing/part_1", 404), ("agencies/不存在的单位", 404), ("nowhere", 404),
        ("coverage?higher=a&lower=b", 404), ("deadlines?by=tomorrow", 422), ("targets?limit=0", 422), ("ask", 422),
        ("deadlines?by=2023-13-45", 400), ("targets?document=nothing", 404),
    ],
)  # fmt: skip
def test_errors_are_problems_with_a_remedy(client: httpx.Client, path: str, status: int) -> None:
    response = client.get(f"/{path}")
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert response.json()["remedy"]


def test_nothing_acceptable_is_406(client: httpx.Client) -> None:
    assert client.get("/targets", headers={"accept": "image/png"}).status_code == 406
    assert client.get("/documents/national-yangtze-2022.csv").status_code == 406


def test_openapi_names_every_resource_with_an_example(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/sparql", "/graphs", "/targets", "/clauses/{id}", "/readyz"} <= set(paths)
    for path, found in paths.items():
        if path in ("/healthz", "/readyz", "/metrics", "/sparql", "/graphs"):
            continue
        content = found["get"]["responses"]["200"]["content"]
        if not {"application/json", "application/ld+json"} & set(content):
            continue  # a file or a picture
        example = content.get("application/json", content.get("application/ld+json"))["example"]
        assert json.dumps(example) != "{}", path


def test_addresses_that_the_docs_give_are_answered(client: httpx.Client) -> None:
    """Those of the HTTP page of the site (`scripts/site_pages.py`), which are on the corpus; what no text has is left out."""
    spec = importlib.util.spec_from_file_location("site_pages", CORPUS.parent / "scripts" / "site_pages.py")
    assert spec is not None and spec.loader is not None
    pages = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pages)
    given = [address for address in pages.ADDRESSES.values() if "{" not in address.replace("{ ?s ?p ?o }", "")]
    answers = {address: client.get(address) for address in given}
    assert len(given) > 25
    assert {address: answer.status_code for address, answer in answers.items() if answer.status_code != 200} == {}
    assert [address for address, answer in answers.items() if answer.headers["content-type"] == "application/json" and answer.json().get("total") == 0] == []


def test_annotation_of_a_record_quotes_its_source(client: httpx.Client) -> None:
    target = client.get("/targets").json()["items"][0]
    made = client.get(f"/annotations/{target['id']}")
    assert made.headers["content-type"].startswith('application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"')
    position, quotation = made.json()["target"]["selector"]
    assert (position["start"], position["end"]) == (target["start"], target["end"])
    assert "".join(quotation["exact"].split()) == "".join(target["text"].split())
    assert client.get("/annotations/nothing/part_1").status_code == 404


@pytest.mark.slow
def test_no_input_breaks_the_service(client: httpx.Client) -> None:
    """schemathesis: whatever the description allows gives no 5xx, and no status that is not declared."""
    document = client.get("/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    kept = hypothesis_settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    checked = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        declared = set(operation.definition.raw["responses"])

        kept(given(case=operation.as_strategy())(_checker(str(client.base_url), declared)))()
        checked += 1
    assert checked > 15


def _checker(base_url: str, declared: set[str]):
    def check(case: schemathesis.Case) -> None:
        response = case.call(base_url=base_url)
        assert response.status_code < 500 or response.status_code in (503, 504), case.as_curl_command()
        assert str(response.status_code) in declared | {"404", "405"}, f"{response.status_code} {case.as_curl_command()}"

    return check


def test_numbers_written_as_fractions_are_no_fault(client: httpx.Client) -> None:
    assert client.get("/documents?limit=5.0&offset=1.0").json()["offset"] == 1
    assert client.get("/sources/national-yangtze-2022?start=²").status_code == 200


def test_coverage_and_comparison_heed_each_filter_alone(client: httpx.Client) -> None:
    every = client.get("/coverage?limit=1000").json()["total"]
    higher = client.get("/coverage?higher=national-yangtze-2022&limit=1000").json()
    assert 0 < higher["total"] < every
    assert {row["subject"].partition("/")[0] for row in higher["items"]} == {"national-yangtze-2022"}
    lower = client.get("/compare?lower=chongqing-yangtze-2023&limit=1000").json()
    assert 0 < lower["total"] < client.get("/compare").json()["total"]
    for path in ("/coverage?higher=nobody", "/coverage?lower=nobody", "/compare?higher=nobody"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "national-yangtze-2022" in answer.text


def test_neighbours_are_aligned_on_the_spot_and_said_to_be(client: httpx.Client) -> None:
    pair = "higher=sichuan-yangtze-2023&lower=chongqing-yangtze-2023"
    found = client.get(f"/coverage?{pair}&limit=1000").json()
    assert {row["status"] for row in found["items"] if "#" not in row["subject"] and "target" not in row["subject"]} <= {"corresponds", "absent", "new"}
    assert "四川省" in found["note"]
    assert "重庆市" in found["note"]
    answered = next(row["subject"] for row in found["items"] if row["status"] == "corresponds")
    links = client.get(f"/clauses/{answered}/implementations?document=chongqing-yangtze-2023").json()
    assert {link["relation"] for link in links["items"]} == {"parallels"}
    wrong = client.get("/coverage?higher=chongqing-yangtze-2023&lower=national-yangtze-2022")
    assert wrong.status_code == 404
    assert "Swap them" in wrong.text


def test_any_document_can_be_named_to_stand_beside_another(client: httpx.Client) -> None:
    answer = client.get("/beside?one=sichuan-yangtze-2023&other=渝环规〔2023〕1号", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/compare/sichuan-yangtze-2023/chongqing-yangtze-2023")
    assert client.get("/beside?one=sichuan-yangtze-2023&other=没有的文件").status_code == 404


def test_chain_of_an_item_and_the_way_back_up(client: httpx.Client) -> None:
    down = client.get("/chain?document=national-yangtze-2022&item=10").json()["items"]
    assert {step["document"] for step in down if step["depth"] == 1} >= {"sichuan-yangtze-2023", "chongqing-yangtze-2023"}
    clause = next(step["clause"] for step in down if step["document"] == "sichuan-yangtze-2023" and step["clause"])
    assert [step["depth"] for step in client.get(f"/chain?clause={clause}").json()["items"]][-1] == 0
    assert client.get("/chain?document=national-yangtze-2022").status_code == 400
    assert client.get("/chain").status_code == 404


@pytest.mark.parametrize("path", ["/search?q=水&due_by=2023-99-99", "/search?q=水&due_by=２０２３", "/deadlines?by=2023-13-01", "/deadlines?since=２０２３-01-01"])
def test_days_that_no_calendar_has_are_refused(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code in (400, 422)


def test_links_in_headers_hold_nothing_but_addresses(client: httpx.Client) -> None:
    link = client.get('/documents?x=1>;rel="next",<http://evil.example/').headers["link"]
    assert "<http://evil" not in link
    assert all(part.strip().startswith("</documents") for part in link.split(", "))


def test_no_agency_is_not_every_agency(client: httpx.Client) -> None:
    assert client.get("/agencies/", follow_redirects=False).status_code in (307, 404)


@pytest.mark.parametrize(
    ("form", "media", "begins"),
    [("html", "text/html", b"<!doctype html>"), ("md", "text/markdown", b"# "), ("docx", "application/vnd.openxml", b"PK")],
)
def test_page_of_a_pair_comes_in_three_forms(client: httpx.Client, form: str, media: str, begins: bytes) -> None:
    answer = client.get(f"/compare/national-yangtze-2022/sichuan-yangtze-2023/report?format={form}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media)
    assert answer.content.startswith(begins)


def test_page_of_a_pair_in_no_known_form_says_which_there_are(client: httpx.Client) -> None:
    answer = client.get("/compare/national-yangtze-2022/sichuan-yangtze-2023/report?format=pdf", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert "docx" in answer.text
