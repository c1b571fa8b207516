"""Reviewing over HTTP: who may, what is refused, that every write is on record, and that answers follow."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import httpx
import pytest

pytestmark = pytest.mark.slow


def _module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reviewing_service", Path(__file__).with_name("reviewing.py"))
    assert spec is not None and spec.loader is not None
    module = sys.modules.setdefault("reviewing_service", importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module


NATIONAL, SICHUAN = "national-river-2022", "sichuan-river-2023"


@pytest.fixture(scope="module")
def service(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    top = tmp_path_factory.mktemp("review") / "top"
    shutil.copytree(small_data.parent, top, symlinks=True)
    with _module().served(top) as found:
        yield found


def first_link(service, reviewer: str, **params: str) -> str:
    with service.client(reviewer) as client:
        return client.get("/review", params=params).json()["items"][0]["id"]


def audit(service) -> list[dict[str, str]]:
    return [json.loads(line) for line in (service.top / "corpus" / "audit.jsonl").read_text("utf-8").splitlines()]


def test_verdict_is_kept_audited_and_soon_in_force(service) -> None:
    identifier = first_link(service, "li", document=SICHUAN, higher=NATIONAL)
    before = service.live()
    with service.client("li") as client:
        answer = client.post("/review/verdicts", json={"id": identifier, "judgement": "rejected", "reason": "所述对象不同"})
        assert answer.status_code == 201 and answer.json()["reviewer"] == "li"
        assert identifier not in {item["id"] for item in client.get("/review").json()["items"]}
    assert service.in_force(other_than=before)
    rows = httpx.get(f"{service.address}/clauses/{NATIONAL}/implementations", headers={"Accept": "application/json"}).status_code
    assert rows in (200, 404)
    exported = httpx.get(f"{service.address}/links/{identifier}", headers={"Accept": "text/html"})
    assert exported.status_code == 200 and "人工否定" in exported.text and "所述对象不同" in exported.text
    last = audit(service)[-1]
    assert (last["reviewer"], last["action"], last["judgement"], last["record"], last["client"]) == ("li", "judge", "rejected", identifier, "127.0.0.1")


@pytest.mark.parametrize("token", ["0", "wrong", "x" * 5000, "\u00e9"])
def test_forged_token_is_refused_and_on_record(service, token: str) -> None:
    before = len((service.top / "corpus" / "verdicts.jsonl").read_bytes()) if (service.top / "corpus" / "verdicts.jsonl").exists() else 0
    headers = {"Authorization": f"Bearer {token}".encode("latin-1")}
    answer = httpx.post(f"{service.address}/review/verdicts", json={"id": "link-0", "judgement": "rejected"}, headers=headers)
    assert answer.status_code == 401 and answer.headers["content-type"] == "application/problem+json" and "remedy" in answer.json()
    assert audit(service)[-1]["refused"] == "unknown token"
    after = len((service.top / "corpus" / "verdicts.jsonl").read_bytes()) if (service.top / "corpus" / "verdicts.jsonl").exists() else 0
    assert before == after


def test_no_token_no_page(service) -> None:
    shown = httpx.get(f"{service.address}/review", headers={"Accept": "text/html"})
    assert shown.status_code == 303 and shown.headers["location"] == "/review/sign-in"
    assert httpx.get(f"{service.address}/review", headers={"Accept": "application/json"}).status_code == 401


def test_reader_reads_and_does_not_judge(service) -> None:
    with service.client("chen") as client:
        assert client.get("/review").status_code == 200
        refused = client.post("/review/verdicts", json={"id": "link-0", "judgement": "accepted"})
    assert refused.status_code == 403 and "does not judge" in refused.json()["detail"]
    assert audit(service)[-1]["refused"] == "a reader"


def test_word_of_another_cannot_be_taken_back_and_only_editors_settle(service) -> None:
    identifier = first_link(service, "li", document="chongqing-river-2023")
    with service.client("li") as li, service.client("wang") as wang, service.client("zhao") as zhao:
        theirs = li.post("/review/verdicts", json={"id": identifier, "judgement": "accepted"}).json()
        assert wang.post("/review/verdicts", json={"withdraw": theirs["id"]}).status_code == 400
        assert wang.post("/review/verdicts", json={"id": identifier, "judgement": "rejected", "settle": True}).status_code == 400
        assert wang.post("/review/verdicts", json={"id": identifier, "judgement": "rejected"}).status_code == 201
        lists = zhao.get("/review/lists").json()
        assert [row["settled"] for row in lists["disagreements"] if row["id"] == identifier] == [False]
        assert zhao.post("/review/verdicts", json={"id": identifier, "judgement": "accepted", "settle": True}).status_code == 201
        lists = zhao.get("/review/lists").json()
        assert [row["settled"] for row in lists["disagreements"] if row["id"] == identifier] == [True]
        assert {(row["one"], row["other"]) for row in lists["agreement"]} >= {("li", "wang")}


def session(service, reviewer: str) -> tuple[httpx.Client, str]:
    """A browser's cookie jar after signing in, and the token of its forms."""
    client = httpx.Client(base_url=service.address, headers={"Accept": "text/html", "Origin": service.address}, timeout=60)
    answer = client.post("/review/sign-in", data={"token": service.tokens[reviewer]})
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and service.tokens[reviewer] not in cookie
    page = client.get("/review").text
    return client, page.split('name="csrf" value="')[1].split('"')[0]


