"""Where characters stand on pages: by what pdfium itself finds in the rectangles, and by the ink in the pictures."""

from __future__ import annotations

import importlib.util
import io
import struct
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy
import pypdfium2
import pytest

from policygraph.errors import InputError, NotFoundError, ReleaseError
from policygraph.extract import extract
from policygraph.read import Places, SourceText, draw_page
from policygraph.read.composer import Composer, strips
from policygraph.read.layout import Glyph, lines_of
from policygraph.read.pdf import read_pdf
from policygraph.segment import segment
from policygraph.settings import Settings

WILD = Path(__file__).parents[3] / "shared" / "wild"
TEXT = """四川省清江实施方案
一、主要目标
到2025年，全省城市生活污水集中收集率达到72%以上，农膜回收率达到85%以上，县级城市建成区黑臭水体基本消除，化学需氧量重点工程减排量不低于3.2万吨。
二、重点任务
（一）污水收集攻坚。排查污水收集管网，新建污水处理厂12座。到2023年年底，县级城市建成区黑臭水体消除。（住房城乡建设厅牵头，生态环境厅、水利厅等配合）
"""
Make = Callable[..., bytes]


def places_of(source: SourceText) -> Places:
    assert source.places is not None
    return source.places


@pytest.mark.skipif(not WILD.exists(), reason="the documents of ../shared/wild are not here")
@pytest.mark.parametrize("path", sorted(WILD.glob("*.pdf")), ids=lambda path: path.stem)
def test_rectangles_of_records_hold_their_words(path: Path) -> None:
    source = read_pdf(path.read_bytes(), name=path.name)
    places, pdf = places_of(source), pypdfium2.PdfDocument(path)
    layers = [page.get_textpage() for page in pdf]
    placed = sum(len("".join(source.text[strip.start : strip.end].split())) for strip in places.strips)
    assert placed == len("".join(source.text.split()))
    wanted: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for document, clauses in segment(source, doc_id="a"):
        records = extract(source, document, clauses)
        for record in (*records.targets, *records.deadlines, *records.responsibilities):
            words = Counter("".join(source.text[record.start : record.end].split()))
            found: Counter[str] = Counter()
            for r in places.rectangles(record.start, record.end):
                text = layers[r.page - 1].get_text_bounded(left=r.left - 0.5, right=r.right + 0.5, top=r.height - r.top, bottom=r.height - r.bottom)
                found.update("".join(text.split()))
            wanted += words
            held += words & found
    assert wanted.total() > 150
    assert held.total() / wanted.total() > 0.97


def pixels_of(png: bytes) -> numpy.ndarray:
    """The grey pixels of a picture that `draw_page` made."""
    width, height = struct.unpack(">II", png[16:24])
    assert png[25] == 0, "it has colours"
    at, body = 8, b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        body += png[at + 8 : at + 8 + length] if png[at + 4 : at + 8] == b"IDAT" else b""
        at += length + 12
    return numpy.frombuffer(zlib.decompress(body), dtype=numpy.uint8).reshape(height, width + 1)[:, 1:]


def share_of_ink(places: Places, picture: bytes, *, page: int, span: tuple[int, int]) -> float:
    """How much of what is dark on a page lies in the rectangles of a span."""
    dark = pixels_of(picture) < 160
    inside = numpy.zeros_like(dark)
    for r in places.rectangles(*span):
        if r.page == page:
            down, across = dark.shape[0] / r.height, dark.shape[1] / r.width
            inside[int(r.top * down) : int(r.bottom * down) + 1, int(r.left * across) : int(r.right * across) + 1] = True
    return float((dark & inside).sum() / dark.sum())


