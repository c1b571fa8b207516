"""PDFs made here by hand: placed characters, ruled tables, running heads."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from policygraph.errors import InputError
from policygraph.extract import extract
from policygraph.read import SourceText, read_file
from policygraph.read.grid import Rule, grids
from policygraph.read.layout import Glyph, Line, Page, in_columns, joined, lines_of, paragraphs, without_running_heads
from policygraph.read.pdf import read_pdf
from policygraph.segment import segment
from policygraph.settings import Settings


def set_line(text: str, *, x: float, y: float, size: float = 12.0) -> list[Glyph]:
    glyphs = []
    for char in text:
        width = size * (0.5 if char.isascii() else 1.0)
        if not char.isspace():
            glyphs.append(Glyph(char, x, x + width, y, size))
        x += width
    return glyphs


def page_of(lines: list[tuple[float, float, str]], number: int = 0, size: float = 12.0) -> Page:
    glyphs = [glyph for x, y, text in lines for glyph in set_line(text, x=x, y=y, size=size)]
    return Page(number, 595, 842, lines_of(glyphs, page=number))


def texts(pages: list[Page]) -> list[str]:
    return [joined(paragraph) for paragraph in paragraphs(pages)]


FULL = "加强工业污染治理推进产业园区绿色发展严格环境准入提升水平三十五字满"  # as wide as the page
BODY = [(96, 100, FULL[:-2]), (72, 120, FULL), (72, 140, "完成整治。"), (96, 160, FULL[:-2]), (72, 180, "有效。")]


def test_lines_are_joined_until_the_next_indent() -> None:
    assert texts([page_of(BODY)]) == [FULL[:-2] + FULL + "完成整治。", FULL[:-2] + "有效。"]


def test_a_paragraph_goes_on_over_the_page() -> None:
    first = page_of([*BODY, (96, 200, FULL[:-2])])
    second = page_of([(72, 100, "下一页的结尾。"), (96, 120, "一、总体要求")], number=1)
    assert texts([first, second])[2:] == [FULL[:-2] + "下一页的结尾。", "一、总体要求"]


def test_page_numbers_and_running_heads_go() -> None:
    pages = [
        page_of([(200, 40, "某省人民政府公报"), *BODY, (280, 800, f"— {n + 1} —")], number=n) for n in range(4)
    ]
    assert not any("公报" in text or "—" in text for text in texts(without_running_heads(pages)))


def test_a_title_on_two_lines_is_one_paragraph() -> None:
    title = Page(0, 595, 842, lines_of(
        set_line("关于印发某省水污染防治", x=143, y=60, size=22) + set_line("行动方案的通知", x=187, y=92, size=22)
    ))  # fmt: skip
    title.lines += page_of([(x, y + 40, text) for x, y, text in BODY]).lines
    assert texts([title])[0] == "关于印发某省水污染防治行动方案的通知"


def test_headings_after_a_full_sentence_stand_alone() -> None:
    page = page_of([*BODY, (96, 200, "（一）工作目标"), (96, 220, "（二）基本原则")])
    assert texts([page])[-2:] == ["（一）工作目标", "（二）基本原则"]


def test_footnotes_come_after_the_paragraph_they_interrupt() -> None:
    first = page_of([*BODY, (96, 200, FULL[:-2])])
    first.lines += lines_of(set_line("① 指国家级监测点位。", x=72, y=780, size=9))
    second = page_of([(72, 100, "续完这一段。"), (96, 120, "二、任务")], number=1)
    assert texts([first, second])[2:] == [FULL[:-2] + "续完这一段。", "①指国家级监测点位。", "二、任务"]


def test_footnote_marks_go_and_exponents_stay() -> None:
    marked = set_line("治理率", x=72, y=100) + set_line("3", x=108, y=95, size=6)
    assert [line.text for line in lines_of(marked)] == ["治理率"]
    power = set_line("ug/m", x=72, y=100) + set_line("3", x=96, y=95, size=6)
    assert [line.text for line in lines_of(power)] == ["ug/m3"]


def test_two_columns_are_read_one_after_the_other() -> None:
    left = [(60.0, 100.0 + 18 * k, "左栏文字左栏文字左栏文字左栏文" + str(k)) for k in range(12)]
    right = [(320.0, 100.0 + 18 * k, "右栏文字右栏文字右栏文字右栏文" + str(k)) for k in range(12)]
    text = "".join(line.text for line in in_columns(page_of(left + right)).lines)
    assert text.index("左栏文字左栏文字左栏文字左栏文11") < text.index("右栏")


def test_columns_of_a_single_column_page_stay() -> None:
    page = page_of([(72, 100.0 + 20 * k, FULL) for k in range(12)])
    assert in_columns(page) is page


def test_rules_make_cells_and_missing_rules_merge_them() -> None:
    across = [Rule(y, 0, 300) for y in (0, 20, 60)] + [Rule(40, 100, 300)]
    down = [Rule(x, 0, 60) for x in (0, 100, 300)]
    (grid,) = grids(across, down)
    spans = {(cell.row, cell.column): cell.rows for cell in grid.cells}
    assert spans == {(0, 0): 1, (0, 1): 1, (1, 0): 2, (1, 1): 1, (2, 1): 1}


def test_an_underline_is_no_table() -> None:
    assert grids([Rule(10, 0, 100)], []) == []


def test_bold_that_is_drawn_twice_counts_once() -> None:
    twice = set_line("总体要求", x=72, y=100) + set_line("总体要求", x=72.4, y=100)
    assert Line(lines_of(twice)[0].glyphs).text == "总体要求"


WILD = Path(__file__).parents[3] / "shared" / "wild"


def words_of(source: SourceText) -> dict[str, Counter[str]]:
    """The leaf clauses of a source and who does what in it, white space aside."""
    found: dict[str, Counter[str]] = {"clauses": Counter(), "responsibilities": Counter()}
    for document, clauses in segment(source, doc_id="a"):
        records = extract(source, document, clauses)
        found["clauses"].update("".join(c.text.split()) for c in clauses if c.leaf and c.kind not in ("front", "back", "contents"))
        found["responsibilities"].update(f"{a.name}:{a.role}" for note in records.responsibilities for a in note.agencies)
    return found


@pytest.mark.skipif(not WILD.exists(), reason="the documents of ../shared/wild are not here")
@pytest.mark.parametrize("path", sorted(WILD.glob("*.pdf")), ids=lambda path: path.stem)
def test_pdf_gives_the_clauses_and_responsibilities_of_its_text(path: Path) -> None:
    expected, found = (words_of(read_file(place)) for place in (path.with_suffix(".txt"), path))
    for kind, wanted in expected.items():
        assert (wanted & found[kind]).total() / wanted.total() >= 0.97, kind


@pytest.mark.skipif(not WILD.exists(), reason="the documents of ../shared/wild are not here")
def test_ruled_indicator_table_gives_cells() -> None:
    source = read_pdf((WILD / "G0-nat-soil.pdf").read_bytes(), name="G0.pdf")
    (table,) = source.tables
    cells = {(c.row, c.column): source.text[c.start : c.end] for c in table.cells}
    assert cells[0, 1] == "指标名称"
    assert (cells[1, 1], cells[1, 2], cells[1, 3], cells[1, 4]) == ("受污染耕地安全利用率", "90%左右", "93%左右", "约束性")
    assert next(c for c in table.cells if (c.row, c.column) == (1, 0)).rows == 2


def test_damaged_pdf_is_refused_with_the_way_out() -> None:
    with pytest.raises(InputError, match="not a readable PDF.*save it anew"):
        read_pdf(b"%PDF-1.7\nnothing", name="a.pdf")


def blank_pdf(pages: int, extra: str = "") -> bytes:
    kids = " ".join(f"{k + 3} 0 R" for k in range(pages))
    objects = [f"<</Type/Catalog/Pages 2 0 R{extra}>>", f"<</Type/Pages/Kids[{kids}]/Count {pages}>>"]
    objects += ["<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"] * pages
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    tail = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF"
    return out + tail.encode()


def test_too_many_pages_are_refused_naming_the_limit() -> None:
    with pytest.raises(InputError, match="10000 pages; limit pages = 3000.*--pages"):
        read_pdf(blank_pdf(10_000), name="a.pdf")


def test_javascript_does_not_run_and_no_text_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    script = "/OpenAction<</S/JavaScript/JS(app.launchURL('http://127.0.0.1:9/x');while(true){})>>"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match="no text layer.*policygraph\\[ocr\\]"):
        read_pdf(blank_pdf(1, script), name="a.pdf")


@pytest.mark.slow
def test_a_page_that_never_ends_is_stopped() -> None:
    import zlib

    content = zlib.compress(b"0 0 m 1 1 l S " * 6_000_000, 9)
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
               b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(content), content)]  # fmt: skip
    out = b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % pair for pair in enumerate(objects, 1))
    out += b"trailer<</Size 5/Root 1 0 R>>\n%%EOF"
    with pytest.raises(InputError, match="limit (?:read_seconds|read_memory)"):
        read_pdf(out, name="a.pdf", settings=Settings(read_seconds=1.0))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_ruled_table_and_list_numbers_survive_printing(tmp_path: Path) -> None:
    from docx import Document

    document = Document()
    document.add_paragraph("一、任务分工")
    table = document.add_table(3, 3, style="Table Grid")
    for r, row in enumerate([("重点任务", "责任单位", "完成时限"), ("推进管网排查", "省住房城乡建设厅", "2023年6月"), ("开展溯源", "省生态环境厅", "2025年")]):
        for c, text in enumerate(row):
            table.cell(r, c).text = text
    document.save(str(tmp_path / "a.docx"))
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--convert-to", "pdf",
         "--outdir", str(tmp_path), str(tmp_path / "a.docx")], check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    source = read_pdf((tmp_path / "a.pdf").read_bytes(), name="a.pdf")
    assert [source.text[c.start : c.end] for c in source.tables[0].cells][3:6] == ["推进管网排查", "省住房城乡建设厅", "2023年6月"]
