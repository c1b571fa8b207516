"""Queries understood: conditions in the words of a query become filters and boosts, the rest is matched."""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from policygraph.encode.text import Names, grams, is_chinese, plain
from policygraph.program import VOCABULARY
from policygraph.search.bodies import Body, bodies
from policygraph.search.bridge import Bridge, bridges
from policygraph.search.dates import Due, due
from policygraph.search.index import ClauseIndex
from policygraph.search.naming import documents_named
from policygraph.search.results import Condition

_ITEM = re.compile(
    r"第\s*[（(]?(?P<han>[〇零一二三四五六七八九十百\d]+)[）)]?\s*(?:条|项|款)(?!生产线|线|路|河)"
    r"|(?<![\u4e00-\u9fff\d])[（(](?P<bracket>[一二三四五六七八九十]+)[）)]\s*项?|\b(?:item|article|clause)\s+(?P<latin>\d+|[a-z]+)",
    re.IGNORECASE,
)
#: What comes before a body that did something to somebody.
_SUFFERED = re.compile("(?:被|遭到?)(?:当地|本地)?$")
#: A law or document named as the ground of a question is matter to match; the answer may stand elsewhere.
_GROUND = re.compile(r"(?:根据|依据|依照|按照|违反|适用|基于|符合|以及|和|、|与)\s*$")
#: A title leaves other documents out where no more characters than this are asked beside it.
_LITTLE = 14
#: A body is what a query is about where no more characters than this stand beside it.
_FEW = 8
#: More characters than this beside a body tell of a case, and ask for no body's tasks.
_MUCH = 24
_OUTSIDE = re.compile(r"^(?:省|市)?(?:以外|之外)")
_NATION = "000000"
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
    #: documents that the query names as grounds: theirs come first, others are not left out
    cited: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    agencies: tuple[Body, ...] = ()
    due: Due | None = None
    indicators: tuple[str, ...] = ()
    modality: str | None = None
    bridges: tuple[Bridge, ...] = ()
    conditions: tuple[Condition, ...] = ()
    #: what the query asks for that the index does not hold, in words
    missing: tuple[str, ...] = ()

    @property
    def bare(self) -> bool:
        """Whether nothing is left to match but the conditions."""
        if self.bridges:
            return False
        core = self.core
        for word in _words()["frame"] if self.conditions else ():
            core = core.replace(word, " ")
        return len(re.sub(r"[^\w]", "", core)) < 2


@cache
def _words() -> dict[str, Any]:
    with (_vocabulary() / "query.toml").open("rb") as file:
        return tomllib.load(file)


def _vocabulary() -> Path:
    return VOCABULARY


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
    missing: list[str] = field(default_factory=list)

    def take(self, start: int, end: int) -> str:
        words = self.text[start:end]
        self.text = self.text[:start] + " " * (end - start) + self.text[end:]
        return words


def understand(query: str, index: ClauseIndex) -> Understood:
    """Find the conditions that `query` states, as far as they name something that the index holds."""
    work = _Work(_readable(query, index))
    documents, cited = _titles(work, index)
    agencies = _agencies(work, index)
    regions = _regions(work, index)
    documents = documents or _documents(work, index, regions)
    numbers = _numbers(work, index)
    last = _due(work)
    indicators = _indicators(work, index)
    modality = next((m for m, pattern in _words()["modalities"].items() if re.search(pattern, work.text)), None)
    if modality:
        work.conditions.append(Condition(field="modality", value=modality, words="", effect="boost"))
    said = re.sub(r"\s+", " ", work.text).strip()
    return Understood(
        query=query, core=_to_match(work), said=said if len(said) > 1 else query, regions=regions,
        documents=documents, cited=cited, numbers=numbers, agencies=agencies, due=last, indicators=indicators, modality=modality,
        bridges=_bridges(work.text), conditions=tuple(work.conditions), missing=tuple(work.missing),
    )  # fmt: skip


