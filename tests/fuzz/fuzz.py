"""Fuzzing that follows coverage (atheris), of the readers, the segmenter and the extractor: by hand, and for a bounded
time in CI.

    python tests/fuzz/fuzz.py TARGET [SECONDS] [FOLDER]

TARGET is one of text, html, word, sheet, ofd, packed; FOLDER keeps what reached something new, for the next run. Whatever the
bytes, a reader gives a source text or refuses with an InputError, within ten seconds; what is extracted stands where
it says. Needs `pip install '.[fuzz]'`.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["policygraph"]):
    from policygraph.errors import InputError
    from policygraph.extract import extract
    from policygraph.graph.validate import check_document
    from policygraph.read import SourceText, read_bytes
    from policygraph.read.docx import read_docx
    from policygraph.read.html import read_html
    from policygraph.read.ofd import read_ofd
    from policygraph.segment import segment

WORD = b"<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:body>%s</w:body></w:document>"
NUMBERING = WORD.replace(b"w:document", b"w:numbering").replace(b"<w:body>", b"").replace(b"</w:body>", b"")
SHEET = b"<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'>%s</worksheet>"
BOOK = SHEET.replace(b"worksheet", b"workbook") % b"<sheets><sheet name='a' r:id='r' xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships'/></sheets>"
RELATIONS = b"<Relationships><Relationship Id='r' Target='a.xml'/></Relationships>"
PAGE = b"<ofd:Page xmlns:ofd='http://www.ofdspec.org/2016'><ofd:Content><ofd:Layer>%s</ofd:Layer></ofd:Content></ofd:Page>"
#: The way to a page: the file and the document in one.
PAGES = PAGE % b"<ofd:DocRoot>D.xml</ofd:DocRoot><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox><ofd:Pages><ofd:Page BaseLoc='P.xml'/></ofd:Pages>"
#: What each target begins with, and the words that it puts into it.
SEEDS = {
    "text": "四川省治理方案\n川办发〔2023〕12号\n各市（州）人民政府：\n一、总体要求\n（一）到2025年，达到90%。（省水利厅牵头）\n附件1\n分工表\n任务\t责任单位\n治理\t省水利厅\n2023年4月5日\n",
    "html": "<html><body><ul><li><a href=/>首页</a></ul><div><h1>方案</h1><p>一、目标</p><table><tr><td rowspan=2>指标<td>2025年</table></div>",
    "word": "<w:p><w:pPr><w:numPr><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr></w:pPr><w:r><w:t>一、目标</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>",
    "sheet": "<sheetData><row><c r='A1' t='inlineStr'><is><t>重点任务</t></is></c><c r='B1' t='inlineStr'><is><t>责任单位</t></is></c></row><row><c r='A2' s='1'><v>0.85</v></c></row></sheetData><mergeCells><mergeCell ref='A1:A2'/></mergeCells>",
    "ofd": "<ofd:TextObject Boundary='30 40 160 6' Size='5' CTM='1 0 0 1 0 0'><ofd:TextCode X='0' Y='5' DeltaX='g 3 5'>一、总体要求</ofd:TextCode></ofd:TextObject>",
    "packed": "PK",
}  # fmt: skip
TEXT = "一、 二、 （一） （二） 1. 2. 第一条 第二条 第一章 ① —— 附件1 附件： 目录 抄送： 印发 （省水利厅牵头） 牵头单位： 到2025年， 2023年1月1日 85% 万吨/日 达到 农膜回收率 〔2023〕12号 人民政府 方案 推进治理。 ； 。 《 》 “ ” （ ） — | \t \n \r\n # **"
TAGS = "<p> </p> <br> <div> </div> <table> </table> <tr> <td> <td&#32;rowspan=9&#32;colspan=7> <li> <a&#32;href=x> </a> <!-- --> <script> </script> &nbsp; &#0; <![CDATA[ <meta&#32;charset=gbk>"
PARTS = "<w:p> </w:p> <w:r> <w:t> <w:tbl> <w:tr> <w:tc> <w:gridSpan&#32;w:val='9'/> <w:vMerge/> <w:ins> <w:del> <w:br/> <w:txbxContent> <w:numPr> <w:abstractNum> <w:lvlText&#32;w:val='%1'/>"
CELLS = "<row> </row> <c&#32;r='A1'> <c&#32;r='C9'&#32;t='inlineStr'> </c> <is> <t> <v> <f> t='s' t='e' s='1' <mergeCell&#32;ref='A1:B9'/> 45000 1e99 numFmtId='14' formatCode='0%'"
WORDS = {"text": TEXT, "html": f"{TEXT} {TAGS}", "word": f"{TEXT} {PARTS}", "sheet": f"{TEXT} {CELLS}", "ofd": f"{TEXT} <ofd:TextObject&#32;Boundary='1&#32;2&#32;3&#32;4'> </ofd:TextObject> <ofd:TextCode&#32;X='0'> </ofd:TextCode> DeltaX='g&#32;9&#32;5' Size='5' CTM='1&#32;0&#32;0&#32;1&#32;0&#32;0'", "packed": "word/document.xml OFD.xml"}


def packed(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return stream.getvalue()


READERS: dict[str, Callable[[bytes], SourceText]] = {
    "text": lambda data: read_bytes(data, name="a.txt"),
    "html": lambda data: read_html(data, name="a.html"),
    "word": lambda data: read_docx(packed(word__document_xml=WORD % data, word__numbering_xml=NUMBERING % data), name="a.docx"),
    "sheet": lambda data: read_bytes(packed(**{"xl/workbook.xml": BOOK, "xl/_rels/workbook.xml.rels": RELATIONS, "xl/a.xml": SHEET % data, "xl/styles.xml": SHEET % data}), name="a.xlsx"),
    "ofd": lambda data: read_ofd(packed(OFD_xml=PAGES, D_xml=PAGES, P_xml=PAGE % data), name="a.ofd"),
    "packed": lambda data: read_bytes(data, name="a.docx"),
}


def check(source: SourceText) -> None:
    """Segment and extract, and see that everything is where it says."""
    for document, clauses in segment(source, doc_id="a"):
        faults = check_document(extract(source, document, clauses), source.text)
        if faults:
            raise RuntimeError(str(faults[0]))


def main() -> None:
    target = sys.argv[1] if len(sys.argv) > 1 else "text"
    seconds = sys.argv[2] if len(sys.argv) > 2 else "600"
    read = READERS[target]

    def once(data: bytes) -> None:
        try:
            check(read(data))
        except InputError:
            return

    with tempfile.TemporaryDirectory() as scratch:
        words = [word.replace("&#32;", " ").encode() for word in WORDS[target].split(" ")]
        dictionary = Path(scratch, "words")
        quoted = ("".join(rf"\x{byte:02x}" for byte in word) for word in words)
        dictionary.write_text("".join(f'"{word}"\n' for word in quoted))
        seeds = Path(scratch, "seeds")
        seeds.mkdir()
        (seeds / "seed").write_text(SEEDS[target], "utf-8")
        options = [
            f"-max_total_time={seconds}", f"-dict={dictionary}", "-timeout=10", "-rss_limit_mb=4096", "-max_len=4000",
            "-print_final_stats=1", f"-artifact_prefix={sys.argv[3] + '/' if len(sys.argv) > 3 else './'}",
        ]  # fmt: skip
        if os.environ.get("CI"):
            options += ["-seed=1", "-runs=8000"]  # the same walk each time: what is new is looked for by hand
        atheris.Setup([sys.argv[0], *options, *sys.argv[3:4], str(seeds)], once)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