@pytest.mark.parametrize(("turn", "crop"), [(0, 0), (90, 0), (180, 0), (270, 0), (0, 40), (90, 30)])
def test_ink_of_a_page_lies_in_the_rectangles_of_its_text(policy_pdf: Make, turn: int, crop: int) -> None:
    data = policy_pdf(TEXT, turn=turn, crop=crop)
    source = read_pdf(data, name="a.pdf")
    picture = draw_page(data, name="a.pdf", page=1, settings=Settings())
    whole = (0, len(source.text))
    assert source.text.replace("\n", "") == TEXT.replace("\n", "")
    assert share_of_ink(places_of(source), picture, page=1, span=whole) > 0.98
    figure = source.text.index("城市生活污水集中收集率达到72%以上")
    part = share_of_ink(places_of(source), picture, page=1, span=(figure, figure + 18))
    assert 18 / len(TEXT) * 0.6 < part < 18 / len(TEXT) * 1.6


def test_rectangles_go_on_in_the_next_line_and_page(policy_pdf: Make) -> None:
    source = read_pdf(policy_pdf(TEXT + "加强监督考核，" * 160 + "建立台账。"), name="a.pdf")
    places = places_of(source)
    start = source.text.index("加强监督考核")
    rectangles = places.rectangles(start, len(source.text))
    assert {r.page for r in rectangles} == {1, 2} == set(range(1, len(places.pages) + 1))
    assert len(rectangles) > 20
    assert all(0 <= r.left < r.right <= r.width and 0 < r.top < r.bottom < r.height for r in rectangles)
    assert places.page_of(len(source.text) - 3) == 2
    first, last = places.span_of(2) or (0, 0)
    assert source.text[first:last].endswith("建立台账。")
    assert places.rectangles(start, start) == []


def test_places_are_the_same_packed_and_unpacked(policy_pdf: Make) -> None:
    places = places_of(read_pdf(policy_pdf(TEXT), name="a.pdf"))
    assert Places.unpacked(places.packed()) == places
    for broken in (b"", b"{}", places.packed()[:-9]):
        with pytest.raises(ReleaseError, match="Build again"):
            Places.unpacked(broken)


def test_no_place_is_given_where_the_text_is_not_that_of_the_lines() -> None:
    lines = lines_of([Glyph(char, 12.0 * k, 12.0 * k + 12, 100, 12) for k, char in enumerate("农膜回收率")])
    assert [(s.start, s.end) for s in strips("农膜 回收率", lines, at=7)] == [(7, 13)]
    assert strips("农膜利用率", lines, at=0) == []
    assert strips("农膜回收率达85%", lines, at=0) == []
    composer = Composer("a.pdf", Settings())
    composer.paragraph("农膜利用率", lines=lines)
    assert composer.source(b"a", media_type="application/pdf").places is None


def test_a_page_that_is_not_there_says_which_are(policy_pdf: Make) -> None:
    with pytest.raises(NotFoundError, match="has no page 2. It has pages 1 to 1"):
        draw_page(policy_pdf(TEXT), name="a.pdf", page=2, settings=Settings())


def test_a_damaged_file_is_not_drawn() -> None:
    with pytest.raises(InputError, match="not a readable PDF"):
        draw_page(b"%PDF-1.7 nothing", name="a.pdf", page=1, settings=Settings())


@pytest.mark.skipif(importlib.util.find_spec("rapidocr") is None, reason="the ocr extra is not installed")
@pytest.mark.parametrize("kind", ["PDF", "PNG"])
def test_characters_of_a_scan_have_their_places(policy_pdf: Make, kind: str) -> None:
    from policygraph.read import read_bytes

    image = pypdfium2.PdfDocument(policy_pdf(TEXT))[0].render(scale=2).to_pil().convert("L")
    stream = io.BytesIO()
    image.save(stream, kind, resolution=144)
    source = read_bytes(stream.getvalue(), name=f"scan.{kind.lower()}")
    assert source.ocr
    picture = draw_page(stream.getvalue(), name="scan", page=1, settings=Settings())
    assert share_of_ink(places_of(source), picture, page=1, span=(0, len(source.text))) > 0.95
