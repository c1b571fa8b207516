"""Search over small real indexes: conditions, bridging, filters, confidence, bad input."""

from __future__ import annotations

import cProfile
import filecmp
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from policygraph.encode.encoder import E5Encoder
from policygraph.encode.kept import KeptEncoder
from policygraph.encode.text import grams, sentences
from policygraph.errors import EncoderError, NotFoundError, ReleaseError, UsageError
from policygraph.extract import extract
from policygraph.model import DocumentRecords
from policygraph.read import read_file
from policygraph.search import Searcher, build_index
from policygraph.search.bridge import bridges
from policygraph.search.understand import understand
from policygraph.segment import segment
from policygraph.settings import Settings

NATIONAL = """关于印发《清江保护行动方案》的通知

国环〔2022〕5号

各省、自治区、直辖市人民政府：

现将《清江保护行动方案》印发给你们，请遵照执行。

生态环境部

2022年3月1日

清江保护行动方案

一、总体要求

（一）工作目标。到2025年年底，城市生活污水集中收集率达到70%以上，农膜回收率达到85%以上。

二、主要任务

（二）推进污水收集。全面排查污水收集管网，新建污水处理厂50座。到2023年年底，县级城市建成区黑臭水体基本消除。（住房和城乡建设部牵头，生态环境部、水利部等配合）

（三）保护饮用水水源。完善饮用水水源地名录，开展规范化建设。禁止在保护区内新建排污口。（生态环境部负责）

（四）推广岸电。鼓励船舶使用岸电，2024年底前完成港口改造。（交通运输部牵头，国家能源局配合）

（五）处理厨余垃圾。推进餐厨垃圾资源化利用和无害化处理。（住房和城乡建设部牵头）
"""
SICHUAN = """四川省清江保护实施方案

川环发〔2023〕8号

为贯彻落实《清江保护行动方案》（国环〔2022〕5号），制定本方案。

一、主要目标

到2025年，全省城市生活污水集中收集率达到72%以上，农膜回收率达到85%以上。

二、重点任务

（一）污水收集攻坚。排查污水收集管网，新建污水处理厂12座。到2023年年底，县级城市建成区黑臭水体消除。（住房城乡建设厅牵头，生态环境厅、水利厅等配合）

（二）水源地保护。完善饮用水水源地名录，推进规范化建设。（生态环境厅负责）

（三）发展绿色农业。推广测土配方施肥技术，推进畜禽粪污资源化利用，2024年底前建成示范区3个。（农业农村厅牵头）

四川省生态环境厅

2023年5月6日
"""


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[DocumentRecords]:
    folder = tmp_path_factory.mktemp("texts")
    found = []
    for name, text in (("national.txt", NATIONAL), ("sichuan.txt", SICHUAN)):
        path = folder / name
        path.write_text(text, "utf-8")
        source = read_file(path)
        found += [extract(source, document, clauses) for document, clauses in segment(source, doc_id=path.stem)]
    return found