def _readable(query: str, index: ClauseIndex) -> str:
    """The query made plain (traditional characters as simplified ones too), and places in pinyin that no document here is of
    by their Chinese name (those that documents are of are conditions)."""
    text = plain(query)
    for word in dict.fromkeys(re.findall(r"[a-zü']{2,}", text)):
        for code in _romanised().get(word, ()):
            if code not in index.names["region"]:
                text = f"{text} {plain(region_names()[code][1])}"
    return text


@cache
def _romanised() -> dict[str, tuple[str, ...]]:
    """Codes of the places of a name in Latin letters."""
    codes: dict[str, tuple[str, ...]] = {}
    for code, names in region_names().items():
        for name in names:
            if not is_chinese(name) and code != _NATION:
                codes[plain(name)] = (*codes.get(plain(name), ()), code)
    return codes


def content(text: str, *, asked_of: bool = False) -> str:
    """A query without the words that carry no content; when it is asked of something that conditions name, also without
    the words that ask for requirements and tasks."""
    if is_chinese(text):
        for word in sorted([*_words()["shell"], *(_words()["wanted"] if asked_of else ())], key=len, reverse=True):
            text = text.replace(word, " ")
    return " ".join(word for word in text.split() if word not in _words()["english"])


def _to_match(work: _Work) -> str:
    """What is matched: of a question as it stands every word (a text that has 有哪些 may well answer), beside conditions
    only what is asked of them."""
    if work.conditions or not is_chinese(work.text):
        return content(work.text, asked_of=True)
    return " ".join(work.text.split())


def _bridges(text: str) -> tuple[Bridge, ...]:
    return tuple(b for b in bridges(text) if not set(b.words) <= set(_words()["shell"]))


def _find(name: str, text: str) -> re.Match[str] | None:
    wanted = plain(name)
    if wanted not in text:
        return None
    pattern = re.escape(wanted) if is_chinese(wanted) else rf"(?<![a-z]){re.escape(wanted)}(?:'s)?(?![a-z])"
    return re.search(pattern, text)


def _regions(work: _Work, index: ClauseIndex) -> tuple[str, ...]:
    found: dict[str, re.Match[str]] = {}
    for code in index.names["region"]:
        if code == _NATION:
            if match := re.search(_words()["nation"], work.text):
                found[code] = match
            continue
        for name in region_names().get(code, ()):
            if len(name) > 1 and (match := _find(name, work.text)):
                found[code] = match
                break
    if not found:
        _elsewhere(work, index)
    if len(found) != 1:
        return ()  # two regions in one query are its subject (川渝合作), not a condition
    ((code, match),) = found.items()
    end = match.end()
    if code != _NATION:
        end += work.text[end : end + 1] in ("省", "市")
    outside = _OUTSIDE.match(work.text[match.end() :])
    before = re.search(r"(?:除了?|不含|不包括)$", work.text[: match.start()])
    codes = tuple(c for c in index.names["region"] if c != code) if outside or before else (code,)
    start = before.start() if before else match.start()
    end = match.end() + outside.end() if outside else end + (work.text[end : end + 1] == "外" and before is not None)
    words = work.take(start, end)
    work.conditions.append(Condition(field="region", value=",".join(codes), words=words, effect="filter"))
    return codes


def _elsewhere(work: _Work, index: ClauseIndex) -> None:
    """A province that no document here is of and no clause speaks of: said, since what is found is not about it."""
    for _, _, name in _provinces().within(work.text):
        held = any(name in region_names().get(code, ()) for code in index.names["region"])
        pairs = [gram for gram in grams(plain(name)) if len(gram) > 1]
        if not held and _find(name, work.text) and not index.match(pairs, limit=1, every=True).size:
            work.missing.append(f"no document of {name}")
            return


@cache
def _provinces() -> Names:
    return Names(name for code, names in region_names().items() if code.endswith("0000") for name in names if len(name) > 1)


