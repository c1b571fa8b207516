"""What a question asks for: its intent, and the documents, items, agencies, indicators and dates that it names.

No language model: patterns of `words.toml`, and the names that the graph itself holds. What is not sure is not
understood; a wrong clause is worse than none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from policygraph.align.library import Library
from policygraph.align.numerals import ItemMention, item_mentions
from policygraph.model import Clause, Document
from policygraph.vocabulary.regions import NATION, regions, regions_in

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_BETWEEN = re.compile(r"(?<=[㐀-鿿]) +(?=[㐀-鿿\d])|(?<=\d) +(?=[㐀-鿿])")
#: What may stand between a document's name and the number of its item.
_OF = re.compile(
    r"(?:的|里|中|那|这|部|级|层面|省|市|版|攻坚战|长江|保护修复|深入打好|打好|生态环境保护|[“”\"《》'’s ]|plan|action|document|policy|scheme"
    r"|行动方案|实施方案|工作方案|方案|行动计划|计划|规划|文件|意见|条例|办法)*"
)
_AFTER = re.compile(r"\s*(?:of|from|in)\s+the\s+|\s*of\s+")
_DOCUMENT_WORD = re.compile(r"\s*(?:'s\s+|province'?s?\s+)?(?:action |implementation |provincial )*(?:plan|scheme|document|policy)")
#: What may stand between a region's name and the kind of its document.
_BESIDE = r"(?:[省市的《“ ]|'s|长江|省级|生态环境保护|保护修复|攻坚战|深入|打好|provincial|yangtze)*"
#: What of a question can be taken back, and what is then in its place; items and documents are taken back before.
_TAKEN_BACK: Mapping[str, tuple[()] | None] = {
    "agency": (), "indicator": (), "clauses": (), "date": None, "role": None, "strictness": None, "timing": None, "direction": None,
}  # fmt: skip
#: The sides of a comparison; `different` asks for either.
_SIDES = {"strictness": ("stricter", "looser"), "timing": ("earlier", "later")}
_LEAST_TITLE = 3
_LEAST_INDICATOR = 4


@dataclass(frozen=True, slots=True)
class Mention:
    """Documents that a stretch of the question names: the nation's, a region's, or one by its title."""

    label: str
    documents: tuple[str, ...]
    start: int
    end: int
    national: bool = False


@dataclass(slots=True)
class Understood:
    """What was made of a question. `holders` are the documents whose items are meant, `others` the rest named."""

    question: str
    english: bool
    intent: str | None = None
    items: list[int] = field(default_factory=list)
    holders: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    mentions: tuple[Mention, ...] = ()
    missing: list[str] = field(default_factory=list)
    clauses: tuple[Clause, ...] = ()
    agency: tuple[str, ...] = ()
    indicator: tuple[str, ...] = ()
    date: str | None = None
    after: str | None = None
    role: str | None = None
    strictness: str | None = None
    timing: str | None = None  # with `strictness`: one side, or `different` for either
    direction: str | None = None
    topic: str = ""

    def as_dict(self) -> dict[str, object]:
        shown: dict[str, object] = {"intent": self.intent, "language": "en" if self.english else "zh"}
        for name in ("items", "agency", "indicator", "date", "after", "role", "strictness", "timing", "direction"):
            if value := getattr(self, name):
                shown[name] = list(value) if isinstance(value, (list, tuple)) else value
        if self.items:
            shown["documents"] = list(self.holders)
            shown["against"] = list(self.others)
        else:
            shown["documents"] = [name for mention in self.mentions for name in mention.documents]
        if self.clauses:
            shown["clauses"] = [clause.id for clause in self.clauses]
        return shown


@cache
def _words() -> Mapping[str, object]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


def fold_question(question: str) -> str:
    """Lower case, full-width forms made plain, spaces around Chinese characters taken out.

    >>> fold_question("四川 哪一条落实国家方案第 １０ 条？")
    '四川哪一条落实国家方案第10条?'
    """
    plain = " ".join(question.translate(_WIDE).lower().split())
    return _BETWEEN.sub("", plain)


def understand(question: str, library: Library, *, without: Collection[str] = ()) -> Understood:
    """What is made of the question, less what the asker takes back: names of fields (`agency`) and of documents."""
    text = fold_question(question)
    found = Understood(question=question, english=not re.search(r"[㐀-鿿]", text))
    found.mentions = _kept(_mentions(text, library, found), without)
    numbers = [] if "items" in without else item_mentions(_blank(text, found.mentions))
    found.items = list(dict.fromkeys(mention.number for mention in numbers))
    found.clauses = _named_clauses(text, library)
    found.agency = _agencies(text, library)
    found.topic = _topic(text, found)
    found.indicator = _indicators(text, found, library)
    found.date, found.after = _dates(text)
    found.role = _first("role", text)
    found.strictness = _side("strictness", text)
    found.timing = _side("timing", text)
    found.direction = _first("direction", text)
    for name in without:
        if name in _TAKEN_BACK:
            setattr(found, name, _TAKEN_BACK[name])
    if "date" in without:
        found.after = None
    if numbers:
        _attach(text, numbers, found, library)
    found.intent = _intent(text, found)
    if found.intent != "wording":
        found.direction = None
    if found.intent != "compare":
        found.strictness = found.timing = None
    return found


def _kept(mentions: Sequence[Mention], without: Collection[str]) -> tuple[Mention, ...]:
    """The mentions without the documents taken back; one that has none left is gone."""
    kept = (replace(m, documents=tuple(name for name in m.documents if name not in without)) for m in mentions)
    return tuple(mention for mention in kept if mention.documents)


def _first(table: str, text: str) -> str | None:
    patterns = _words()[table]
    if not isinstance(patterns, Mapping):
        raise TypeError(table)
    return next((name for name, pattern in patterns.items() if re.search(pattern, text)), None)


def _side(table: str, text: str) -> str | None:
    """As `_first`; `different` where both sides are asked for: 提前或推迟."""
    patterns = _words()[table]
    if isinstance(patterns, Mapping) and all(re.search(patterns[side], text) for side in _SIDES[table]):
        return "different"
    return _first(table, text)


def sides(table: str, asked: str) -> tuple[str, ...]:
    """The values of `strictness` or `timing` that answer what was asked for."""
    return _SIDES[table] if asked == "different" else (asked,)


def _intent(text: str, found: Understood) -> str | None:
    given = {
        "item": bool(found.items),
        "clause": bool(found.clauses),
        "agency": bool(found.agency),
        "no agency": not found.agency,
        "topic": bool(topic_words(found.topic)),
        "indicator": bool(found.indicator),
        "date": bool(found.date),
        "alone": not found.others,
    }
    intents = _words()["intent"]
    if not isinstance(intents, Sequence):
        raise TypeError("intent")
    for intent in intents:
        needs, patterns = intent.get("needs", ()), intent["all"]
        if "unless" in intent and re.search(intent["unless"], text):
            continue
        if all(given[need] for need in needs) and all(re.search(pattern, text) for pattern in patterns):
            return str(intent["name"])
    return None


def _blank(text: str, mentions: Sequence[Mention]) -> str:
    """The text with quoted titles blanked, so that a number inside a title is no item."""
    for mention in mentions:
        if text[mention.start : mention.start + 1] == "《" or not mention.national and "-" in mention.label:
            text = text[: mention.start] + "·" * (mention.end - mention.start) + text[mention.end :]
    return text


def _mentions(text: str, library: Library, found: Understood) -> tuple[Mention, ...]:
    """Documents named in the question, in order; names of regions without a document go to `found.missing`."""
    mentions: list[Mention] = []
    for document in library.documents.values():
        for name in (document.id.lower(), (document.number or "").lower(), fold_question(document.title)):
            at = text.find(name) if len(name) > 5 else -1
            if at >= 0:
                start = at - 1 if text[at - 1 : at] == "《" else at
                end = at + len(name) + (text[at + len(name) : at + len(name) + 1] == "》")
                national = document.level == "national"
                mentions.append(Mention(document.id, (document.id,), start, end, national))
                break
    for start, end in _quoted(text):
        if not any(mention.start <= start < mention.end for mention in mentions):
            title = text[start + 1 : end - 1]
            like = [d for d in library.documents.values() if title in fold_question(d.title) and len(title) > 3]
            if like:
                ids = tuple(document.id for document in like)
                mentions.append(Mention(title, ids, start, end, all(d.level == "national" for d in like)))
    for start, end, code in _regions(text):
        if any(mention.start < end and start < mention.end for mention in mentions):
            continue
        documents = _of_region(code, text, end, library)
        if documents:
            mentions.append(Mention(text[start:end], documents, start, end))
        elif text[start:end] not in found.missing and regions()[code].level == "provincial":
            found.missing.append(text[start:end])
    nation = _words()["national"]
    if not isinstance(nation, Mapping):
        raise TypeError("national")
    highest = tuple(d.id for d in library.documents.values() if d.level == "national")
    for match in re.finditer(nation["pattern"], text):
        if not any(m.start < match.end() and match.start() < m.end for m in mentions):
            if highest:
                mentions.append(Mention(match.group(), _about(text, highest, library), match.start(), match.end(), True))
            elif match.group() not in found.missing:
                found.missing.append(match.group())
    return tuple(sorted(mentions, key=lambda mention: mention.start))


def _quoted(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"《[^《》]+》", text)]


@cache
def _english_regions() -> re.Pattern[str]:
    names = [name for code, region in regions().items() if code != NATION for name in region.english]
    return re.compile(r"\b(?:" + "|".join(sorted((re.escape(name.lower()) for name in names), key=len)[::-1]) + r")\b")


@cache
def _english_codes() -> Mapping[str, str]:
    return {name.lower(): code for code, region in regions().items() for name in region.english}


def _regions(text: str) -> list[tuple[int, int, str]]:
    """Regions named in the question, in Chinese or English."""
    found = regions_in(text)
    found += [(match.start(), match.end(), _english_codes()[match.group()]) for match in _english_regions().finditer(text)]
    for code, region in regions().items():
        if region.level == "provincial":
            for mark in region.marks:  # 川省, 渝市: by the character of its document numbers
                found += [(m.start(), m.end(), code) for m in re.finditer(f"{mark}[省市]", text)]
    return sorted(found)


def _of_region(code: str, text: str, end: int, library: Library) -> tuple[str, ...]:
    """The region's own documents; where a kind of document (规划, 行动计划) comes right after its name, those of that
    kind."""
    own = [document for document in library.documents.values() if document.region == code]
    kinds = _words()["document"]
    if not isinstance(kinds, Mapping):
        raise TypeError("document")
    for kind in kinds.values():
        if re.match(rf"{_BESIDE}(?:{kind['question']})", text[end:]):
            kept = [document for document in own if re.search(kind["title"], document.title)]
            if kept and len(kept) < len(own):
                return tuple(document.id for document in kept)
    return tuple(document.id for document in own)


def _about(text: str, documents: tuple[str, ...], library: Library) -> tuple[str, ...]:
    """Of several documents, the one whose title has most of the question's words, if one is ahead."""
    if len(documents) < 2:
        return documents
    sizes = [(_longest_common(text, library.documents[name].title), name) for name in documents]
    best = max(size for size, _ in sizes)
    ahead = tuple(name for size, name in sizes if size == best)
    return ahead if best >= _LEAST_TITLE else documents