@pytest.fixture(scope="module")
def folder(records: list[DocumentRecords], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    build_index(records, folder, encoder=E5Encoder())
    return folder


@pytest.fixture(scope="module")
def searcher(folder: Path) -> Searcher:
    return Searcher.open(folder)


@pytest.fixture(scope="module")
def lexical(records: list[DocumentRecords], tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    folder = tmp_path_factory.mktemp("lexical")
    build_index(records, folder, encoder=None)
    return Searcher.open(folder)


@pytest.mark.parametrize(
    ("query", "document", "word"),
    [
        ("岸电", "national", "岸电"),  # the word itself
        ("泔水怎么处理？", "national", "餐厨垃圾"),  # lay word
        ("养猪的粪便怎么办", "sichuan", "畜禽粪污"),  # lay words, another document
        ("shore power for ships", "national", "岸电"),  # English
        ("How will Sichuan protect drinking water sources?", "sichuan", "水源地"),  # English with a region
        ("四川由农业农村厅牵头的工作有哪些", "sichuan", "测土配方"),  # agency and role
        ("四川2024年底前要完成哪些任务", "sichuan", "示范区"),  # date and region
        ("国家方案第三条", "national", "饮用水水源地"),  # item number
    ],
)
def test_first_hit_answers(searcher: Searcher, query: str, document: str, word: str) -> None:
    result = searcher.search(query)
    first = result.hits[0]
    assert first.document == document
    assert word in first.text
    assert result.confident and not result.message


def test_hit_carries_its_evidence(searcher: Searcher) -> None:
    hit = searcher.search("泔水怎么处理？").hits[0]
    assert NATIONAL[hit.start : hit.end].replace("\n", "").startswith(hit.text[:8]) or hit.text[:8] in NATIONAL
    assert "餐厨垃圾" in {hit.text[s.start : s.end] for s in hit.highlights if s.kind == "words"}
    assert "餐厨垃圾" in hit.text[hit.sentence[0] : hit.sentence[1]]
    assert {"bridge", "meaning"} <= {reason.kind for reason in hit.why}
    assert any("泔水 → 餐厨垃圾" in reason.text for reason in hit.why)


@pytest.mark.parametrize("query", ["红烧肉怎么做", "world cup schedule", "怎样申请护照"])
def test_nothing_answers_and_it_says_so(searcher: Searcher, query: str) -> None:
    result = searcher.search(query)
    assert not result.confident
    assert "No confident match" in result.message


def test_conditions_are_reported(searcher: Searcher) -> None:
    asked = understand("四川由农业农村厅牵头、2024年底前完成的工作", searcher.index)
    assert {c.field: c.value for c in asked.conditions} == {
        "region": "510000", "agency": "农业农村厅", "role": "lead", "due": "2024-12-31",
    }  # fmt: skip
    assert asked.bare


@pytest.mark.parametrize(
    ("query", "field", "values"),
    [
        ("四川以外的岸电", "region", {"000000"}),
        ("除四川外的岸电", "region", {"000000"}),
        ("国家的农膜回收率", "region", {"000000"}),
        ("全国 黑臭水体", "region", {"000000"}),
        ("national item 3", "region", {"000000"}),
        ("国家公园", "region", set()),
        ("国家重点生态功能区", "region", set()),
        ("农膜回收率达到多少", "indicator", {"农膜回收率"}),
        ("item three of the national plan", "number", {"3"}),
        ("国家方案第（三）项", "number", {"3"}),
        ("第三条生产线", "number", set()),
    ],
)
def test_conditions_in_words(searcher: Searcher, query: str, field: str, values: set[str]) -> None:
    assert {c.value for c in understand(query, searcher.index).conditions if c.field == field} == values


@pytest.mark.parametrize(
    ("query", "day"),
    [
        ("2024年底前完成什么", "2024-12-31"), ("2024年前", "2023-12-31"), ("before 2024", "2023-12-31"), ("by 2024", "2024-12-31"),
        ("by the end of 2023", "2023-12-31"), ("2023年6月底前", "2023-06-30"), ("2023年6月前", "2023-05-31"),
        ("2025年12月31日前", "2025-12-31"), ("2023年2月底", "2023-02-28"), ("二〇二五年底前", "2025-12-31"), ("十四五末", "2025-12-31"),
        ("“十四五”期末的目标", "2025-12-31"), ("2023年内", "2023-12-31"), ("2022年底以后的任务", None), ("after 2023", None),
        ("2025年的目标", None), ("十四五规划", None),
    ],
)  # fmt: skip
def test_days_in_words(searcher: Searcher, query: str, day: str | None) -> None:
    asked = understand(query, searcher.index).due
    assert (asked and asked.day) == day


@pytest.mark.parametrize(
    ("query", "names", "role"),
    [
        ("水利部牵头的任务", {"水利部"}, "lead"),  # the nation's
        ("水利厅配合的任务", {"水利厅"}, "cooperate"),  # a province's
        ("由水利部门牵头", {"水利部", "水利厅"}, "lead"),  # any
        ("tasks led by the Ministry of Water Resources", {"水利部"}, "lead"),
        ("农业农村厅不牵头只配合的工作", {"农业农村厅"}, "cooperate"),
    ],
)
def test_bodies_in_words(searcher: Searcher, query: str, names: set[str], role: str) -> None:
    (body,) = understand(query, searcher.index).agencies
    assert (set(body.names), body.role) == (names, role)


def test_each_body_has_its_own_role(searcher: Searcher) -> None:
    asked = understand("农业农村厅牵头、水利厅配合的工作", searcher.index)
    assert [(body.words, body.role) for body in asked.agencies] == [("农业农村厅", "lead"), ("水利厅", "cooperate")]
    both = understand("由水利厅和农业农村厅牵头", searcher.index).agencies
    assert [body.role for body in both] == ["lead", "lead"]


def test_conditions_that_no_clause_meets_leave_nothing(searcher: Searcher) -> None:
    result = searcher.search("四川第三条", document="national")
    assert result.total == 0 and not result.confident
    assert "Nothing found" in result.message


def test_reasons_name_only_what_the_clause_meets(searcher: Searcher) -> None:
    for hit in searcher.search("四川2024年底前要完成哪些任务", limit=50).hits:
        row = searcher.index.row(hit.clause)
        due = {searcher.index.names["due"][value] for place, _, value, _ in searcher.index.facts("due") if place == row}
        assert any(reason.text.startswith("due") for reason in hit.why) == any(day <= "2024-12-31" for day in due), hit.clause


@pytest.mark.parametrize(("query", "missing"), [("上海市垃圾分类", "上海"), ("sewage in Hubei", "Hubei"), ("国家方案第四十条", "40")])
def test_what_is_not_held_is_said(searcher: Searcher, query: str, missing: str) -> None:
    result = searcher.search(query)
    assert not result.confident
    assert "Not held here" in result.message and missing in result.message


def test_a_result_is_records_and_a_frame(searcher: Searcher) -> None:
    result = searcher.search("岸电", limit=3)
    frame = result.frame()
    assert [record["clause"] for record in result.records] == list(frame["clause"]) == [hit.clause for hit in result.hits]
    assert result.records[0]["why"] and frame["why"][0]
    json.dumps(result.records)


def test_no_parse_matches_words_as_they_stand(searcher: Searcher) -> None:
    assert searcher.search("四川的岸电", parse=False).conditions == ()
    assert searcher.search("四川的岸电", parse=False).hits[0].document == "national"


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"region": "四川"}, {"sichuan"}),
        ({"region": "Sichuan"}, {"sichuan"}),
        ({"region": "000000"}, {"national"}),
        ({"document": "national"}, {"national"}),
        ({"agency": "水利厅"}, {"sichuan"}),
        ({"agency": "水利", "role": "cooperate"}, {"national", "sichuan"}),
        ({"due_by": "2023"}, {"national", "sichuan"}),
        ({"indicator": "农膜回收率"}, {"national", "sichuan"}),
        ({"modality": "prohibited"}, {"national"}),
    ],
)
def test_filters_leave_others_out(searcher: Searcher, filters: dict[str, str], count: set[str]) -> None:
    for query in ("污水", ""):
        assert {hit.document for hit in searcher.search(query, limit=50, **filters).hits} == count


