"""Segment: a source text goes in, the documents in it come out, each with its metadata and its tree of clauses.

The leaf clauses tile the body: no character of it is in none or in two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath

from policygraph.errors import InputError
from policygraph.model import Clause, Document
from policygraph.read import Reading, SourceText, fold
from policygraph.segment import markers as m
from policygraph.segment.debris import is_note
from policygraph.segment.describe import Described, date_in_name, describe
from policygraph.segment.inline import cut
from policygraph.segment.leads import ends_sentence
from policygraph.segment.matter import ANNEX_LABEL, Matter, find_matter, title_end
from policygraph.segment.outline import BOX, FOREWORD, UNNUMBERED, Outline, clauses
from policygraph.segment.paragraphs import Piece, paragraphs
from policygraph.segment.several import document_starts, restarts
from policygraph.vocabulary.regions import locate_document

__all__ = ["segment"]


def segment(
    source: SourceText, *, doc_id: str, overrides: Mapping[str, str] | None = None
) -> list[tuple[Document, tuple[Clause, ...]]]:
    """The documents in a source, each with its clauses in reading order: leaves and heading lines tile its text.

    `overrides` are the manifest's words on the document (title, number, date, region, level, url), which stand above
    what the text says. Annexes are clauses of type annex with a numbering of their own. When a file holds several
    documents, the first has the id `doc_id` and what the manifest says, the others `doc_id-2`, `doc_id-3` …

    Raises InputError when nothing in the source is a provision.
    """
    reading = source.reading()
    if len(reading.text) < 2:
        raise InputError(f"{source.name}: holds no text.", remedy="Put the policy text into it, or take it out of the corpus.")
    whole, context = paragraphs(source, reading)
    pieces = cut(whole, source, reading, context)
    starts = document_starts(pieces)
    found: list[tuple[Document, tuple[Clause, ...]]] = []
    for number, (a, b) in enumerate(zip(starts, [*starts[1:], len(pieces)], strict=True), start=1):
        start = reading.at[pieces[a].start] if a else 0
        end = reading.at[pieces[b].start] if b < len(pieces) else len(source.text)
        identifier = doc_id if number == 1 else f"{doc_id}-{number}"
        given = dict(source.metadata) | dict(overrides or {}) if number == 1 else {}
        found.append(_document(pieces[a:b], source, reading, doc_id=identifier, given=given, span=(start, end)))
    if not any(c.leaf and c.kind not in ("front", "back", "contents") for _, tree in found for c in tree):
        raise InputError(
            f"{source.name}: no clause found: no numbered provision and no paragraph of full sentences.",
            remedy="Check that the file holds the policy text and not only its title or a picture of it.",
        )
    return found


def _document(
    pieces: list[Piece], source: SourceText, reading: Reading, *, doc_id: str, given: Mapping[str, str], span: tuple[int, int]
) -> tuple[Document, tuple[Clause, ...]]:
    """The document that these paragraphs make up, with its clauses."""
    matter = _of_tables(pieces, find_matter(pieces))
    outline = _outline(pieces, reading, matter)
    found = tuple(clauses(outline.root, reading, document=doc_id))
    said = describe(source, pieces, reading, matter)
    title = given.get("title") or said.title or doc_id
    issuers = tuple(given["issuers"].split("、")) if given.get("issuers") else said.issuers
    number = given.get("number") or said.number
    date = given.get("date") or said.date
    first, last = pieces[0].start, pieces[-1].end
    region, level = locate_document(title=title, number=number, issuers=issuers, text=reading.folded[first : min(first + _PLACED, last)])
    warnings = [*source.warnings, *_conflicts(source, said)] if span[0] == 0 else list(source.warnings)
    where = "in the manifest" if span[0] == 0 else "in the manifest, with the text in a file of its own"
    if not (said.title or given.get("title")):
        warnings.append(f"{source.name}: no title found; {doc_id} stands for it. Set title {where}.")
    name = PurePath(source.name).stem if span[0] == 0 else ""
    if date is None and (date := date_in_name(name)):
        warnings.append(f"{source.name}: no date found in the text; {date} is a guess from the file's name. Set date {where}.")
    if date is None:
        warnings.append(f"{source.name}: no date found. Set date {where}, or links cannot know which text is older.")
    if region is None and not given.get("region"):
        region, guessed = locate_document(title=re.sub(r"^[\W\d_]+", "", name), number=None, issuers=(), text="")
        level = level if region is None else guessed
        said_so = f"no region found in the text; {region} is a guess from the file's name" if region else "no region found"
        warnings.append(f"{source.name}: {said_so}. Set region {where}.")
    document = Document(
        id=doc_id, source=source.name, title=title, number=number, issuers=issuers,
        region=given.get("region") or region, level=given.get("level") or level, date=date,  # type: ignore[arg-type]
        effective=given.get("effective") or said.effective, sha256=source.sha256, encoding=source.encoding,
        media_type=source.media_type, characters=last - first, addressees=said.addressees, url=given.get("url"),
        ocr=source.ocr, warnings=tuple(warnings), start=span[0], end=span[1],
    )
    return document, found


def _of_tables(pieces: list[Piece], matter: Matter) -> Matter:
    """The front and back of a file that is only tables under its title lines: its rows are neither."""
    first = next((i for i, piece in enumerate(pieces) if piece.row), None)
    if first is None or not all(piece.row for piece in pieces[first:]) or any("。" in piece.text for piece in pieces[:first]):
        return matter
    return replace(matter, body=first, numbered=min(matter.numbered, first), back=len(pieces))


def _conflicts(source: SourceText, said: Described) -> Iterator[str]:
    """What the file says of its document and the text says otherwise."""
    for name, own in (("number", said.number), ("date", said.date)):
        file = source.metadata.get(name)
        if file and own and re.sub(r"\s", "", fold(file)) != fold(own):
            yield f"{source.name}: {name}: the text says {own}, the page {file}; the page is taken."


#: The regions that a text names before its number, its issuers and its title tell are counted in so many characters.
_PLACED = 3000
#: 亲爱的同学们： A text without numbers that greets its readers is a letter, and orders nothing.
_SALUTATION = re.compile(r"(?:亲爱|尊敬|敬爱)的[^。，]{1,30}[：！]")
_SALUTED = 6
_BOX_TITLE = re.compile(r"专栏\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})")


def _table_end(i: int, pieces: list[Piece], matter: Matter) -> int:
    """The last row of the table that paragraph `i` opens, `i` itself when it opens none. A single cell that spans rows
    (土壤生态环境) may stand between two rows."""
    if not pieces[i].row or not (i + 1 < matter.back and (pieces[i + 1].row or (i + 2 < matter.back and pieces[i + 2].row))):
        return i
    last = i
    while last + 1 < matter.back:
        if pieces[last + 1].row:
            last += 1
        elif last + 2 < matter.back and pieces[last + 2].row and _is_cell(pieces[last + 1]):
            last += 2
        else:
            break
    return last


def _is_cell(piece: Piece) -> bool:
    return len(piece.text) <= 20 and not ends_sentence(piece.text) and not piece.mark


def _outline(pieces: list[Piece], reading: Reading, matter: Matter) -> Outline:
    outline = Outline(reading)
    skip = last_table = last_note = -2
    letter = not any(piece.mark for piece in pieces) and any(_SALUTATION.match(piece.text) for piece in pieces[:_SALUTED])
    for i, piece in enumerate(pieces):
        text = piece.text
        if i <= skip:
            continue
        if i in matter.contents:
            outline.add_leaf(piece.start, piece.end, kind="contents", place="contents")
            continue
        if i < matter.body:
            outline.add_leaf(piece.start, piece.end, kind="front", place="front")
            continue
        if i >= matter.back:
            outline.stack = outline.stack[:1]
            outline.add_leaf(piece.start, piece.end, kind="back", place="back")
            continue
        if i in matter.closing:
            outline.stack = outline.stack[:1]
            outline.add_leaf(piece.start, piece.end, kind="back", place="back")
            continue
        if i in matter.debris:
            outline.add_leaf(piece.start, piece.end, kind="back", place="back")
            continue
        if letter:
            outline.add_leaf(piece.start, piece.end, kind="preamble")
            continue
        if i < matter.numbered:
            if re.fullmatch(r"前言|引言|序言|序", text):
                outline.add_plain(piece.start, piece.end, level=FOREWORD, place="section")
            else:
                outline.add_leaf(piece.start, piece.end)
            continue
        following = next((j for j in range(i + 1, matter.back) if j not in matter.contents), None)
        table_end = _table_end(i, pieces, matter)
        if table_end > i:
            outline.add_table(piece.start, pieces[table_end].end)
            skip = last_table = table_end
            continue
        if is_note(text, after_note=last_note == i - 1, after_table=last_table == i - 1):
            outline.add_leaf(piece.start, piece.end, kind="definition")
            last_note = i
            continue
        title_end = _annex_title(i, pieces, matter, counted=outline.counted)
        if title_end is not None:
            label = ANNEX_LABEL.match(text)
            outline.add_annex(piece.start, pieces[title_end].end, label=label["label"] if label else "")
            skip = title_end
            continue
        if _BOX_TITLE.match(text) and len(text) <= 50 and not ends_sentence(text):
            outline.add_plain(piece.start, piece.end, level=BOX, place="section")
            continue
        mark = piece.mark
        if mark and _opens(mark, text):
            outline.add_numbered(piece, mark, followed=following is not None and _followed(mark, pieces[following]))
        elif piece.heading_mark and not ends_sentence(text) and len(text) <= 60:
            outline.add_plain(piece.start, piece.end, level=UNNUMBERED, place="section")
        else:
            if not mark:
                outline.end_list(text)
            outline.add_leaf(piece.start, piece.end)
    return outline


def _opens(mark: m.Marker, text: str) -> bool:
    """Whether a number at the start of a paragraph opens a provision and is not a quantity (2.5万公顷) or a name."""
    return mark.end < len(text) or mark.level.rank <= m.ARTICLE.rank


def _followed(mark: m.Marker, following: Piece) -> bool:
    """Whether what follows stands under the provision that `mark` opens: text without a number, or a deeper number."""
    return following.mark is None or following.mark.level.rank > mark.level.rank


def _annex_title(i: int, pieces: list[Piece], matter: Matter, *, counted: int) -> int | None:
    """When paragraph `i` opens an annex or a further text, the index of the last line of its title.

    It does when it is 附件N, when it reads as a title and the numbering starts again after it, or when it is a short
    line after which a count that had come to two and more (`counted`) starts again at once.
    """
    text = pieces[i].text
    named = bool(ANNEX_LABEL.match(text)) and len(text) <= 60 and not ends_sentence(text)
    if not named and (i <= matter.numbered or pieces[i].mark or len(text) > 50 or ends_sentence(text)):
        return None
    titled = bool(title_end().search(text))
    if not named and not titled and not (counted >= 2 and i + 1 < matter.back and not pieces[i].row and restarts(pieces, i + 1, stop=i + 2)):
        return None
    last = i
    while last + 1 < matter.back and last - i < 3 and _goes_on(pieces, last, first=i) and not pieces[last + 1].row and last + 1 not in matter.closing:
        last += 1
    if named or not titled:
        return last
    return last if restarts(pieces, last + 1, stop=matter.back) else None


def _goes_on(pieces: list[Piece], last: int, *, first: int) -> bool:
    """Whether the title of an annex goes on after its line `last`."""
    text = pieces[last + 1].text
    if last > first and title_end().search(pieces[last].text) and not text.startswith("（"):
        return False
    return len(text) <= 50 and not pieces[last + 1].mark and not ends_sentence(text) and not ANNEX_LABEL.match(text)
