"""Entries as texts: what each reader of bibliographies takes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from policygraph.cite.entries import Reference, shown_issuers
from policygraph.errors import UsageError

#: Braces are counted even where they are escaped, so that they become brackets.
_TEX = {"\\": r"\textbackslash{}", "{": "(", "}": ")", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "_": r"\_", "^": r"\^{}", "~": r"\~{}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BibliographyFormat:
    """A format: its name, media type and suffix, and what writes entries in it."""

    name: str
    media_type: str
    suffix: str
    write: Callable[[Sequence[Reference], date], str]


def written(entries: Sequence[Reference], form: str, *, accessed: date) -> str:
    """Entries in the format `form` (a name of `FORMATS`), looked at on the day `accessed`; ends with a line break."""
    if form not in FORMATS:
        raise UsageError(f"{form!r} is no format of citations.", remedy=f"Formats: {', '.join(FORMATS)}.")
    return FORMATS[form].write(entries, accessed).rstrip("\n") + "\n"


def _words(entries: Sequence[Reference], accessed: date) -> str:
    del accessed
    return "\n".join(each.words for each in entries)


def _gbt7714(entries: Sequence[Reference], accessed: date) -> str:
    """GB/T 7714—2015, 8.1 and 4.6: issuers. title: number[type/carrier]. (date): place[day of access]. address."""
    lines = []
    for each in entries:
        names, more = shown_issuers(each.issuers)
        authors = ", ".join(names) + (", 等" if more else "")
        number = each.number or (f"发布版本 {each.version}" if each.version else "")
        mark = "DS/OL" if each.kind == "dataset" else "Z/OL"
        day = f"({each.date})" if each.date else ""
        place = f"{': ' if day else ''}{each.place}" if each.place else ""
        lines.append(
            f"{authors + '. ' if authors else ''}{each.title}{': ' + number if number else ''}[{mark}]. {day}{place}[{accessed.isoformat()}]. {each.address}."
        )
    return "\n".join(lines)


def _bibtex(entries: Sequence[Reference], accessed: date) -> str:
    found = []
    for each in entries:
        fields: dict[str, str] = {"title": f"{{{_tex(each.title)}}}"}
        if each.issuers:
            fields["author"] = " and ".join(f"{{{_tex(name)}}}" for name in each.issuers)
        if each.number:
            fields["number"] = _tex(each.number)
        if each.version:
            fields["version"] = _tex(each.version)
        if each.date:
            fields["year"] = each.date[:4]
            fields |= {"month": str(int(each.date[5:7]))} if len(each.date) >= 7 else {}
        if each.place:
            fields["note"] = _tex(each.place)
        fields |= {"url": each.address, "urldate": accessed.isoformat()}
        body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
        found.append(f"@misc{{{each.key},\n{body}\n}}")
    return "\n\n".join(found)


def _tex(text: str) -> str:
    return "".join(_TEX.get(char, char) for char in text)


def _ris(entries: Sequence[Reference], accessed: date) -> str:
    lines = []
    for each in entries:
        lines.append(f"TY  - {'DATA' if each.kind == 'dataset' else 'GOVDOC'}")
        lines += [f"AU  - {_line(name)}" for name in each.issuers]
        lines.append(f"TI  - {_line(each.title)}")
        if each.date:
            lines += [f"PY  - {each.date[:4]}", f"DA  - {each.date.replace('-', '/')}{'/' * (2 - each.date.count('-'))}"]
        lines += [f"{tag}  - {_line(value)}" for tag, value in (("SN", each.number), ("ET", each.version), ("SP", each.place)) if value]
        lines += [f"UR  - {each.address}", f"Y2  - {accessed.strftime('%Y/%m/%d')}", f"ID  - {each.key}", "LA  - zh", "ER  - ", ""]
    return "\r\n".join(lines) + "\r\n"


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _csl(entries: Sequence[Reference], accessed: date) -> str:
    return json.dumps([_csl_item(each, accessed) for each in entries], ensure_ascii=False, indent=1)


def _csl_item(each: Reference, accessed: date) -> Mapping[str, Any]:
    item: dict[str, Any] = {"id": each.key, "type": "dataset" if each.kind == "dataset" else "report", "title": each.title, "language": "zh-CN"}
    if each.issuers:
        item["author"] = [{"literal": name} for name in each.issuers]
    if each.number:
        item["number"] = each.number
    if each.version:
        item["version"] = each.version
    if each.date:
        item["issued"] = {"date-parts": [[int(part) for part in each.date.split("-")]]}
    if each.place:
        item |= {"page": each.place}
    return item | {"accessed": {"date-parts": [[accessed.year, accessed.month, accessed.day]]}, "URL": each.address}


FORMATS: Mapping[str, BibliographyFormat] = {
    form.name: form
    for form in (
        BibliographyFormat(name="gbt7714", media_type="text/x-bibliography", suffix="gbt", write=_gbt7714),
        BibliographyFormat(name="bibtex", media_type="application/x-bibtex", suffix="bib", write=_bibtex),
        BibliographyFormat(name="ris", media_type="application/x-research-info-systems", suffix="ris", write=_ris),
        BibliographyFormat(name="csl-json", media_type="application/vnd.citationstyles.csl+json", suffix="csl", write=_csl),
        BibliographyFormat(name="words", media_type="text/plain", suffix="txt", write=_words),
    )
}