@pytest.mark.parametrize(
    ("filters", "known"),
    [
        ({"region": "火星"}, "四川"),
        ({"document": "nowhere"}, "sichuan"),
        ({"agency": "海关总署"}, "水利厅"),
        ({"kind": "poem"}, "measure"),
        ({"role": "boss"}, "lead"),
        ({"modality": "maybe"}, "mandatory"),
        ({"due_by": "soon"}, "2023-12-31"),
    ],
)
def test_unknown_filter_values_list_the_known(searcher: Searcher, filters: dict[str, str], known: str) -> None:
    with pytest.raises(UsageError, match=known):
        searcher.search("污水", **filters)


def test_paging_has_no_cap_and_no_repeats(searcher: Searcher) -> None:
    every = searcher.search("污水", limit=100)
    pages = [hit.clause for offset in range(0, every.total, 2) for hit in searcher.search("污水", limit=2, offset=offset).hits]
    assert pages == [hit.clause for hit in every.hits]
    assert len(set(pages)) == every.total
    assert searcher.search("污水", offset=10_000).hits == ()


def test_facets_count_what_was_found(searcher: Searcher) -> None:
    facets = searcher.search("黑臭水体").facets
    assert {value.value for value in facets["region"]} == {"000000", "510000"}


def test_similar_finds_the_counterpart(searcher: Searcher) -> None:
    hit = searcher.search("岸电 黑臭水体 污水收集管网 国家方案").hits[0]
    near = searcher.similar(hit.clause, limit=5)
    assert hit.clause not in {h.clause for h in near.hits}
    assert "污水收集" in searcher.similar(searcher.search("污水收集管网", document="national").hits[0].clause, document="sichuan").hits[0].text
    with pytest.raises(NotFoundError):
        searcher.similar("national/nowhere")