def _longest_common(text: str, title: str) -> int:
    title = fold_question(title)
    size = 0
    for i in range(len(title)):
        while i + size + 1 <= len(title) and title[i : i + size + 1] in text:
            size += 1
    return size


def _attach(text: str, numbers: Sequence[ItemMention], found: Understood, library: Library) -> None:
    """Which documents the item belongs to: the one named right before or after its number, else the higher one."""
    first = numbers[0]
    holder = None
    for mention in found.mentions:
        if mention.end <= first.start and _OF.fullmatch(text, mention.end, first.start):
            holder = mention
    if holder is None:
        for mention in found.mentions:
            between = text[first.end : mention.start] if mention.start >= first.end else "·"
            rest = text[mention.end :]
            if _AFTER.fullmatch(between) and (mention.national or "the" not in between or _DOCUMENT_WORD.match(rest)):
                holder = mention
                break
    if holder is None:
        national = [mention for mention in found.mentions if mention.national]
        if national:
            holder = national[0]
    if holder is not None:
        found.holders = holder.documents
        found.others = tuple(
            name for mention in found.mentions if mention is not holder for name in mention.documents
            if name not in holder.documents
        )  # fmt: skip
        return
    named = tuple(name for mention in found.mentions for name in mention.documents)
    above = {higher for lower, higher in library.pairs if not named or lower in named}
    found.holders = _about(text, tuple(sorted(above)), library)
    found.others = tuple(name for name in named if name not in found.holders)


