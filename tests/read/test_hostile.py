"""Whatever bytes come: a source text with right offsets, or an InputError; never anything else, and in linear time.

`POLICYGRAPH_FUZZ` raises the number of examples for a longer run by hand.
"""

from __future__ import annotations

import io
import os
import time
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policygraph.errors import InputError
from policygraph.read import SourceText, read_bytes
from policygraph.read.docx import read_docx
from policygraph.read.html import read_html
from policygraph.read.layout import Glyph, Page, in_columns, joined, lines_of, paragraphs, without_running_heads
from policygraph.read.ofd import read_ofd
from policygraph.segment import segment

EXAMPLES = int(os.environ.get("POLICYGRAPH_FUZZ", "40"))
bounded = settings(
    max_examples=EXAMPLES, deadline=None, derandomize="POLICYGRAPH_FUZZ" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
GENRE = ["一、总体要求", "（一）目标。", "第一条", "到2025年", "85%", "（省发展改革委牵头，省财政厅配合）", "附件1", "附件", "四川省治理方案", "川办发〔2023〕1号\n", "各市（州）人民政府：\n", "抄送：", "2023年1月1日\n", "——", "　　", "《", "》", "（", "）", "。", "；", "\n", "\r\n", "1.", "①", "|", "\t", "# ", "**", "[bookmark: a]", "— 10 —", "重点任务  责任单位  时间", "\ufeff", "\u2028", "𠀀", "關於"]  # fmt: skip
genre = st.lists(st.one_of(st.sampled_from(GENRE), st.text(max_size=8)), max_size=60).map("".join)


def holds(source: SourceText) -> None:
    """Offsets of tables lie in the text, and cells in their tables."""
    assert not any(0xD800 <= ord(char) < 0xE000 for char in source.text)
    for table in source.tables:
        assert 0 <= table.start <= table.end <= len(source.text)
        for cell in table.cells:
            assert table.start <= cell.start <= cell.end <= table.end
            assert "\n" not in source.text[cell.start : cell.end]


def read_or_refuse(data: bytes, name: str) -> SourceText | None:
    try:
        source = read_bytes(data, name=name)
    except InputError as error:
        assert str(error).strip()
        return None
    holds(source)
    return source


@bounded
@given(st.binary(max_size=400), st.sampled_from(["a.txt", "a.md", "a.html", "a.docx", "../../a.txt", "中文.htm", "\udcff.txt"]))
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    read_or_refuse(data, name)


@bounded
@given(genre, st.sampled_from(["utf-8", "gb18030", "utf-16", "utf-8-sig"]))
def test_genre_soup_is_segmented_with_right_offsets(text: str, encoding: str) -> None:
    source = read_or_refuse(text.encode(encoding, "ignore"), "a.txt")
    if source is None:
        return
    try:
        found = segment(source, doc_id="a")
    except InputError:
        return
    for document, clauses in found:
        assert 0 <= document.start <= document.end <= len(source.text)
        for clause in clauses:
            assert source.reading(clause.start, clause.end).text.strip() == clause.text.strip()


TAGS = ["<p>", "</p>", "<br>", "<div>", "</div>", "<table>", "</table>", "<tr>", "<td>", "<td rowspan=9 colspan=7>", "</td>", "<ol>", "<li>", "<a href=x>", "</a>", "<!--", "-->", "<script>", "</script>", "&nbsp;", "&#0;", "&#x110000;", "<svg>", "<![CDATA[", "<meta charset=gbk>", "<frameset>", "<select>", "<plaintext>", "<o:p>", "</o:p>", "<a:b x:y=1>", "&#xFFFE;", "&#1;", "<1x>", "<p x='&#2;'>"]  # fmt: skip


@bounded
@given(st.lists(st.one_of(st.sampled_from(TAGS), st.sampled_from(GENRE), st.text(max_size=6)), max_size=60).map("".join))
def test_tag_soup_is_read_or_refused(page: str) -> None:
    try:
        holds(read_html(page.encode("utf-8", "ignore"), name="a.html"))
    except InputError:
        return


PIECES = ["<w:p>", "<w:r>", "<w:t>一、目标</w:t>", "<w:tbl>", "<w:tr>", "<w:tc>", "<w:tcPr><w:gridSpan w:val='-4'/><w:vMerge/></w:tcPr>", "<w:ins>", "<w:del>", "<w:br/>", "<w:txbxContent>", "<w:pPr><w:numPr><w:ilvl w:val='99'/><w:numId w:val='1'/></w:numPr></w:pPr>", "<w:sdt>", "<w:hyperlink>", "<w:footnoteReference w:id='x'/>"]  # fmt: skip


@bounded
@given(st.lists(st.sampled_from(PIECES), max_size=25), st.text(max_size=40))
def test_any_nesting_of_word_elements_is_read(pieces: list[str], numbering: str) -> None:
    opened = [piece[1:-1] for piece in pieces if piece.count("<") == 1 and not piece.endswith("/>")]
    body = "".join(pieces) + "".join(f"</{tag}>" for tag in reversed(opened))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
        archive.writestr(
            "word/numbering.xml",
            f"<w:numbering {W}><w:abstractNum w:abstractNumId='0'><w:lvl w:ilvl='99'><w:start w:val='1'/><w:lvlText w:val='%1%9%0'/></w:lvl>"
            "</w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='0'/></w:num></w:numbering>",
        )
    holds(read_docx(stream.getvalue(), name="a.docx"))


@bounded
@given(st.binary(max_size=200), st.integers(0, 400))
def test_bytes_changed_in_packed_files_are_read_or_refused(noise: bytes, at: int) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:document {W}><w:body><w:p><w:r><w:t>一、目标</w:t></w:r></w:p></w:body></w:document>")
        archive.writestr("OFD.xml", "<OFD><DocRoot>x</DocRoot></OFD>")
    data = stream.getvalue()
    broken = data[:at] + noise + data[at + len(noise) :]
    for reader in (read_docx, read_ofd):
        try:
            holds(reader(broken, name="a"))
        except InputError:
            continue


number = st.floats(-1e4, 1e4, allow_nan=False)
glyphs = st.builds(lambda c, x, w, y, s: Glyph(c, x, x + w, y, s), st.characters(exclude_categories=("Z", "C")), number, st.floats(0, 50), number, st.floats(1, 80))


@bounded
@given(st.lists(st.lists(glyphs, max_size=40), max_size=4))
def test_characters_anywhere_on_pages_are_all_kept(pages: list[list[Glyph]]) -> None:
    plain = [Page(n, 595, 842, lines_of(found, page=n)) for n, found in enumerate(pages)]
    kept = sum(len(line.glyphs) for page in plain for line in page.lines)
    laid = [in_columns(page) for page in plain]
    found = paragraphs(laid)
    assert sum(len(line.glyphs) for paragraph in found for line in paragraph) == kept
    assert all(joined(paragraph) for paragraph in found)
    without_running_heads(laid)


def seconds(data: bytes, name: str) -> float:
    start = time.process_time()
    read_or_refuse(data, name)
    return time.process_time() - start


def word(count: int) -> bytes:
    stream = io.BytesIO()
    body = "<w:p><w:r><w:t>推进工作。</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p/></w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl>" * count
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
    return stream.getvalue()


def one_table(count: int) -> bytes:
    stream = io.BytesIO()
    rows = "<w:tr><w:tc><w:p/></w:tc><w:tc><w:p><w:r><w:t>一</w:t></w:r></w:p></w:tc></w:tr>" * count
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:document {W}><w:body><w:tbl>{rows}</w:tbl></w:body></w:document>")
    return stream.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "name", "count"),
    [
        (word, "a.docx", 600),
        (one_table, "a.docx", 800),
        (lambda n: ("<table>" + "<tr><td rowspan=200>甲<td>乙" * n + "</table>").encode(), "a.html", 800),
        (lambda n: ("<p>甲" * n).encode(), "a.html", 3000),
        (lambda n: ("<b>甲" * min(n, 1500) + "<br>乙" * n).encode(), "a.html", 1200),
        (lambda n: ("<div>甲<p>" * 300 + "乙</p>" * n).encode(), "a.html", 3000),
        (lambda n: ("<" * n + "<p>甲").encode(), "a.html", 50_000),
        (lambda n: ("<p>甲" + "\u3000" * n + "乙").encode(), "a.html", 50_000),
        (lambda n: ("<p>甲" + "[[【打印】" * n).encode(), "a.html", 20_000),
    ],
    ids=["word blocks", "word table", "row spans", "open paragraphs", "open inline", "deep blocks", "brackets", "spaces", "furniture"],
)  # fmt: skip
def test_doubling_the_size_does_not_quadruple_the_time(make, name: str, count: int) -> None:  # type: ignore[no-untyped-def]
    seconds(make(count // 4), name)
    small = min(seconds(make(count), name) for _ in range(2))
    large = min(seconds(make(4 * count), name) for _ in range(2))
    assert large < 9 * small + 0.15, f"4 times the size took {large / max(small, 1e-9):.1f} times as long"
