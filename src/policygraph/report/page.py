"""The page of a pair as HTML, Markdown and DOCX."""

from __future__ import annotations

import html
import io
from collections.abc import Callable
from pathlib import Path

from policygraph.errors import PolicyGraphError, UsageError
from policygraph.report.findings import SECTIONS, Finding, PairReport, Passage, Section, wording

_STYLE = (
    "@page{size:A4;margin:18mm}body{font:15px/1.7 'Songti SC','Noto Serif CJK SC',serif;max-width:46em;margin:2em auto;padding:0 1em;"
    "color:#1d1d1b}h1{font-size:1.35em;line-height:1.4}h2{font-size:1.1em;border-bottom:1px solid #ccc;margin-top:1.6em;break-after:avoid}"
    "li{margin:.5em 0;break-inside:avoid}small{color:#5c5a55;display:block}.counts{color:#5c5a55}"
)


def _title(page: PairReport) -> str:
    between = "对照" if page.lang == "zh" else " against "
    return f"《{page.lower.title}》{between}《{page.higher.title}》"


def _counts(page: PairReport) -> str:
    counted = [(heading(page, section), len(page.of(section))) for section in SECTIONS if page.of(section)]
    if page.lang == "zh":
        return "，".join(f"{name}{number}项" for name, number in counted)
    return ", ".join(f"{name.lower()} {number}" for name, number in counted)


def heading(page: PairReport, section: Section) -> str:
    """What a section is called, in the language of the page."""
    return wording()["section"][section]["zh" if page.lang == "zh" else "en"]


def note(page: PairReport, section: Section) -> str:
    """What stands in a section, in the language of the page."""
    return wording()["section"][section]["note" if page.lang == "zh" else "english"]


def _places(finding: Finding) -> list[Passage]:
    return [passage for passage in (finding.higher, finding.lower) if passage is not None]


def to_markdown(page: PairReport) -> str:
    lines = [f"# {_title(page)}", "", _counts(page), ""]
    for section in SECTIONS:
        if not page.of(section):
            continue
        lines += [f"## {heading(page, section)}（{len(page.of(section))}）", "", note(page, section), ""]
        for number, finding in enumerate(page.of(section), 1):
            lines.append(f"{number}. {finding.sentence}")
            lines += [f"   - {place.citation} `{place.clause}`：{place.text}" for place in _places(finding)]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def to_html(page: PairReport) -> str:
    """A page that stands by itself and prints on A4; it links nowhere."""
    title = html.escape(_title(page))
    parts = [
        f'<!doctype html><html lang="{"zh-CN" if page.lang == "zh" else "en"}"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>',
        f'<body><h1>{title}</h1><p class="counts">{html.escape(_counts(page))}</p>',
    ]
    for section in SECTIONS:
        if not page.of(section):
            continue
        parts.append(
            f"<h2>{html.escape(heading(page, section))}（{len(page.of(section))}）</h2><p><small>{html.escape(note(page, section))}</small></p><ol>"
        )
        for finding in page.of(section):
            places = "".join(
                f"<small>{html.escape(place.citation)}：{html.escape(place.text)}</small>" for place in _places(finding)
            )
            parts.append(f"<li>{html.escape(finding.sentence)}{places}</li>")
        parts.append("</ol>")
    return "\n".join([*parts, "</body></html>\n"])


def to_docx(page: PairReport) -> bytes:
    """The page as a Word file; needs the extra `report`."""
    try:
        import docx
    except ImportError as error:
        raise PolicyGraphError(
            "A DOCX report needs python-docx.", remedy="pip install policygraph[report], or write .html or .md."
        ) from error
    book = docx.Document()
    book.add_heading(_title(page), level=1)
    book.add_paragraph(_counts(page))
    for section in SECTIONS:
        if not page.of(section):
            continue
        book.add_heading(f"{heading(page, section)}（{len(page.of(section))}）", level=2)
        book.add_paragraph(note(page, section))
        for finding in page.of(section):
            book.add_paragraph(finding.sentence, style="List Number")
            for place in _places(finding):
                book.add_paragraph(f"{place.citation}：{place.text}", style="List Continue")
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


FORMATS: dict[str, Callable[[PairReport], str | bytes]] = {".md": to_markdown, ".html": to_html, ".docx": to_docx}


def write(page: PairReport, path: Path) -> None:
    """Write the page in the form that the ending of `path` names."""
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise UsageError(
            f"A report cannot be written as {path.suffix or 'a file without ending'}: {path}.",
            remedy=f"Endings: {', '.join(FORMATS)}.",
        )
    made = form(page)
    path.write_bytes(made if isinstance(made, bytes) else made.encode("utf-8"))