def _named_clauses(text: str, library: Library) -> tuple[Clause, ...]:
    """Leaf clauses whose lead or heading stands in the question word for word, of the documents it names if any."""
    found: list[tuple[int, Clause]] = []
    for clause in library.clauses.values():
        name = fold_question(clause.lead or clause.heading or "").strip("。.")
        if len(name) >= 6 and name in text:
            found.append((len(name), clause))
    longest = max((size for size, _ in found), default=0)
    return tuple(clause for size, clause in found if size == longest)


def _agencies(text: str, library: Library) -> tuple[str, ...]:
    """Names of agencies as written in the documents that stand in the question; the longest wins."""
    names = {
        role.name
        for entry in library.records
        for note in entry.responsibilities
        for role in note.agencies
        if len(role.name) >= 3
    }
    found: set[str] = set()
    for name in names:
        short = re.sub(r"^(?:省|市|国家|四川省|重庆市)(?=[㐀-鿿]{3,})", "", name)
        if name.lower() in text or (len(short) >= 3 and short.lower() in text):
            found.add(name)
    bare = {name: re.sub(r"^(?:省|市|国家)(?=[㐀-鿿]{3,})", "", name) for name in found}
    for level, marks in (("国家", ("", "国家")), ("省", ("省",)), ("市", ("市",))):  # the level said narrows
        said = {name for name in found if level + bare[name] in text}
        at_level = {name for name in said if name.removesuffix(bare[name]) in marks}
        found -= said - at_level if at_level or level == "国家" else set()
    return tuple(
        sorted(name for name in found if not any(bare[name] != bare[o] and bare[name] in bare[o] for o in found))
    )


