"""Titles, numbers and items: whether the document that a text names is held, has that number, and has that item."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from policygraph.align.library import Library
from policygraph.align.numerals import numeral
from policygraph.errors import NotFoundError
from policygraph.extract.citations import normal_title
from policygraph.model import Clause, Document
from policygraph.verify.claims import Claim, Place
from policygraph.verify.naming import NUMBER, TITLE, Naming, normal_number
from policygraph.verify.texts import changes_between
from policygraph.vocabulary.regions import regions_in

#: Titles that are less alike than this are of other documents; so are those that differ in a place or a number.
_ALIKE = 0.6
_ARTICLE = re.compile(r"第(?P<no>[一二三四五六七八九十百零〇两\d]{1,5})(?P<kind>条|项)(?!措施|线|例)")
_DIGITS = re.compile(r"\d+|十[一二三四五六]五")


@dataclass(frozen=True, slots=True)
class Item:
    """第十条: an item that a text names."""

    number: int
    start: int
    end: int


def items_in(folded: str) -> Iterator[Item]:
    for match in _ARTICLE.finditer(folded):
        number = numeral(match["no"])
        if number:
            yield Item(number, match.start(), match.end())


def check_title(claim: Claim, written: str, *, naming: Naming, number: str | None) -> Claim:
    """A title against those held; `number` is the one that the text gives it."""
    found = naming.title(written)
    if found:
        document = naming.library.documents[found[0]]
        reason = "The title of a document held." if len(found) == 1 else f"The title of {len(found)} documents held: {', '.join(found)}."
        return replace(claim, status="found", reason=reason, where=_whole(document))
    numbered = NUMBER.search(normal_number(number)) if number else None
    by_number = naming.number(numbered)[0] if numbered else None
    if by_number:
        document = naming.library.documents[by_number]
        alike = SequenceMatcher(None, normal_title(written), normal_title(document.title), autojunk=False).ratio()
        own = alike >= _ALIKE and _same_edition(written, document.title)
        changes = changes_between(written, document.title) if own else ()
        reason = "The document with that number is titled otherwise." if own else "The number is that of another document."
        return replace(claim, status="differs" if own else "contradicted", reason=reason, says=document.title, changes=changes, where=_whole(document))
    near = _nearest(written, naming)
    citing = naming.cited.get(normal_title(written), ())
    reason = "Its text is not held here."
    if citing:
        reason += f" It is cited by {', '.join(citing[:3])}."
    if near:
        reason += f" The nearest title held is 《{near.title}》."
    return replace(claim, status="not_held", reason=reason)


def _same_edition(a: str, b: str) -> bool:
    places = [{code for _, _, code in regions_in(text)} for text in (a, b)]
    return places[0] == places[1] and _DIGITS.findall(a) == _DIGITS.findall(b)


def _nearest(written: str, naming: Naming) -> Document | None:
    plain = normal_title(written)
    scored = [
        (SequenceMatcher(None, plain, normal_title(d.title), autojunk=False).ratio(), d.id)
        for d in naming.library.documents.values() if _same_edition(written, d.title)
    ]  # fmt: skip
    best = max(scored, default=(0.0, ""))
    return naming.library.documents[best[1]] if best[0] >= _ALIKE else None


def check_number(claim: Claim, match: re.Match[str], *, naming: Naming, title: str | None) -> Claim:
    """A number against those held; `title` is the one that the text gives it to."""
    held, number = naming.number(match)
    titled = naming.title(title) if title else ()
    documents = naming.library.documents
    if held and (not titled or held in titled):
        return replace(claim, status="found", reason="The number of a document held.", where=_whole(documents[held]))
    if held:
        return replace(claim, status="contradicted", reason="The number is that of another document.", says=documents[held].title, where=_whole(documents[held]))
    known = [documents[name] for name in titled if documents[name].number]
    if known:
        changes = changes_between(number, normal_number(known[0].number or ""))
        return replace(claim, status="contradicted", reason="The document has another number.", says=known[0].number, changes=changes, where=_whole(known[0]))
    if titled:
        return replace(claim, status="not_checkable", reason="The text that is held bears no number.", where=_whole(documents[titled[0]]))
    citing = naming.cited.get(number, ())
    cited = f" It is cited by {', '.join(citing[:3])}." if citing else ""
    return replace(claim, status="not_held", reason=f"No document held has this number.{cited}")


def title_beside(folded: str, start: int, end: int) -> str | None:
    """The title that a number at `start` to `end` is given to: 《…》（国发〔2021〕33号）, （国发〔2021〕33号）《…》."""
    before = list(TITLE.finditer(folded, 0, start))
    if before and re.fullmatch(r"[（,，、文号：]{0,6}", folded[before[-1].end() : start]):
        return before[-1][1]
    after = TITLE.match(folded, end + len(folded[end:]) - len(folded[end:].lstrip("）,，文件")))
    return after[1] if after else None


def number_beside(folded: str, start: int, end: int) -> str | None:
    """The number that a title at `start` to `end` is given."""
    after = NUMBER.match(folded, end + len(folded[end:]) - len(folded[end:].lstrip("（文号：")))
    if after:
        return after.group()
    before = [m for m in NUMBER.finditer(folded, max(0, start - 40), start) if re.fullmatch(r"[）,，文件]{0,4}", folded[m.end() : start])]
    return before[-1].group() if before else None


def check_item(claim: Claim, item: Item, *, library: Library, scope: Sequence[str], named: bool, title: str) -> tuple[Claim, tuple[Clause, ...]]:
    """An item of the one document that the text names, and its clauses."""
    if not named or len(scope) != 1:
        return replace(claim, status="not_checkable", reason="The text does not say of which one document."), ()
    try:
        clauses = library.item(scope[0], item.number)
    except NotFoundError as error:
        if not library.items(scope[0]):
            return replace(claim, status="not_checkable", reason=f"{title} has no numbered items."), ()
        return replace(claim, status="contradicted", reason=error.message), ()
    clause = clauses[0]
    place = Place(document=clause.document, clause=clause.id, citation=library.label(clause), start=clause.start, end=clauses[-1].end)
    return replace(claim, status="found", reason="The document has this item.", where=place), clauses


def _whole(document: Document) -> Place:
    return Place(document=document.id, clause=None, citation=f"《{document.title}》", start=document.start, end=document.end or document.characters)
