"""Documents with long Chinese names have short ids; the long ones lead to them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from policygraph import PolicyGraph
from policygraph.build.pipeline import build
from policygraph.ids import former_id
from policygraph.settings import Settings

HUNG = 300

NAME = "四川省清江流域水生态环境保护修复攻坚战实施方案（2023—2025年）.txt"


@pytest.mark.slow
def test_former_ids_redirect_and_are_understood(small_corpus: Path, tmp_path: Path, serve) -> None:
    (small_corpus / "sichuan-river-2023.txt").rename(small_corpus / NAME)
    release = build(small_corpus, tmp_path / "data", settings=Settings(encoder="none")).release
    former = former_id(NAME)
    now = release.manifest.former[former]
    assert len(now) < len(former)
    with PolicyGraph(release) as graph:
        assert list(graph.clauses(former)) == list(graph.clauses(now))
        assert graph.library.document(former).id == now
        clause = graph.clauses(now)[0].id
        assert list(graph.targets(document=former)) == list(graph.targets(document=now))
        assert graph.search("水", document=former).hits == graph.search("水", document=now).hits
        assert list(graph.chain(former, clause=clause.replace(now, former))) == list(graph.chain(now, clause=clause))
    with serve(tmp_path / "data") as service, httpx.Client(base_url=service.url, timeout=HUNG) as client:
        service.until(lambda: client.get("/readyz").status_code == 200)
        moved = client.get(f"/documents/{quote(former)}")
        assert (moved.status_code, moved.headers["Location"]) == (308, f"/documents/{quote(now)}")
        for accept in ("application/json", "text/html"):
            found = client.get(f"/clauses/{quote(clause.replace(now, former))}", headers={"Accept": accept}, follow_redirects=True)
            assert (found.status_code, found.url.path) == (200, f"/clauses/{clause}")
            assert client.get(f"/compare/national-river-2022/{quote(former)}", headers={"Accept": accept}, follow_redirects=True).status_code == 200
        for asked in (
            f"/targets?document={quote(former)}", f"/clauses?leaves=true&document={quote(former)}", f"/search?q=水&document={quote(former)}",
            f"/coverage?higher=national-river-2022&lower={quote(former)}", f"/chain?clause={quote(clause.replace(now, former))}",
        ):  # fmt: skip
            found, wanted = (
                client.get(each, headers={"Accept": "application/json"}, follow_redirects=True) for each in (asked, asked.replace(quote(former), quote(now)))
            )
            assert found.status_code == wanted.status_code == 200, asked
            assert [found.json().get(name) for name in ("items", "hits")] == [wanted.json().get(name) for name in ("items", "hits")], asked
        missing = client.get("/documents/no-such-document", headers={"Accept": "application/json"})
        assert missing.status_code == 404