@pytest.mark.parametrize("forged", [{"origin": "https://evil.example"}, {"csrf": "wrong"}, {"csrf": ""}])
def test_form_of_another_site_is_refused(service, forged: dict[str, str]) -> None:
    client, csrf = session(service, "wang")
    with contextlib.closing(client):
        headers = {"Origin": forged["origin"]} if "origin" in forged else {}
        given = {"id": "link-0", "judgement": "rejected", "csrf": forged.get("csrf", csrf)}
        answer = client.post("/review/verdicts", data=given, headers=headers)
    assert answer.status_code == 403
    assert audit(service)[-1] | {"time": ""} == {"time": "", "client": "127.0.0.1", "reviewer": "wang", "action": "judge", "refused": "forged request"}


def test_session_ends_when_its_reviewer_is_taken_out(service) -> None:
    client, csrf = session(service, "wang")
    path = service.top / "corpus" / "reviewers.txt"
    kept = path.read_text("utf-8")
    try:
        path.write_text("".join(line for line in kept.splitlines(keepends=True) if not line.startswith("wang ")), "utf-8")
        with contextlib.closing(client):
            assert client.get("/review").status_code == 303
            assert client.post("/review/verdicts", data={"id": "x", "judgement": "accepted", "csrf": csrf}).status_code == 401
        with service.client("wang") as bearer:
            assert bearer.get("/review").status_code == 401
    finally:
        path.write_text(kept, "utf-8")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"[]", 400), (b"{", 400), (b'{"id": 1, "judgement": "accepted"}', 400), (b'{"id": "link-0", "judgement": "accepted"}', 404),
        (b'{"add": 1}', 400), (b'{"add": {"kind": "clause", "document": "x", "quote": "y", "fields": {}}}', 400), (b'{"id": "link-0", "judgement": "sold"}', 400),
        (b"[" * 200_000, 400), (b'{"id": "../../etc/passwd", "judgement": "accepted"}', 404),
    ],
)  # fmt: skip
def test_bad_body_is_one_clear_problem(service, body: bytes, status: int) -> None:
    with service.client("li") as client:
        answer = client.post("/review/verdicts", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status and answer.headers["content-type"] == "application/problem+json", answer.text


def test_what_was_missed_is_added_by_json(service) -> None:
    added = {"kind": "target", "document": SICHUAN, "quote": "建成示范区3个", "fields": {"indicator": "示范区", "value": 3, "unit": "个"}}
    before = service.live()
    with service.client("li") as client:
        assert client.post("/review/verdicts", json={"add": added, "reason": "漏"}).status_code == 201
    service.in_force(other_than=before)

    def there() -> bool:
        rows = httpx.get(f"{service.address}/targets", params={"document": SICHUAN}, headers={"Accept": "application/json"}).json()["items"]
        return any(row["indicator"] == "示范区" and row["verdict"] in ("added", "accepted", "corrected") for row in rows)

    service.until(there)


def test_tokens_are_hashed_at_rest(service) -> None:
    held = (service.top / "corpus" / "reviewers.txt").read_text("utf-8") + (service.top / "corpus" / "audit.jsonl").read_text("utf-8")
    assert not any(token in held for token in service.tokens.values())
    assert (service.top / "corpus" / "audit.jsonl").stat().st_mode & 0o077 == 0


def test_without_review_no_route_writes(small_data: Path, tmp_path: Path) -> None:
    shutil.copytree(small_data.parent, tmp_path / "top", symlinks=True)
    with _module().served(tmp_path / "top", review=False) as service, service.client("li") as client:
        for path in ("/review", "/review/verdicts", "/review/sign-in"):
            assert client.get(path).status_code == 404
            assert client.post(path, json={"id": "link-0", "judgement": "accepted"}).status_code in (404, 405)
        assert client.get("/about", headers={"Accept": "text/html"}).status_code == 200
    assert not (tmp_path / "top" / "corpus" / "verdicts.jsonl").exists()


def test_tokens_do_not_travel_in_the_clear(cli, small_data: Path) -> None:
    served = cli("serve", "--data", small_data, "--review", "--host", "192.0.2.1", "--port", "0")
    assert served.returncode == 2 and "--behind-tls" in served.stderr


def test_strangers_do_not_fill_the_audit_log(small_data: Path, tmp_path: Path) -> None:
    shutil.copytree(small_data.parent, tmp_path / "top", symlinks=True)
    with _module().served(tmp_path / "top", "--review-refusals", "3") as service:
        for _ in range(12):
            assert httpx.get(f"{service.address}/review", headers={"Authorization": "Bearer no"}).status_code == 401
        assert 4 <= len(audit(service)) <= 8  # a minute may end in between