def _table(name: str) -> Mapping[str, str]:
    table = _words()[name]
    if not isinstance(table, Mapping):
        raise TypeError(name)
    return table


def _topic(text: str, found: Understood) -> str:
    """What is left of a question without documents, dates and the words of asking; of an English one, its words known."""
    if found.english:
        return next((value for pattern, value in _table("english").items() if re.search(pattern, text)), "")
    for mention in sorted(found.mentions, key=lambda mention: -mention.start):
        text = text[: mention.start] + " " + text[mention.end :]
    return re.sub(_table("topic")["around"], "", _DATE.sub("", text))


def topic_words(topic: str) -> tuple[str, ...]:
    """A topic, and less of it: what is done about it left off."""
    short = re.sub(_table("topic")["suffix"], "", topic)
    return tuple(word for word in dict.fromkeys((topic, short)) if len(word) >= 2 or word == topic != "")


def indicators_near(topic: str, documents: Sequence[str], library: Library) -> list[str]:
    """The indicators that share most pairs of characters with a topic, best first."""
    pairs = {topic[i : i + 2] for i in range(len(topic) - 1)}
    names = dict.fromkeys(target.indicator for name in documents for target in library.of[name].targets)
    shared = {name: sum(pair in _alike(name) for pair in pairs) for name in names}
    return sorted((name for name in names if shared[name]), key=lambda name: (-shared[name], len(name)))


def _alike(name: str) -> str:
    name = fold_question(name)
    for pattern, one in _table("alike").items():
        name = re.sub(pattern, one, name)
    return name


def _within(topic: str, indicator: str) -> bool:
    """Whether an indicator has all that a topic says, in its order."""
    rest = iter(_alike(indicator))
    return len(topic) >= _LEAST_INDICATOR and all(character in rest for character in _alike(topic))


def _indicators(text: str, found: Understood, library: Library) -> tuple[str, ...]:
    """Indicators of the documents named, else of all: named whole or by an end, or having all that the topic says."""
    asked = text + "".join(value for pattern, value in _table("english").items() if re.search(pattern, text))
    for agency in found.agency:  # 生态环境厅 is no 生态环境
        asked = asked.replace(agency, " ")
    named = {name for mention in found.mentions for name in mention.documents}
    for documents in (named, set(library.of)):
        sizes: dict[str, int] = {}
        for name in documents:
            for target in library.of[name].targets:
                indicator = fold_question(target.indicator)
                if indicator in sizes:
                    continue
                common = len(found.topic) if _within(found.topic, indicator) else _common(asked, indicator)
                if common == len(indicator) >= 3 or common >= _LEAST_INDICATOR:
                    sizes[indicator] = common
        if best := max(sizes.values(), default=0):
            return tuple(sorted(name for name, size in sizes.items() if size == best))
    return ()


def _common(text: str, indicator: str) -> int:
    """Length of the longest end of an indicator, or of the whole, that stands in the question."""
    for size in range(len(indicator), _LEAST_INDICATOR - 1, -1):
        if indicator[-size:] in text or indicator[:size] in text:
            return size
    return len(indicator) if len(indicator) >= 3 and indicator in text else 0


_DATE = re.compile(
    r"(?P<y>20\d\d)\s*(?:年|-|/)?\s*(?:(?P<m>1[0-2]|0?[1-9])\s*(?:月|-|/)\s*(?:(?P<d>3[01]|[12]\d|0?[1-9])(?:日|号)?)?)?"
)
_AFTERWARDS = re.compile(r"20\d\d年?(?:之后|以后|后)|\b(?:after|since)\s+(?:\w+\s+){0,3}20\d\d")
_LAST = {2: 28, 4: 30, 6: 30, 9: 30, 11: 30}


def _dates(text: str) -> tuple[str | None, str | None]:
    """The last day that the question allows, and the first one (after …), as ISO dates."""
    match = _DATE.search(text)
    if not match:
        return ("2025-12-31", None) if re.search(r"十四五(?:期间|末|时期)", text) else (None, None)
    year = int(match["y"])
    month = int(match["m"] or 12)
    day = int(match["d"] or _LAST.get(month, 31))
    last = f"{year}-{month:02d}-{day:02d}"
    return ("9999-12-31", last) if _AFTERWARDS.search(text) else (last, None)


def document_names(documents: Sequence[str], library: Library) -> str:
    return "、".join(f"《{library.documents[name].title}》" for name in documents)


def titles(documents: Sequence[Document]) -> str:
    return "、".join(f"《{document.title}》" for document in documents)