def test_a_counterpart_is_a_match_and_a_clause_on_something_else_is_not(searcher: Searcher) -> None:
    pipes = searcher.search("污水收集管网", document="national").hits[0].clause
    near = searcher.similar(pipes, document="sichuan")
    assert near.confident and not near.message
    assert near.hits[0].confidence > 0.5 > near.hits[-1].confidence


@pytest.mark.parametrize(
    "query",
    [
        "污", "a", "1", "😀岸电😀", "岸电\x00\x07", "' OR 1=1; DROP TABLE clauses; --", 'text:岸电 AND (a OR "b") ~2^3 [* TO *]',
        "污水" * 5000, "\\", "()", "《", "第条", "第九九九条", "9999年底前", "2024年99月底", "由牵头", "四川", "\ud800岸电", "ＡＢＣ", "%s {} $x",
        "२०२५ 年", "岸" + "\u0301" * 50,
    ],
)  # fmt: skip
def test_hostile_queries_give_an_answer_or_a_clear_error(searcher: Searcher, lexical: Searcher, query: str) -> None:
    for one in (searcher, lexical):
        try:
            result = one.search(query)
        except UsageError as error:
            assert "no word" in str(error)
        else:
            json.dumps(result.to_dict())


@pytest.mark.parametrize("query", ["", "   ", "\u200b", "？！", "😀"])
def test_queries_without_a_word_are_refused(searcher: Searcher, query: str) -> None:
    with pytest.raises(UsageError, match="no word"):
        searcher.search(query)


def test_long_query_is_cut_and_told(searcher: Searcher) -> None:
    assert "first 1000 characters" in searcher.search("污水" * 5000).message


@pytest.mark.parametrize("bounds", [{"limit": 0}, {"offset": -1}])
def test_senseless_bounds_are_refused(searcher: Searcher, bounds: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        searcher.search("污水", **bounds)


def test_lexical_release_answers_and_says_so(lexical: Searcher) -> None:
    result = lexical.search("岸电")
    assert "岸电" in result.hits[0].text
    assert not result.semantic
    assert "no sentence encoder" in result.message
    assert "饮用水" in lexical.search("drinking water sources").hits[0].text


def test_a_folder_in_which_no_lock_can_be_made_is_searched(records: list[DocumentRecords], tmp_path: Path) -> None:
    folder = tmp_path / "index"
    build_index(records, folder, encoder=None)
    (folder / "lexical" / ".tantivy-meta.lock").mkdir()  # root may write everywhere, but not a file over a folder
    assert "岸电" in Searcher.open(folder).search("岸电").hits[0].text


def test_the_longest_query_is_a_setting(records: list[DocumentRecords], tmp_path: Path) -> None:
    build_index(records, tmp_path / "index", encoder=None)
    assert "first 4 characters" in Searcher.open(tmp_path / "index", settings=Settings(search_characters=4)).search("农膜回收率达到多少").message


class _Other(E5Encoder):
    """The default encoder under another hash."""

    def __init__(self) -> None:
        super().__init__()
        self.name, self.hash = "other", "f" * 64


def test_another_encoder_is_refused(folder: Path) -> None:
    with pytest.raises(EncoderError, match="made with the encoder multilingual-e5-small"):
        Searcher.open(folder, encoder=_Other())


def test_folder_without_an_index_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="no search index"):
        Searcher.open(tmp_path)
    (tmp_path / "manifest.json").write_text("{}", "utf-8")
    with pytest.raises(ReleaseError):
        Searcher.open(tmp_path)


