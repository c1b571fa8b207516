"""Old word processors, scans, OFD, traditional characters."""

from __future__ import annotations

import importlib.util
import io
import shutil
import zipfile
from pathlib import Path

import pytest

from policygraph.errors import InputError
from policygraph.extract import OCR_MARK, extract
from policygraph.read import read_bytes
from policygraph.read.legacy import read_legacy
from policygraph.read.ofd import read_ofd
from policygraph.read.pdf import read_pdf
from policygraph.read.scans import read_ocr
from policygraph.read.traditional import is_traditional, simplified
from policygraph.segment import segment

needs_office = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
needs_ocr = pytest.mark.skipif(importlib.util.find_spec("rapidocr") is None, reason="the ocr extra is not installed")
WILD = Path(__file__).parents[3] / "shared" / "wild"

RTF = rb"{\rtf1\ansi\uc1 \u19968?\u12289?\u24635?\u20307?\u35201?\u27714?\par \u21040?2025\u24180?\u12290?\par}"


@pytest.mark.slow
@needs_office
@pytest.mark.parametrize("name", ["a.rtf", "../../某省方案.rtf"])
def test_old_formats_come_through_libreoffice(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = read_legacy(RTF, name=name)
    assert source.text.splitlines() == ["一、总体要求", "到2025年。"]
    assert (source.media_type, list(tmp_path.iterdir())) == ("application/rtf", [])


def test_old_formats_without_libreoffice_say_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match=r"a\.wps: .*LibreOffice, which is not installed.*save the file as \.docx"):
        read_legacy(b"\xd0\xcf\x11\xe0", name="a.wps")


@pytest.mark.slow
@needs_office
def test_old_format_that_is_damaged_is_refused() -> None:
    with pytest.raises(InputError, match="a.doc"):
        read_legacy(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, name="a.doc")


@needs_ocr
@pytest.mark.skipif(not WILD.exists(), reason="the documents of ../shared/wild are not here")
def test_a_scan_is_recognised_offline_and_marked() -> None:
    import pypdfium2

    page = pypdfium2.PdfDocument(WILD / "C2-city-lsdt-wuhan.pdf")[1]
    image = page.render(scale=2).to_pil().convert("L").crop((0, 200, 1190, 760))
    stream = io.BytesIO()
    image.save(stream, "PDF", resolution=144)
    source = read_pdf(stream.getvalue(), name="scan.pdf")
    assert source.ocr
    lines = source.text.splitlines()
    assert lines[0] == "武汉市加快建立健全绿色低碳循环发展经济体系实施方案"
    assert "一、总体要求" in lines
    ((document, clauses),) = segment(source, doc_id="a")
    found = extract(source, document, clauses)
    marked = [record.by for record in (*found.clauses, *found.tasks, *found.targets, *found.responsibilities)]
    assert marked and all(rule.endswith(OCR_MARK) for rule in marked)


def test_old_spreadsheet_without_libreoffice_says_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match=r"a\.et: .*libreoffice-calc\), or save the file as \.xlsx"):
        read_bytes(b"\xd0\xcf\x11\xe0", name="a.et")


@needs_ocr
@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\nbroken", b"BM" + b"\x00" * 60])
def test_damaged_images_are_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        read_ocr(data, name="a.png")


def ofd(pages: list[str]) -> bytes:
    ns = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("OFD.xml", f"<ofd:OFD {ns}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>")
        references = "".join(f'<ofd:Page ID="{k}" BaseLoc="Pages/{k}.xml"/>' for k in range(len(pages)))
        archive.writestr(
            "Doc_0/Document.xml",
            f"<ofd:Document {ns}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData>"
            f"<ofd:Pages>{references}</ofd:Pages></ofd:Document>",
        )
        for k, content in enumerate(pages):
            archive.writestr(f"Doc_0/Pages/{k}.xml", f"<ofd:Page {ns}><ofd:Content><ofd:Layer>{content}</ofd:Layer></ofd:Content></ofd:Page>")
    return stream.getvalue()


def line(text: str, *, x: float, y: float) -> str:
    return (
        f'<ofd:TextObject Boundary="{x} {y} 160 6" Size="5"><ofd:TextCode X="0" Y="5" DeltaX="g {len(text) - 1} 5">{text}</ofd:TextCode></ofd:TextObject>'
    )


def test_ofd_lines_become_paragraphs() -> None:
    first, second = "为加强水污染防治推进流域生态环境保护结合我省实际情况", "制定本方案各地要认真贯彻落实确保目标任务如期完成为止啊"
    page = line(first, x=35, y=40) + line(second, x=25, y=50) + line("切实抓好。", x=25, y=60) + line("一、总体要求", x=35, y=70)
    page += line(first, x=35, y=80) + line("如期完成。", x=25, y=90)
    source = read_bytes(ofd([page]), name="a.ofd")
    assert source.text.splitlines() == [first + second + "切实抓好。", "一、总体要求", first + "如期完成。"]


def test_digits_set_as_wide_as_characters_have_no_spaces_between_them() -> None:
    assert read_bytes(ofd([line("到2025年，达标率达到90%。", x=35, y=40)]), name="a.ofd").text == "到2025年，达标率达到90%。\n"


def test_ofd_of_pictures_says_the_way_out() -> None:
    with pytest.raises(InputError, match="pictures, no text.*OCR"):
        read_ofd(ofd([""]), name="a.ofd")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("關於推進長江經濟帶發展", "关于推进长江经济带发展"),
        ("裡應外合、臺灣、颱風", "里应外合、台湾、台风"),
        ("显著、乾坤、瞭望", "显著、乾坤、瞭望"),
        ("到2025年，PM2.5浓度", "到2025年，PM2.5浓度"),
        ("", ""),
    ],
)
def test_traditional_is_read_as_simplified_one_for_one(text: str, expected: str) -> None:
    assert simplified(text) == expected
    assert len(simplified(text)) == len(text)


def test_only_traditional_texts_count_as_traditional() -> None:
    assert is_traditional("關於加強長江保護修復的實施方案")
    assert not is_traditional("关于加强长江保护修复的实施方案" * 3 + "（臺）")


def test_a_traditional_text_gives_the_records_of_the_simplified_one() -> None:
    from opencc import OpenCC

    from policygraph.extract import extract
    from policygraph.segment import segment

    path = Path(__file__).parents[2] / "corpus" / "sichuan-yangtze-2023.txt"
    text = path.read_text(encoding="utf-8")
    counts = []
    for written in (text, OpenCC("s2t").convert(text)):
        source = read_bytes(written.encode(), name="a.txt")
        document, clauses = segment(source, doc_id="a")[0]
        found = extract(source, document, clauses)
        assert all(source.text[r.start : r.end].strip() for r in found.responsibilities)
        counts.append((len(found.clauses), len(found.responsibilities), len(found.deadlines)))
    assert counts[0] == counts[1]
