"""What other tools ask of the service: texts verified."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

RIGHT = "四川方案提出，到2025年，农膜回收率达到85%以上。"
WRONG = "四川方案提出，到2025年，农膜回收率达到80%以上。今天天气<b>很好</b>。"


@pytest.fixture(scope="module")
def client(serve, small_data) -> Iterator[httpx.Client]:
    with serve(small_data) as service, httpx.Client(base_url=service.url, timeout=300) as found:
        yield found


@pytest.mark.parametrize("sent", [{"content": RIGHT.encode(), "headers": {"content-type": "text/plain; charset=utf-8"}}, {"json": {"text": RIGHT}}, {"data": {"text": RIGHT, "document": ""}}])
def test_text_is_verified_however_it_is_sent(client: httpx.Client, sent: dict) -> None:
    response = client.post("/verify", **sent)
    answer = response.json()
    assert response.status_code == 200 and answer["outcome"] == "found" and "etag" not in response.headers
    where = answer["claims"][0]["where"]
    assert client.get(f"/clauses/{where['clause']}").status_code == 200
    assert client.get(f"/sources/{where['document']}?start={where['start']}&end={where['end']}").status_code == 200


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_takes_a_text_and_marks_its_claims(client: httpx.Client, lang: str) -> None:
    html = {"accept": "text/html"}
    assert "<textarea" in client.get(f"/verify?lang={lang}", headers=html).text
    page = client.post(f"/verify?lang={lang}", data={"text": WRONG}, headers=html)
    assert page.status_code == 200 and '<mark class="claim contradicted">' in page.text
    assert "<b>很好</b>" not in page.text and "&lt;b&gt;" in page.text
    assert ("数字不同" if lang == "zh" else "Another figure") in page.text


@pytest.mark.parametrize(
    ("sent", "status", "says"),
    [
        ({"content": b"a" * 5_000_000, "headers": {"content-type": "text/plain"}}, 413, "request_bytes"),
        ({"content": b"a" * 200_000, "headers": {"content-type": "text/plain"}}, 413, "verify_characters"),
        ({"content": b"\xff\xfeabc\x00\x01", "headers": {"content-type": "text/plain"}}, 400, "byte-order mark"),
        ({"content": b"%PDF", "headers": {"content-type": "application/pdf"}}, 415, "application/pdf"),
        ({"content": b"", "headers": {"content-type": "text/plain"}}, 400, "no text"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "no JSON"),
        ({"json": {"text": 3}}, 400, "`text`"),
        ({"content": b'{"text": "\\ud800"}', "headers": {"content-type": "application/json"}}, 400, "surrogate"),
        ({"content": b"a=1&" * 50, "headers": {"content-type": "application/x-www-form-urlencoded"}}, 400, "`text`"),
        ({"json": {"text": RIGHT, "document": "hubei"}}, 404, "hubei"),
        ({"json": {"text": RIGHT}, "headers": {"accept": "image/png"}}, 406, "formats"),
    ],
)
def test_text_that_cannot_be_verified_is_a_problem_with_the_way_out(client: httpx.Client, sent: dict, status: int, says: str) -> None:
    response = client.post("/verify", **sent)
    assert response.status_code == status and says in response.json()["detail"]
    assert response.json()["remedy"]


def test_service_answers_on_after_clients_that_close(client: httpx.Client) -> None:
    import socket

    host, port = client.base_url.host, client.base_url.port
    body = (RIGHT * 500).encode()
    for sent in (len(body), len(body) // 2):
        with socket.create_connection((host, port or 80)) as connection:
            connection.sendall(b"POST /verify HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n\r\n" % len(body) + body[:sent])
    assert client.post("/verify", json={"text": RIGHT}).status_code == 200


@pytest.mark.parametrize(
    ("suffix", "media", "begins"),
    [
        ("gbt", "text/x-bibliography", "四川省生态环境厅. "),
        ("bib", "application/x-bibtex", "@misc{"),
        ("ris", "application/x-research-info-systems", "TY  - "),
        ("csl", "application/vnd.citationstyles.csl+json", "["),
    ],
)
def test_documents_clauses_and_links_are_cited_by_suffix_and_by_accept(client: httpx.Client, suffix: str, media: str, begins: str) -> None:
    clause = client.get("/clauses?document=sichuan-river-2023&leaves=true").json()["items"][4]["id"]
    link = next(row["id"] for row in client.get("/clauses/national-river-2022/part_2/item_2/implementations").json()["items"])
    for path in ("/documents/sichuan-river-2023", f"/clauses/{clause}", f"/links/{link}"):
        by_suffix, by_accept = client.get(f"{path}.{suffix}"), client.get(path, headers={"accept": media})
        assert by_suffix.status_code == by_accept.status_code == 200
        assert by_suffix.text == by_accept.text and by_suffix.text.startswith(begins)
        assert by_suffix.headers["content-type"].startswith(media) and str(client.base_url) not in by_suffix.text
    assert f'rel="alternate"; type="{media}"' in client.get("/documents/sichuan-river-2023").headers["link"]


def test_pages_offer_entries_and_lists_have_none(client: httpx.Client) -> None:
    html = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    assert 'href="/documents/sichuan-river-2023.bib"' in client.get("/documents/sichuan-river-2023", headers=html).text
    assert client.get("/documents/sichuan-river-2023").headers["content-type"] == "application/json"
    assert client.get("/documents.bib").status_code == 406
    assert client.get("/links/nowhere.bib").status_code == 404
