"""How much of a document survives its format.

    python benchmarks/formats.py [--wild FOLDER] [--no-pdf]

First table: each PDF of FOLDER against the `.txt` beside it, the share of the text's clauses and responsibilities that
the PDF gives word for word (white space aside). Second table: the corpus as DOCX, HTML and, through LibreOffice, PDF:
the share of all records that come back.
"""

from __future__ import annotations

import argparse
import html
import io
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from policygraph.extract import extract
from policygraph.model import DocumentRecords
from policygraph.read import SourceText, read_bytes, read_file
from policygraph.segment import segment
from policygraph.segment.paragraphs import paragraphs

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("clauses", "responsibilities", "tasks", "targets", "deadlines", "citations")


def records(source: SourceText) -> list[DocumentRecords]:
    return [extract(source, document, clauses) for document, clauses in segment(source, doc_id="document")]


def plain(text: str) -> str:
    return re.sub(r"\s+", "", text)


def keys(found: list[DocumentRecords], kind: str) -> Counter[str]:
    """What is compared of each record: its text, and for a responsibility who does what."""
    counted: Counter[str] = Counter()
    for document in found:
        for record in getattr(document, kind):
            if kind == "clauses" and (not record.leaf or record.kind in ("front", "back", "contents")):
                continue
            key = plain(record.text)
            if kind == "responsibilities":
                key = "|".join(f"{plain(a.name)}:{a.role}" for a in record.agencies)
            if kind == "targets":
                key += f"|{record.indicator}|{record.value}|{record.unit}|{record.deadline}"
            counted[key] += 1
    return counted


def kept(before: list[DocumentRecords], after: list[DocumentRecords], kind: str) -> tuple[int, int]:
    """Records of `before` that `after` has too, and how many there were."""
    have, want = keys(after, kind), keys(before, kind)
    return sum(min(count, have[key]) for key, count in want.items()), sum(want.values())


def lost(before: list[DocumentRecords], after: list[DocumentRecords], kind: str) -> list[str]:
    return list((keys(before, kind) - keys(after, kind)).elements())


def as_docx(lines: list[str]) -> bytes:
    from docx import Document

    document = Document()
    for line in lines:
        document.add_paragraph(line)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def as_html(lines: list[str]) -> bytes:
    body = "\n".join(f"<p>　　{html.escape(line)}</p>" for line in lines)
    head = '<html><head><meta charset="utf-8"><title>文件</title></head><body><ul><li><a href="/">首页</a></li></ul>'
    return f'{head}<div class="content">{body}</div><div><a href="/about">关于我们</a></div></body></html>'.encode()


def as_pdf(docx: bytes) -> bytes | None:
    """A PDF as LibreOffice prints the DOCX, None where it is not installed."""
    program = shutil.which("soffice")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "a.docx").write_bytes(docx)
        command = [program, "--headless", f"-env:UserInstallation={(place / 'p').as_uri()}", "--convert-to", "pdf",
                   "--outdir", folder, str(place / "a.docx")]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        return (place / "a.pdf").read_bytes()


def indented_docx(lines: list[str]) -> bytes:
    """The page as offices set it: first lines indented by two characters."""
    from docx import Document
    from docx.shared import Pt

    document = Document()
    for line in lines:
        paragraph = document.add_paragraph(line)
        paragraph.paragraph_format.first_line_indent = Pt(24)
        for run in paragraph.runs:
            run.font.size = Pt(12)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def round_trips(path: Path, *, pdf: bool) -> Iterator[tuple[str, SourceText]]:
    source = read_file(path)
    reading = source.reading()
    lines = [reading.text[paragraph.start : paragraph.end] for paragraph in paragraphs(source, reading)]
    yield "text", read_bytes(("\n".join(lines) + "\n").encode(), name=f"{path.stem}.txt")
    yield "docx", read_bytes(as_docx(lines), name=f"{path.stem}.docx")
    yield "html", read_bytes(as_html(lines), name=f"{path.stem}.html")
    printed = as_pdf(indented_docx(lines)) if pdf else None
    if printed is not None:
        yield "pdf", read_bytes(printed, name=f"{path.stem}.pdf")


def share(pair: tuple[int, int]) -> str:
    return f"{pair[0] / pair[1]:.3f}" if pair[1] else "–"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wild", type=Path, default=ROOT.parent / "shared" / "wild")
    parser.add_argument("--no-pdf", action="store_true", help="no PDF round trips (LibreOffice)")
    parser.add_argument("--lost", action="store_true", help="show what is lost")
    options = parser.parse_args()
    print("| PDF beside its text | clauses | of | responsibilities | of |\n|---|---|---|---|---|")
    total = {"clauses": (0, 0), "responsibilities": (0, 0)}
    for pdf in sorted(options.wild.glob("*.pdf")):
        before, after = records(read_file(pdf.with_suffix(".txt"))), records(read_file(pdf))
        found = {kind: kept(before, after, kind) for kind in total}
        total = {kind: (total[kind][0] + found[kind][0], total[kind][1] + found[kind][1]) for kind in total}
        c, r = found["clauses"], found["responsibilities"]
        print(f"| {pdf.stem} | {share(c)} | {c[1]} | {share(r)} | {r[1]} |")
        if options.lost:
            for kind in total:
                for key in lost(before, after, kind):
                    print("    lost", kind, key[:70], "…", key[-30:])
    c, r = total["clauses"], total["responsibilities"]
    print(f"| all | {share(c)} | {c[1]} | {share(r)} | {r[1]} |\n")
    print(f"| round trip | {' | '.join(KINDS)} | all |\n|---|{'---|' * (len(KINDS) + 1)}")
    for path in sorted((ROOT / "corpus").glob("*.*")):
        if path.suffix not in (".md", ".txt"):
            continue
        before: list[DocumentRecords] = []
        for name, source in round_trips(path, pdf=not options.no_pdf):
            after = records(source)
            if name == "text":
                before = after
                continue
            pairs = [kept(before, after, kind) for kind in KINDS]
            every = (sum(a for a, _ in pairs), sum(b for _, b in pairs))
            print(f"| {path.stem} {name} | {' | '.join(map(share, pairs))} | {share(every)} |")
            if options.lost:
                for kind in KINDS:
                    for key in lost(before, after, kind):
                        print("    lost", kind, key[:70], "…", key[-30:])


if __name__ == "__main__":
    main()
