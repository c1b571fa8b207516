"""A file of 10 MB ends soon in every format: read, or refused with the limit and the way out."""

from __future__ import annotations

import io
import os
import time
import zipfile
from collections.abc import Callable

import pytest

from policygraph.errors import InputError
from policygraph.read import read_bytes
from policygraph.settings import Settings

pytestmark = pytest.mark.slow

SIZE = 10 * 1024**2
LINE = "（一）到2025年，农膜回收率达到85%。（省农业农村厅牵头）"
SEPARATE = "<w:p><w:r><w:t>%s</w:t></w:r></w:p>"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word(body: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
    return stream.getvalue()


def sheet(rows: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", f"<workbook xmlns='{space}' xmlns:r='{relation}'><sheets><sheet name='a' r:id='r'/></sheets></workbook>")
        archive.writestr("xl/_rels/workbook.xml.rels", "<Relationships><Relationship Id='r' Target='a.xml'/></Relationships>")
        archive.writestr("xl/a.xml", f"<worksheet xmlns='{space}'><sheetData>{rows}</sheetData></worksheet>")
    return stream.getvalue()


def ofd(content: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("OFD.xml", "<OFD><DocRoot>D.xml</DocRoot></OFD>")
        archive.writestr("D.xml", "<Document><Page BaseLoc='P.xml'/></Document>")
        archive.writestr("P.xml", f"<Page>{content}</Page>")
    return stream.getvalue()


def pdf(pages: int, lines: int = 30) -> bytes:
    """A PDF of that many pages with that many lines of digits each."""
    content = ("BT /F1 9 Tf 40 800 Td " + ("(" + "2025 12345 67890" * 6 + ") Tj 0 -14 Td ") * lines + "ET").encode()
    kids = b" ".join(b"%d 0 R" % (2 * k + 4) for k in range(pages))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages), b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    for k in range(pages):
        objects.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>" % (2 * k + 5))
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    out, offsets = bytearray(b"%PDF-1.4\n"), b""
    for number, body in enumerate(objects, 1):
        offsets += b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    tail = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
    return bytes(out) + tail % (len(objects) + 1, offsets, len(objects) + 1, len(out))


def processor_seconds() -> float:
    """Of this process and of those that it has waited for."""
    return sum(os.times()[:4])


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "digits": ("a.txt", lambda: b"1" * SIZE),
    "text": ("a.txt", lambda: (LINE + "\n").encode() * (SIZE // 80)),
    "text in GB18030": ("a.txt", lambda: LINE.encode("gb18030") * (SIZE // 54)),
    "page": ("a.html", lambda: ("<p>" + LINE).encode() * (SIZE // 83)),
    "page of one paragraph": ("a.html", lambda: ("<p>" + LINE * (SIZE // 80)).encode()),
    "page of one table": ("a.html", lambda: ("<table>" + "<tr><td>治理<td>省水利厅" * (SIZE // 31)).encode()),
    "Word": ("a.docx", lambda: word((SEPARATE % LINE) * (SIZE // 120))),
    "Word table": ("a.docx", lambda: word("<w:tbl>" + "<w:tr><w:tc><w:p/></w:tc><w:tc><w:p/></w:tc></w:tr>" * (SIZE // 50) + "</w:tbl>")),
    "sheet": ("a.xlsx", lambda: sheet("<row><c r='A1'><v>1</v></c><c r='B1'><v>2</v></c></row>" * (SIZE // 55))),
    "OFD": ("a.ofd", lambda: ofd(f"<TextObject Boundary='1 1 9 9' Size='5'><TextCode X='0' Y='5'>{LINE}</TextCode></TextObject>" * (SIZE // 160))),
    "PDF": ("a.pdf", lambda: pdf(2900)),
    "PDF of one page": ("a.pdf", lambda: pdf(1, SIZE // 110)),
}  # fmt: skip


@pytest.fixture(scope="module")
def yardstick() -> float:
    """Processor seconds for writing out the numbers to a million and a half: 0.2 where this was written."""

    def once() -> float:
        start = processor_seconds()
        assert len([str(n) for n in range(1_500_000)]) == 1_500_000
        return processor_seconds() - start

    return min(once() for _ in range(3))


@pytest.mark.parametrize("key", FILES)
def test_ten_megabytes_are_refused_soon(key: str, yardstick: float) -> None:
    """Within ten seconds of processor time where this was written; on another machine in so much more or less."""
    name, make = FILES[key]
    data = make()
    assert len(data) > 0.9 * SIZE
    start = processor_seconds()
    with pytest.raises(InputError, match=r"limit (?:file_characters|file_paragraphs|read_seconds|read_memory) = .*Raise it with --"):
        read_bytes(data, name=name)
    assert processor_seconds() - start < 50 * yardstick


@pytest.mark.parametrize(("name", "make"), [("a.txt", lambda n: (LINE + "\n") * n), ("a.html", lambda n: f"<p>{LINE}</p>" * n)])
def test_a_text_up_to_the_limits_is_read(name: str, make: Callable[[int], str]) -> None:
    limits = Settings(file_paragraphs=100)
    assert read_bytes(make(100).encode(), name=name, settings=limits).text
    with pytest.raises(InputError, match="limit file_paragraphs = 100"):
        read_bytes(make(101).encode(), name=name, settings=limits)


def test_four_times_the_pages_take_no_more_than_in_proportion() -> None:
    def seconds(pages: int) -> float:
        from policygraph.read.pdf import parse_pdf

        data = pdf(pages)
        start = time.process_time()
        parse_pdf(data, name="a.pdf", settings=Settings())
        return time.process_time() - start

    seconds(2)
    small, large = min(seconds(10) for _ in range(2)), seconds(40)
    assert large < 8 * small + 0.2, f"4 times the pages took {large / small:.1f} times as long"
