"""Which documents a text speaks of: by title, by number, by the place whose plan it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from policygraph.align.library import Library
from policygraph.extract.citations import normal_title
from policygraph.model import Document
from policygraph.vocabulary.lists import any_of, lists
from policygraph.vocabulary.regions import regions, regions_in

TITLE = re.compile(r"《((?:[^《》]|《[^《》]*》){2,120})》")
NUMBER = re.compile(r"(?P<sign>[一-龥]{1,12})〔(?P<year>\d{4})〕\s*第?\s*(?P<serial>\d{1,5})\s*号|(?P<round>[一-龥]{1,12})（(?P<in>\d{4})）\s*第?\s*(?P<no>\d{1,5})\s*号")
#: Words before a number that are none of it.
_LEADS_IN = re.compile(r".*(?:按照|根据|依据|依照|遵照|参照|执行|落实|贯彻|印发|转发|以及|关于|文号|文件|通知|编号|[见以和及与对在由的等用或即是为])")
_NATION = "000000"


@dataclass(frozen=True, slots=True)
class Mention:
    """Words that name documents. `documents` is empty where none of those named is held. `rests_on`: they are named as
    what another document rests on."""

    start: int
    end: int
    name: str
    documents: tuple[str, ...]
    rests_on: bool = False


@cache
def _words() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    table = lists("verify")
    said, kinds = any_of(table["says"]), any_of(table["instruments"])
    after = re.compile(rf"(?:省|市|自治区)?(?:人民政府|政府)?(?:办公厅)?(?:在|的|则|还|也|《)?(?:{said}|[一-龥“”·]{{0,14}}?{kinds})")
    before = re.compile(rf"{any_of(table['rests_on'])}[^，。；]{{0,12}}$")
    nation = re.compile(rf"{any_of(table['nation'])}(?:层面)?(?:的|则|为|是)*(?:{said}|(?=\d)|[一-龥“”·]{{0,10}}?{kinds})")
    return after, before, nation


class Naming:
    """The documents of a release by what people call them."""

    def __init__(self, library: Library) -> None:
        self.library = library

    @cached_property
    def titles(self) -> dict[str, tuple[str, ...]]:
        """Documents by their normal title, and by it without the place or body that it begins with."""
        found: dict[str, list[str]] = {}
        for document in self.library.documents.values():
            for name in dict.fromkeys(_forms(document)):
                found.setdefault(name, []).append(document.id)
        return {name: tuple(ids) for name, ids in found.items()}

    @cached_property
    def numbers(self) -> dict[tuple[str, str, str], str]:
        """Documents by sign, year and serial of their number."""
        found = {}
        for document in self.library.documents.values():
            match = NUMBER.fullmatch(normal_number(document.number or ""))
            if match:
                found[_parts(match)] = document.id
        return found

    @cached_property
    def cited(self) -> dict[str, tuple[str, ...]]:
        """Documents held that cite an instrument, by its normal title or number."""
        found: dict[str, list[str]] = {}
        for citation in self.library.columns.all("citations"):
            for name in filter(None, (normal_title(citation.title), normal_number(citation.number or ""))):
                found.setdefault(name, []).append(citation.document)
        return {name: tuple(dict.fromkeys(ids)) for name, ids in found.items()}

    def title(self, written: str) -> tuple[str, ...]:
        """The documents with a title, written in full, without the place it begins with, or with it added."""
        plain = normal_title(written)
        exact = tuple(d.id for d in self.library.documents.values() if normal_title(d.title) == plain)
        found = exact or self.titles.get(plain, ())
        if found:
            return found
        place = regions_in(plain)
        if place and place[0][0] == 0:
            rest = _without_place(plain)
            return tuple(name for name in self.titles.get(rest, ()) if self._is_of(name, place[0][2]))
        return ()

    def _is_of(self, document: str, region: str) -> bool:
        return self.library.documents[document].region == region

    def number(self, match: re.Match[str]) -> tuple[str | None, str]:
        """The document with a number, and the number without the words before it."""
        sign, year, serial = _parts(match)
        known = [each for each in self.numbers if each[1:] == (year, serial) and sign.endswith(each[0])]
        if known:
            best = max(known, key=lambda each: len(each[0]))
            return self.numbers[best], f"{best[0]}〔{year}〕{serial}号"
        return None, f"{_LEADS_IN.sub('', sign) or sign}〔{year}〕{serial}号"

    def mentions(self, folded: str) -> list[Mention]:
        """All that a folded sentence names, in order."""
        return sorted(self._mentions(folded), key=lambda mention: mention.start)

    def _mentions(self, folded: str) -> Iterator[Mention]:
        after, before, nation = _words()
        taken = []
        for match in TITLE.finditer(folded):
            taken.append(match.span())
            rests_on = bool(before.search(folded, 0, match.start()))
            yield Mention(match.start(), match.end(), match.group(), self.title(match[1]), rests_on)
        for match in NUMBER.finditer(folded):
            taken.append(match.span())
            document, number = self.number(match)
            if document:
                yield Mention(match.end() - len(number), match.end(), number, (document,), bool(before.search(folded, 0, match.start())))
        for start, end, code in regions_in(folded):
            if any(a <= start < b for a, b in taken):
                continue
            held = self.of_region(code)
            if (held and not _in_name(folded, end)) or (not held and after.match(folded, end)):
                yield Mention(start, end, folded[start:end], held)
        for match in nation.finditer(folded):
            if not any(a <= match.start() < b for a, b in taken):
                yield Mention(match.start(), match.end(), match.group(), self.of_region(_NATION))

    def of_region(self, code: str) -> tuple[str, ...]:
        return tuple(d.id for d in self.library.documents.values() if d.region == code)


def _in_name(folded: str, end: int) -> bool:
    """长江流域四川段, 四川盆地: a part of the country, and no one who speaks."""
    return folded[end : end + 1] in ("段", "境", "盆") or folded[end : end + 2] in ("流域", "平原")


def _parts(match: re.Match[str]) -> tuple[str, str, str]:
    return (match["sign"] or match["round"], match["year"] or match["in"], (match["serial"] or match["no"]).lstrip("0") or "0")


def normal_number(number: str) -> str:
    """A number as numbers are compared.

    >>> normal_number("川办发[2021] 82 号")
    '川办发〔2021〕82号'
    """
    return re.sub(r"\s|第(?=\d)", "", number.translate(str.maketrans("[]【】（）()［］", "〔〕〔〕〔〕〔〕〔〕")))


def _without_place(title: str) -> str:
    found = regions_in(title)
    if not found or found[0][0] != 0:
        return title
    rest = title[found[0][1] :]
    return re.sub(r"^(?:省|市|自治区)?(?:人民政府|政府)?(?:办公厅|办公室)?", "", rest)


def _forms(document: Document) -> Sequence[str]:
    full = normal_title(document.title)
    short = _without_place(full)
    place = regions().get(document.region or "")
    added = [f"{place.name}{full}"] if place and document.region != _NATION else []
    bodies = [f"{normal_title(issuer)}{full}" for issuer in document.issuers]
    return [full, *([short] if len(short) >= 6 else []), *added, *bodies]
