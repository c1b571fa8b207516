"""DOCX as offices write them, made by python-docx and by hand."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

import pytest

from policygraph.errors import InputError
from policygraph.read.docx import read_docx
from policygraph.read.numerals import WRITERS, chinese
from policygraph.settings import Settings

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def packed(body: str, **members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
        for member, text in members.items():
            archive.writestr(f"word/{member}.xml", text)
    return stream.getvalue()


def text_of(body: str, **members: str) -> list[str]:
    return read_docx(packed(body, **members), name="a.docx").text.splitlines()


def p(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def level(number: int, form: str, text: str) -> str:
    return f'<w:lvl w:ilvl="{number}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'


NUMBERING = (
    f'<w:numbering {W}><w:abstractNum w:abstractNumId="0">'
    + level(0, "chineseCountingThousand", "%1、") + level(1, "chineseCounting", "（%2）") + level(2, "decimal", "%3.")
    + '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
)  # fmt: skip


def numbered(text: str, depth: int) -> str:
    return p(text, f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="1"/></w:numPr>')


def test_numbers_that_word_makes_are_written_and_restart() -> None:
    body = "".join(numbered(*row) for row in [("总体要求", 0), ("指导思想", 1), ("目标", 1), ("重点任务", 0), ("治水", 1), ("查", 2), ("治", 2), ("治气", 1), ("测", 2)])
    assert text_of(body, numbering=NUMBERING) == [
        "一、总体要求", "（一）指导思想", "（二）目标", "二、重点任务", "（一）治水", "1.查", "2.治", "（二）治气", "1.测"
    ]  # fmt: skip


def test_numbers_come_from_the_style_too() -> None:
    styles = (
        f'<w:styles {W}><w:style w:styleId="base"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="item"><w:basedOn w:val="base"/></w:style></w:styles>'
    )
    assert text_of(p("保障措施", '<w:pStyle w:val="item"/>'), numbering=NUMBERING, styles=styles) == ["一、保障措施"]


@pytest.mark.parametrize(
    ("form", "number", "written"),
    [("decimalEnclosedCircle", 3, "③"), ("chineseLegalSimplified", 12, "壹拾贰"), ("upperRoman", 14, "XIV"),
     ("lowerLetter", 28, "bb"), ("decimalFullWidth", 10, "１０"), ("ideographTraditional", 2, "乙")],
)  # fmt: skip
def test_number_formats(form: str, number: int, written: str) -> None:
    assert WRITERS[form](number) == written


def test_chinese_numbers_count_up_without_repeating() -> None:
    assert len({chinese(n) for n in range(1, 3000)}) == 2999


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("<w:p><w:r><w:t>到</w:t></w:r><w:ins><w:r><w:t>2025年</w:t></w:r></w:ins><w:del><w:r><w:delText>2030年</w:delText></w:r></w:del></w:p>", ["到2025年"]),
        ('<w:p><w:pPr><w:rPr><w:del w:id="1"/></w:rPr></w:pPr><w:r><w:t>上半</w:t></w:r></w:p>' + p("下半"), ["上半下半"]),
        ("<w:p><w:moveFrom><w:r><w:t>旧处</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>新处</w:t></w:r></w:moveTo></w:p>", ["新处"]),
        ("<w:p><w:r><w:t>目标一</w:t><w:br/><w:t>目标二</w:t></w:r></w:p>", ["目标一", "目标二"]),
        ('<w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:t>某省人民政府</w:t><w:br/><w:t>关于印发方案的通知</w:t></w:r></w:p>', ["某省人民政府关于印发方案的通知"]),
        ("<w:sdt><w:sdtContent>" + p("控件内的文字") + "</w:sdtContent></w:sdt>", ["控件内的文字"]),
        ("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r><w:r><w:t>可见</w:t></w:r></w:p>", ["可见"]),
        ("<w:p><w:r><w:t>正文</w:t></w:r><w:r><w:pict><w:txbxContent>" + p("框内") + "</w:txbxContent></w:pict></w:r></w:p>", ["正文", "框内"]),
        ('<w:p><w:r><w:instrText>HYPERLINK "http://x"</w:instrText></w:r><w:hyperlink><w:r><w:t>附件</w:t></w:r></w:hyperlink></w:p>', ["附件"]),
    ],
    ids=["insertion and deletion", "deleted paragraph mark", "move", "line break", "centred title", "content control", "hidden", "text box", "field"],
)
def test_paragraphs_as_a_reader_sees_them(body: str, lines: list[str]) -> None:
    assert text_of(body) == lines


def test_text_boxes_offered_twice_are_read_once() -> None:
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    box = f"<w:txbxContent>{p('专栏')}</w:txbxContent>"
    body = f"<w:p><w:r><mc:AlternateContent {mc}><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    assert text_of(body) == ["专栏"]


def test_footnotes_follow_their_paragraph() -> None:
    notes = f'<w:footnotes {W}><w:footnote w:id="2">{p("指行政村。")}</w:footnote></w:footnotes>'
    assert text_of('<w:p><w:r><w:t>治理率</w:t><w:footnoteReference w:id="2"/></w:r></w:p>', footnotes=notes) == ["治理率", "指行政村。"]


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(text)}</w:tc>"


def test_table_cells_span_and_point_into_the_text() -> None:
    rows = [
        cell("指标", '<w:vMerge w:val="restart"/>') + cell("年份", '<w:gridSpan w:val="2"/>'),
        cell("", "<w:vMerge/>") + cell("2020年") + cell("2025年"),
        cell("覆盖率") + cell("90%") + cell("95%"),
    ]
    source = read_docx(packed(p("表1") + "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"), name="a.docx")
    cells = [(c.row, c.column, c.rows, c.columns, source.text[c.start : c.end]) for c in source.tables[0].cells]
    assert cells == [(0, 0, 2, 1, "指标"), (0, 1, 1, 2, "年份"), (1, 1, 1, 1, "2020年"), (1, 2, 1, 1, "2025年"),
                     (2, 0, 1, 1, "覆盖率"), (2, 1, 1, 1, "90%"), (2, 2, 1, 1, "95%")]  # fmt: skip


def test_a_box_of_one_cell_is_running_text() -> None:
    source = read_docx(packed(f"<w:tbl><w:tr>{cell('专栏1 重大工程')}</w:tr></w:tbl>"), name="a.docx")
    assert (source.tables, source.text) == ((), "专栏1 重大工程\n")


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)) + "]>"


def raw(document: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", document)
    return stream.getvalue()


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 30_000_000)
    return stream.getvalue()


def lying_bomb() -> bytes:
    """A member that says it is small and is not."""
    data = bomb()
    size = (30_000_000).to_bytes(4, "little")
    return data.replace(size, (100).to_bytes(4, "little"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (lambda: raw(ENTITIES + f"<w:document {W}><w:body>{p('&i;')}</w:body></w:document>"), "document type|no valid XML"),
        (lambda: raw('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + f"<w:document {W}><w:body>{p('&a;')}</w:body></w:document>"), "document type"),
        (bomb, "limit unpacked_bytes = 9.537 MB.*--unpacked-bytes"),
        (lying_bomb, "unpacked_bytes|cannot be unpacked|no valid XML"),
        (lambda: raw("<w:p>" * 100_000), "no valid XML"),
        (lambda: b"PK\x03\x04 broken", "not a readable packed file"),
        (lambda: packed("")[:-40], "not a readable packed file"),
        (lambda: raw("no xml"), "no valid XML"),
    ],
    ids=["billion laughs", "external entity", "zip bomb", "lying zip bomb", "nested 100,000 deep", "no zip", "cut off", "no xml"],
)
def test_hostile_files_are_refused_with_the_reason(data: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(InputError, match=re.compile(reason, re.DOTALL)):
        read_docx(data(), name="a.docx", settings=Settings(unpacked_bytes=10_000_000))


def test_member_names_never_name_files_of_the_disk() -> None:
    stream = io.BytesIO(packed(p("正文")))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("../../evil.txt", "x")
        archive.writestr("/etc/evil", "x")
    assert read_docx(stream.getvalue(), name="../../某省方案.docx").text == "正文\n"


def test_archive_of_a_version_that_nobody_reads_is_refused() -> None:
    data = bytearray(packed(p("一、总体要求")))
    data[data.rindex(b"PK\x01\x02") + 6] = 200  # the version needed to extract
    with pytest.raises(InputError, match="not a readable packed file.*version 20"):
        read_docx(bytes(data), name="a.docx")