def test_empty_index_answers_nothing(tmp_path: Path) -> None:
    build_index([], tmp_path, encoder=None)
    assert Searcher.open(tmp_path).search("岸电").hits == ()


def test_opening_is_quick(folder: Path) -> None:
    """Counted in calls of functions, which are the same on every machine."""
    profile = cProfile.Profile()
    profile.runcall(Searcher.open, folder)
    assert sum(row.callcount for row in profile.getstats()) < 5_000


class _Counting(E5Encoder):
    """The default encoder, noting what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def encode_passages(self, texts):  # type: ignore[no-untyped-def]
        self.asked += texts
        return super().encode_passages(texts)


@pytest.mark.slow
def test_only_changed_clauses_are_encoded_again(records: list[DocumentRecords], tmp_path: Path) -> None:
    def built(records: list[DocumentRecords], name: str) -> list[str]:
        encoder = _Counting()
        build_index(records, tmp_path / name, encoder=KeptEncoder(encoder, tmp_path / "cache"))
        return encoder.asked

    first = built(records[:1], "one")
    second = built(records, "two")
    assert first and second and not set(second) & set(first)
    assert built(records, "three") == []
    assert filecmp.cmp(tmp_path / "two" / "sentences.faiss", tmp_path / "three" / "sentences.faiss", shallow=False)


def test_damaged_vectors_are_made_again(records: list[DocumentRecords], tmp_path: Path) -> None:
    texts = ["推广岸电。", "禁止新建排污口。", "完善水源地名录。"]
    vectors = KeptEncoder(_Counting(), tmp_path).encode_passages(texts)
    (file,) = tmp_path.iterdir()
    size = file.stat().st_size // 3
    torn = bytearray(file.read_bytes())
    torn[size + 8 : 2 * size] = bytes(size - 8)  # as after a power cut
    file.write_bytes(bytes(torn[: -size // 2]))  # and the last record not finished
    encoder = _Counting()
    assert np.array_equal(KeptEncoder(encoder, tmp_path).encode_passages(texts), vectors)
    assert encoder.asked == texts[1:]
    encoder = _Counting()
    assert np.array_equal(KeptEncoder(encoder, tmp_path).encode_passages(texts), vectors)
    assert encoder.asked == []


def test_a_text_as_query_and_as_passage_are_kept_apart(tmp_path: Path) -> None:
    kept = KeptEncoder(_Counting(), tmp_path)
    passage, query = kept.encode_passages(["推广岸电。"]), kept.encode_queries(["推广岸电。"])
    assert not np.array_equal(passage, query)
    assert np.array_equal(KeptEncoder(_Counting(), tmp_path).encode_queries(["推广岸电。"]), query)


def test_phrases_that_lay_words_are_bridged_to_need_no_encoding(searcher: Searcher) -> None:
    (bridge,) = understand("泔水怎么处理", searcher.index).bridges
    vector = searcher.index.phrase(bridge.phrase)
    assert vector is not None
    assert np.array_equal(vector, E5Encoder().encode_queries([bridge.phrase])[0])
    assert searcher.index.phrase("没有这样的词") is None


def test_an_index_without_vectors_of_phrases_answers_alike(folder: Path, searcher: Searcher, tmp_path: Path) -> None:
    older = tmp_path / "index"
    shutil.copytree(folder, older)
    manifest = json.loads((older / "manifest.json").read_text("utf-8"))
    del manifest["phrases"]
    (older / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    (older / "phrases.npy").unlink()
    assert Searcher.open(older).search("泔水怎么处理").hits == searcher.search("泔水怎么处理").hits


def test_a_search_made_again_gives_the_same(searcher: Searcher) -> None:
    first = searcher.search("推广岸电", document="national")
    assert searcher.search("推广岸电", document="national") == first != searcher.search("推广岸电", document="sichuan")


def test_vector_depends_on_its_own_text_only() -> None:
    texts = ["推广岸电。", "深入推进长江入河排污口排查整治，建立长效管理机制。" * 9, "shore power"]
    encoder = E5Encoder()
    together = encoder.encode_passages(texts)
    assert np.array_equal(np.concatenate([encoder.encode_passages([text]) for text in texts]), together)
    assert np.array_equal(E5Encoder(threads=1).encode_passages(texts[::-1]), together[::-1])


def test_approximate_index_answers_alike(records: list[DocumentRecords], searcher: Searcher, tmp_path: Path) -> None:
    import numpy as np

    from policygraph.search.vectors import VectorIndex, write_index

    random = np.random.default_rng(1)
    vectors = random.normal(size=(6000, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    factory = write_index(vectors, tmp_path / "v.faiss", flat_until=1000)
    assert factory == "PQ32x4fs"
    index = VectorIndex(tmp_path / "v.faiss", factory)
    found = [index.search(vectors[i], 10) for i in range(0, 6000, 300)]
    assert all(i in rows for i, rows in zip(range(0, 6000, 300), found, strict=True))
    rows = np.array([7, 2, 5999])  # whatever the index looks at, a row that something else found is compared exactly
    assert np.allclose(index.products(rows, vectors[3]), vectors[rows] @ vectors[3], atol=1e-3)


@pytest.mark.parametrize(
    ("query", "term"),
    [
        ("臭水沟什么时候能治好", "黑臭水体"),
        ("report pollution to the hotline", "环境信访"),
        ("electric vehicle charging stations", "充电桩"),
        ("垃圾厂能不能参观", "垃圾焚烧"),  # not 垃圾 inside 垃圾厂
        ("livestock farms", "畜禽粪污"),
    ],
)
def test_lay_words_and_english_meet_the_terms_of_policy(query: str, term: str) -> None:
    assert term in {bridge.terms[0] for bridge in bridges(query)} | {t for b in bridges(query) for t in b.terms}


def test_vocabulary_is_well_formed() -> None:
    import policygraph

    path = Path(policygraph.__file__).parent / "ontology" / "vocabulary" / "terms.tsv"
    head, *lines = path.read_text("utf-8").rstrip("\n").split("\n")
    assert head == "term\tlay\tenglish"
    seen: set[str] = set()
    for line in lines:
        terms, _, english = line.split("\t")
        assert terms and english, line
        assert all(ord(char) < 128 for char in english), line
        for term in terms.split(";"):
            assert term == term.strip() and term, line
        assert terms not in seen
        seen.add(terms)
    assert len(lines) > 150


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("岸电2025年", ["岸", "电", "岸电", "2025", "年"]),
        ("ＶＯＣｓ治理", ["vocs", "治", "理", "治理"]),
        ("，。", []),
    ],
)
def test_grams(text: str, expected: list[str]) -> None:
    assert grams(text) == expected


def test_sentences_leave_notes_out() -> None:
    text = "推广岸电设施建设。鼓励船舶使用岸电；完成改造任务。（交通运输部牵头，国家能源局配合）"
    assert [text[a:b] for a, b in sentences(text)] == ["推广岸电设施建设。", "鼓励船舶使用岸电；", "完成改造任务。"]
