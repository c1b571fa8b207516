"""Queries understood: conditions in the words of a query become filters and boosts, the rest is matched."""

from __future__ import annotations

import calendar
import csv
import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import policygraph
from policygraph.search.bridge import Bridge, bridges
from policygraph.search.index import ClauseIndex
from policygraph.search.results import Condition
from policygraph.search.text import is_chinese, plain

_DATE = re.compile(
    r"(?P<to>到|至|截至|截止|by|before|until)?\s*(?P<year>20\d\d)\s*(?:年|(?![\d.%]))\s*(?:(?P<month>1[0-2]|0?[1-9])月)?"
    r"(?P<end>年?底|年末|末)?(?P<before>之前|以前|前)?"
)
_ITEM = re.compile(r"第\s*(?P<han>[〇零一二三四五六七八九十百\d]+)\s*(?:条|项|款)|\b(?:item|article)\s+(?P<latin>\d+)", re.IGNORECASE)
_TITLE = re.compile(r"《([^》]{2,60})》")
_AGENCY_TAIL = re.compile(r"(?:部门|委员会|厅|局|委|部|办公室|办)$")
_AGENCY_HEAD = re.compile(r"^(?:国家|中国|省|市|区|县|四川省|重庆市)")
_BODY = re.compile(r"(?P<stem>[\u4e00-\u9fff]{2,8}?)(?P<tail>主管部门|部门|委员会|厅|局|委|部|办)(?=牵头|负责|配合|参与|落实|主管|的|$|有|要|承担|和|、|？|要求)")
_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a query asks for. `core` is the part to match, conditions and empty words taken out; `said` the query
    without its conditions, as it is encoded."""

    query: str
    core: str
    said: str
    regions: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    role: str | None = None
    due: str | None = None
    due_exact: bool = False
    modality: str | None = None
    bridges: tuple[Bridge, ...] = ()
    conditions: tuple[Condition, ...] = ()

    @property
    def bare(self) -> bool:
        """Whether nothing is left to match but the conditions."""
        return len(re.sub(r"[^\w]", "", self.core)) < 2 and not self.bridges


@cache
def _words() -> dict[str, Any]:
    with (_vocabulary() / "query.toml").open("rb") as file:
        return tomllib.load(file)


def _vocabulary() -> Path:
    return Path(policygraph.__file__).parent / "ontology" / "vocabulary"


@cache
def region_names() -> dict[str, tuple[str, ...]]:
    """GB/T 2260 code → names that people use, Chinese and English."""
    with (_vocabulary() / "regions.tsv").open(encoding="utf-8", newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    return {
        row["code"]: tuple(
            dict.fromkeys(filter(None, [row["name"], *(row["short"] or "").split("/"), *(row["en"] or "").split("/")]))
        )
        for row in csv.DictReader(lines, delimiter="\t")
    }


def plain_query(query: str) -> Understood:
    """The query as it stands, nothing understood."""
    return Understood(query=query, core=query, said=query)


@dataclass
class _Work:
    """The query while conditions are taken out of it; `text` keeps its length, what is taken becomes spaces."""

    text: str
    conditions: list[Condition] = field(default_factory=list)

    def take(self, start: int, end: int) -> str:
        words = self.text[start:end]
        self.text = self.text[:start] + " " * (end - start) + self.text[end:]
        return words


def understand(query: str, index: ClauseIndex) -> Understood:
    """Find the conditions that `query` states, as far as they name something that the index holds."""
    work = _Work(plain(query))
    regions = _regions(work, index)
    documents = _documents(work, index, regions)
    agencies, role = _agencies(work, index)
    numbers = _numbers(work, index)
    due, exact = _due(work)
    modality = next((m for m, pattern in _words()["modalities"].items() if re.search(pattern, work.text)), None)
    if modality:
        work.conditions.append(Condition(field="modality", value=modality, words="", effect="boost"))
    said = re.sub(r"\s+", " ", work.text).strip()
    return Understood(
        query=query, core=content(work.text), said=said if len(said) > 1 else query, regions=regions,
        documents=documents, numbers=numbers, agencies=agencies, role=role, due=due, due_exact=exact,
        modality=modality, bridges=_bridges(work.text), conditions=tuple(work.conditions),
    )  # fmt: skip


def content(text: str) -> str:
    """A query without the words that carry no content."""
    if is_chinese(text):
        for word in sorted(_words()["shell"], key=len, reverse=True):
            text = text.replace(word, " ")
    return " ".join(word for word in text.split() if word not in _words()["english"])


def _bridges(text: str) -> tuple[Bridge, ...]:
    return tuple(b for b in bridges(text) if not set(b.words) <= set(_words()["shell"]))


def _find(name: str, text: str) -> re.Match[str] | None:
    wanted = plain(name)
    pattern = re.escape(wanted) if is_chinese(wanted) else rf"(?<![a-z]){re.escape(wanted)}(?:'s)?(?![a-z])"
    return re.search(pattern, text)


def _regions(work: _Work, index: ClauseIndex) -> tuple[str, ...]:
    found: dict[str, re.Match[str]] = {}
    for code in index.names["region"]:
        if code == "000000":
            if match := re.search(_words()["nation"], work.text):
                found[code] = match
            continue
        for name in region_names().get(code, ()):
            if len(name) > 1 and (match := _find(name, work.text)):
                found[code] = match
                break
    if len(found) != 1:
        return ()  # two regions in one query are its subject (川渝合作), not a condition
    ((code, match),) = found.items()
    if code == "000000":
        words = work.take(*match.span())
    else:
        words = work.take(match.start(), match.end() + (work.text[match.end() : match.end() + 1] in ("省", "市")))
    work.conditions.append(Condition(field="region", value=code, words=words, effect="filter"))
    return (code,)


def _documents(work: _Work, index: ClauseIndex, regions: tuple[str, ...]) -> tuple[str, ...]:
    known = index.titles
    if match := _TITLE.search(work.text):
        named = [key for key, title in known.items() if match[1] in title or title in match[1]]
        if named:
            words = work.take(*match.span())
            work.conditions += [Condition(field="document", value=key, words=words, effect="filter") for key in named]
            return tuple(named)
    words_of = _words()["documents"]
    kind = next((name for name in words_of["kinds"] if name in work.text), None)
    period = next((name for name in words_of["periods"] if name in work.text), None)
    if kind is None or (period is None and not regions):
        return ()
    among = [key for key in known if not regions or index.documents[key]["region"] in regions]
    named = [key for key in among if kind in known[key] and (period is None or period in known[key])]
    if not named or len(named) == len(among):
        return ()
    words = (period or "") + kind
    for part in (period, kind):
        if part and (at := work.text.find(part)) >= 0:
            work.take(at, at + len(part))
    work.conditions += [Condition(field="document", value=key, words=words, effect="filter") for key in named]
    return tuple(named)


def _agencies(work: _Work, index: ClauseIndex) -> tuple[tuple[str, ...], str | None]:
    known = index.names["agency"]
    if not known:
        return (), None
    role = next((r for r, pattern in _words()["roles"].items() if re.search(pattern, work.text)), None)
    words = next((name for name in index.longest_agencies if name in work.text), "")
    stem = _stem(words)
    if not words and role and (match := _BODY.search(re.sub("^.*由", lambda m: " " * len(m.group()), work.text))):
        words, stem = match.group(), _stem(match["stem"])
        while len(stem) > 2 and not any(stem in name for name in known):
            stem = stem[1:]
    found = tuple(name for name in known if stem and stem in name) if len(stem) >= 2 else ()
    if not found:
        return (), None
    if at := work.text.find(words) + 1:
        work.take(at - 1, at - 1 + len(words))
    if role:
        work.text = re.sub(_words()["roles"][role] + "|由", lambda m: " " * len(m.group()), work.text)
    value = words + (f" ({role})" if role else "")
    work.conditions.append(Condition(field="agency", value=value, words=words, effect="filter"))
    return found, role


def _stem(name: str) -> str:
    return _AGENCY_TAIL.sub("", _AGENCY_HEAD.sub("", name))


def _numbers(work: _Work, index: ClauseIndex) -> tuple[str, ...]:
    match = _ITEM.search(work.text)
    if match is None:
        return ()
    wanted = _value(match["han"] or match["latin"])
    found = tuple(name for name in index.names["number"] if _value(name) == wanted)
    if found:
        words = work.take(*match.span())
        work.conditions.append(Condition(field="number", value=str(wanted), words=words, effect="filter"))
    return found


def _value(number: str) -> int | None:
    """The value of 第十二条, （十二）, 12.

    >>> _value("（三十八）")
    38
    """
    text = re.sub(r"[^\d〇零一二三四五六七八九十百]", "", number)
    if not text:
        return None
    if text.isdigit():
        return int(text)
    total, digit = 0, 0
    for char in text.replace("〇", "零"):
        if char.isdigit():
            digit = int(char)
        elif char in _DIGITS:
            digit = _DIGITS.index(char)
        else:
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
    return total + digit


def _due(work: _Work) -> tuple[str | None, bool]:
    for match in _DATE.finditer(work.text):
        if not (match["to"] or match["end"] or match["before"] or not is_chinese(work.text)):
            continue
        year, month = int(match["year"]), int(match["month"] or 12)
        if match["before"] and not match["end"]:
            year, month = (year, month - 1) if match["month"] and month > 1 else (year - 1, 12)
        day = f"{year}-{month:02d}-{calendar.monthrange(year, month)[1]}"
        words = work.take(*match.span())
        work.conditions.append(Condition(field="due", value=day, words=words.strip(), effect="boost"))
        return day, bool(match["end"] or match["before"])
    return None, False