def _titles(work: _Work, index: ClauseIndex) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Documents named by their number, their title or their id: those that leave others out, and those only cited."""
    for start, end, keys, marked in documents_named(work.text, index):
        item = _ITEM.match(work.text, end) or _ITEM.match(work.text, end + 1)
        beside = len(re.sub(r"\W", "", content(work.text[:start] + " " + work.text[end:])))
        filters = item is not None or (beside <= _LITTLE and not _GROUND.search(work.text[:start]))
        if not marked and item is None and beside:
            continue  # its words are matched as they stand
        words = work.take(start, end) if filters else work.text[start:end]
        effect: Literal["filter", "boost"] = "filter" if filters else "boost"
        work.conditions += [Condition(field="document", value=key, words=words, effect=effect) for key in keys]
        return (keys, ()) if filters else ((), keys)
    return (), ()


def _documents(work: _Work, index: ClauseIndex, regions: tuple[str, ...]) -> tuple[str, ...]:
    known = index.titles
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


def _agencies(work: _Work, index: ClauseIndex) -> tuple[Body, ...]:
    roles, meant = _words()["roles"], _words()["stands_for"]
    text = re.sub(_words()["not_in_role"], lambda match: " " * len(match.group()), work.text)
    found: list[Body] = []
    for body, mention in bodies(text, index, roles, meant):
        if not body.names:
            work.missing.append(f"no clause names {body.words}")
            continue
        if not _asked_of(body, text[: mention.start] + text[mention.end :], index):
            continue  # a party (用人单位), or a body in a question about something else: matter to match
        if body.role is None and _SUFFERED.search(text[: mention.start]):
            continue  # 被公安局抓了: what befell the one who asks
        found.append(body)
        effect: Literal["filter", "boost"] = "filter" if body.filters else "boost"
        work.conditions.append(Condition(field="agency", value=body.words, words=body.words, effect=effect))
        if body.role:
            work.conditions.append(Condition(field="role", value=body.role, words="", effect="boost"))
        if body.filters:
            work.take(mention.start, mention.end)
    if any(body.role for body in found):
        pattern = "|".join([*{roles[body.role] for body in found if body.role}, "由"])
        work.text = re.sub(pattern, lambda match: " " * len(match.group()), work.text)
    return tuple(found)


def _asked_of(body: Body, beside: str, index: ClauseIndex) -> bool:
    """Whether a query asks for what a body is to do: few words stand beside it, or they ask for tasks or a role. A body
    that is no public one, as far as is known, must be asked of in so many words."""
    characters = len(re.sub(r"\W", "", beside))
    asks = re.search(_words()["asks_of_body"], beside) is not None
    if not any(name in index.agencies for name in body.names):
        return asks and characters <= _LITTLE
    return characters <= _FEW or (characters <= _MUCH and (asks or body.role is not None or not body.filters))


def _indicators(work: _Work, index: ClauseIndex) -> tuple[str, ...]:
    """Indicators that targets here are set for; their names stay in the text to match."""
    named = list(dict.fromkeys(name for _, _, name in index.indicator_names.within(work.text)))
    longest = tuple(name for name in named if not any(name != other and name in other for other in named))
    work.conditions += [Condition(field="indicator", value=name, words=name, effect="boost") for name in longest]
    return longest


def _numbers(work: _Work, index: ClauseIndex) -> tuple[str, ...]:
    for match in _ITEM.finditer(work.text):
        written = match["han"] or match["bracket"] or match["latin"]
        ordinals = _words()["ordinals"]
        wanted = ordinals.index(written) + 1 if written in ordinals else _value(written)
        if wanted is None:
            continue  # an article about something
        found = tuple(name for name in index.names["number"] if _value(name) == wanted)
        if not found:
            work.missing.append(f"no clause has the number {wanted}")
            return ()
        words = work.take(*match.span())
        work.conditions.append(Condition(field="number", value=str(wanted), words=words, effect="filter"))
        return found
    return ()


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


def _due(work: _Work) -> Due | None:
    found = due(work.text, chinese=is_chinese(work.text))
    if found:
        words = work.take(found.start, found.end)
        work.conditions.append(Condition(field="due", value=found.day, words=words.strip(), effect="boost"))
    return found
