"""Documents, regions and places that a question names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import cast

from policygraph.align.library import Library
from policygraph.align.numerals import ItemMention, item_mentions
from policygraph.ask.plan import Mention
from policygraph.ask.question import Sheet, fold_question, word_list, words
from policygraph.model import Document
from policygraph.vocabulary.areas import areas_in, provinces_in
from policygraph.vocabulary.places import find_places
from policygraph.vocabulary.regions import NATION, regions, regions_in

#: What may stand between a document's name and the number of its item.
_OF = re.compile(
    r"(?:的|里|中|那|这|部|级|层面|省|市|版|攻坚战|长江|保护修复|深入打好|打好|生态环境保护|[“”\"《》'’s ]|plan|action|document|policy|scheme"
    r"|行动方案|实施方案|工作方案|方案|行动计划|计划|规划|文件|意见|条例|办法)*"
)
_AFTER = re.compile(r"\s*(?:of|from|in)\s+the\s+|\s*of\s+")
_DOCUMENT_WORD = re.compile(r"\s*(?:'s\s+|province'?s?\s+)?(?:action |implementation |provincial )*(?:plan|scheme|document|policy)")
#: What a document is called beside a region: 长江实施方案, 十四五生态环境保护规划.
_CALLED = re.compile(
    r"(?P<several>[两二三四五六\d][份个部])?(?P<name>(?:(?!方案|规划|计划|没有|要求|怎么|如何|哪|什么|[,，。?？、;；:：的里中对在把和与跟比]).){0,20})"
    r"(?P<kind>方案|规划|计划|攻坚战|攻坚)"
)
_BESIDE = re.compile(r"(?:[省市的《“\"' ]|这个|那个|这份|那份|本级)*")
_ENGLISH_NAME = re.compile(r"(?:[a-z0-9' -]{0,40}?)\b(?:plan|scheme)\b")
#: A name of documents that speaks of the river whose plans these are, and says nothing of a place.
_COMMON_PLACES = frozenset({"长江", "长江流域", "长江经济带", "中国", "国家"})
#: What follows a place's name where it is part of another name: 成都平原, 成都分行.
_ON = re.compile(r"平原|分行|盆地|铁路局|海关|会议|经验|实践")
#: 300条河流 counts rivers; an item of that number is 第300条 or 300条 alone.
_COUNTED = re.compile(r"^[^第]*[条项个][河江支岸路航措任建指目]$")
#: The number of a document: 粤府〔2021〕18号.
_NUMBER = re.compile(r"[\u4e00-\u9fff]{1,6}[〔\[(（【]20\d\d[〕\])）】]第?\d+号")
#: Brackets about the year of a document's number, and its 号.
_YEAR_IN = re.compile(r"[〔\[(（【]?(20\d\d)[〕\])）】]?")
#: Characters of a title that a question must share for it to name a document: two are any word (方案).
_LEAST_TITLE = 3


@dataclass(slots=True)
class Named:
    """What a question names of documents; `missing` are regions, or names of documents, of which none is held."""

    mentions: tuple[Mention, ...] = ()
    missing: list[str] = field(default_factory=list)


def name_documents(sheet: Sheet, library: Library, *, without: Collection[str] = ()) -> Named:
    """The documents that the question names, in its order; those taken back are left out."""
    named = Named()
    mentions = [*_by_title(sheet, library)]
    for mention in mentions:
        sheet.mark(mention.start, mention.end, hold=True)
    for match in _NUMBER.finditer(sheet.text):
        if not any(m.start < match.end() and match.start() < m.end for m in mentions):
            sheet.mark(*match.span(), hold=True)
            named.missing.append(match.group())
    mentions += _by_region(sheet, library, named)
    mentions += _of_the_nation(sheet, library, named, mentions)
    mentions = _by_what_they_are_called(sheet, library, sorted(mentions, key=lambda m: m.start), named)
    kept = (replace(m, documents=tuple(name for name in m.documents if name not in without)) for m in mentions)
    named.mentions = tuple(mention for mention in kept if mention.documents)
    return named


def _by_title(sheet: Sheet, library: Library) -> Iterator[Mention]:
    """Documents named by id, number or title, whole or in part between marks."""
    text, found = sheet.text, []
    for document in library.documents.values():
        title = document.title if sum(map(len, document.title.split())) <= len(text) else ""  # a longer one is not in it
        for name in (document.id.lower(), fold_question(document.number or ""), fold_question(title)):
            at = text.find(name) if len(name) > 5 else -1
            if at < 0 and name and name == fold_question(document.number or "") and (loose := _number_in(text, name)):
                found.append(Mention(document.id, (document.id,), *loose, document.level == "national"))
                break
            if at >= 0:
                start = at - 1 if text[at - 1 : at] == "《" else at
                end = at + len(name) + (text[at + len(name) : at + len(name) + 1] == "》")
                found.append(Mention(document.id, (document.id,), start, end, document.level == "national"))
                break
    longest = sorted(found, key=lambda m: (m.start - m.end, m.start))
    kept: list[Mention] = []
    for mention in longest:  # 《四川省长江…方案》 holds the nation's 长江…方案
        if not any(other.start < mention.end and mention.start < other.end and (other.start, other.end) != (mention.start, mention.end) for other in kept):
            kept.append(mention)
    yield from kept
    for match in re.finditer(r"《[^《》]+》", text):
        if any(m.start <= match.start() < m.end for m in kept):
            continue
        title = match.group()[1:-1]
        like = [d for d in library.documents.values() if title in fold_question(d.title) and len(title) > 3]
        if like:
            yield Mention(title, tuple(d.id for d in like), *match.span(), all(d.level == "national" for d in like))


def _number_in(text: str, number: str) -> tuple[int, int] | None:
    """Where a text has a document's number with other brackets about its year: 环水体[2022]55号."""
    parts = _YEAR_IN.split(number, maxsplit=1)
    if len(parts) != 3 or parts[1] not in text:
        return None
    before, year, after = map(re.escape, parts)
    match = re.search(rf"{before}[〔\[(（【]?{year}[〕\])）】]?年?第?{after}", text)
    return match and match.span()


def _by_region(sheet: Sheet, library: Library, named: Named) -> Iterator[Mention]:
    text = sheet.text
    for start, end, codes in _regions(text):
        if sheet.holds(start, end):
            continue
        for code in codes:
            own = tuple(d.id for d in library.documents.values() if d.region == code)
            if own:
                sheet.mark(start, end, hold=True)
                yield Mention(text[start:end], own, start, end)
            elif regions()[code].level == "provincial" and text[start:end] not in named.missing:
                sheet.mark(start, end, hold=True)
                named.missing.append(text[start:end])


def _of_the_nation(sheet: Sheet, library: Library, named: Named, mentions: Sequence[Mention]) -> Iterator[Mention]:
    highest = tuple(d.id for d in library.documents.values() if d.level == "national")
    for match in re.finditer(words("national")["pattern"], sheet.text):
        if sheet.holds(*match.span()):
            continue
        sheet.mark(*match.span(), hold=True)
        if any(m.national for m in mentions):  # 国家《…方案》: named already
            continue
        if highest:
            yield Mention(match.group(), about(sheet.text, highest, library), *match.span(), True)
        elif match.group() not in named.missing:
            named.missing.append(match.group())


def _regions(text: str) -> list[tuple[int, int, tuple[str, ...]]]:
    """Regions named in the question, in Chinese or English, by name, by mark (川省) or two at once (川渝)."""
    found: list[tuple[int, int, tuple[str, ...]]] = [(start, end, (code,)) for start, end, code in regions_in(text) if code != NATION]
    found += [(m.start(), m.end(), (_english_codes()[m.group()],)) for m in _english_regions().finditer(text)]
    marks = {mark: code for code, region in regions().items() if region.level == "provincial" for mark in region.marks}
    found += [(m.start(), m.end(), (marks[m.group()[0]],)) for m in re.finditer("[" + "".join(marks) + "](?:[省市]|(?=方案|规划|版))", text)]
    for match in re.finditer(r"(?P<area>川渝|成渝)(?!地区双城|双城)(?:两地|两省市?|地区)?", text):
        found.append((match.start(), match.end(), provinces_in(match["area"])))
    return sorted(found)


@cache
def _english_regions() -> re.Pattern[str]:
    names = [name for code, region in regions().items() if code != NATION for name in region.english]
    return re.compile(r"\b(?:" + "|".join(sorted((re.escape(name.lower()) for name in names), key=len)[::-1]) + r")\b")


@cache
def _english_codes() -> Mapping[str, str]:
    by_level = sorted(regions().items(), key=lambda entry: entry[1].level == "provincial")  # Jilin is the province
    return {name.lower(): code for code, region in by_level for name in region.english}


def _by_what_they_are_called(sheet: Sheet, library: Library, mentions: list[Mention], named: Named) -> list[Mention]:
    """Of a region's documents those that the words beside its name mean (四川长江方案); of all of them, where no region is
    named. 三份长江方案 means so of every region named."""
    text = sheet.text
    found = list(_names(sheet))
    if not found:
        return mentions
    for start, end, name, several in found:
        before = [m for m in mentions if m.end <= start and _BESIDE.fullmatch(text, m.end, start)]
        of = mentions if several or not before else before[-1:]
        if not mentions:
            like = tuple(d.id for d in library.documents.values() if _is_called(d, name))
            if like and _says_which(name):
                sheet.mark(start, end, hold=True)
                return [Mention(text[start:end], like, start, end, all(library.documents[d].level == "national" for d in like))]
            continue
        if not before and not several and not _says_which(name):
            continue
        for mention in of:
            kept = tuple(d for d in mention.documents if _is_called(library.documents[d], name))
            if kept:
                mentions[mentions.index(mention)] = replace(mention, documents=kept)
            elif mention in before and _titled(name):
                named.missing.append(text[mention.start : end])
        if before:
            sheet.mark(before[-1].start, end, hold=True)
        sheet.mark(start, end, hold=_says_which(name))
    return mentions


def _names(sheet: Sheet) -> Iterator[tuple[int, int, str, bool]]:
    """Names of kinds of document: where they stand, what they say, and whether they speak of several."""
    free = sheet.free.replace("·", ",")
    for match in _ENGLISH_NAME.finditer(free) if sheet.english else _CALLED.finditer(free):
        if sheet.english:
            chinese = "".join(meant for word, meant in _english_titles().items() if word in match.group())
            kind = "规划" if re.search(words_of_kind("plan"), match.group()) else ""
            yield match.start(), match.end(), chinese + kind, False
        else:
            start = match.start("several") if match["several"] else match.start("name")
            yield start, match.end(), match["name"] + match["kind"], bool(match["several"])


def words_of_kind(kind: str) -> str:
    return cast(Mapping[str, Mapping[str, str]], words("document"))[kind]["question"]


def _english_titles() -> Mapping[str, str]:
    return cast(Mapping[str, Mapping[str, str]], words("title"))["english"]


def _titled(name: str) -> list[str]:
    return [word for word in sorted(word_list("title", "words")) if word in name and not (word == "水" and len(name) > 4)]


def _says_which(name: str) -> bool:
    return bool(_titled(name)) or bool(re.search(words_of_kind("plan"), name)) or "行动计划" in name


def _is_called(document: Document, name: str) -> bool:
    """Whether a document may be called so: its title has the words that tell documents apart, and is of the kind."""
    title = fold_question(document.title)
    kinds = cast(Mapping[str, Mapping[str, str]], words("document")).values()
    of_kind = [kind["title"] for kind in kinds if re.search(kind["question"], name)]
    if "攻坚" in name and not of_kind:
        of_kind = ["攻坚"]
    if any("规划" in pattern for pattern in of_kind) and "方案" not in name:
        of_kind = ["规划"]
    return all(word in title for word in _titled(name)) and all(re.search(pattern, title) for pattern in of_kind)


def about(text: str, documents: tuple[str, ...], library: Library) -> tuple[str, ...]:
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


# Items


def name_items(sheet: Sheet, mentions: Sequence[Mention]) -> tuple[ItemMention, ...]:
    """Numbers of items, those inside names of documents left out."""
    text = sheet.text
    for mention in mentions:
        if text[mention.start : mention.start + 1] == "《" or not mention.national and "-" in mention.label:
            text = text[: mention.start] + "·" * (mention.end - mention.start) + text[mention.end :]
    found = tuple(item for item in item_mentions(text) if not _COUNTED.search(text[item.start : item.end + 1]))
    for item in found:
        sheet.mark(item.start, item.end, hold=True)
    return found


def attach_items(
    text: str, items: Sequence[ItemMention], mentions: Sequence[Mention], library: Library
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The documents that an item belongs to, and the rest named: the one named right before or after its number, else
    the higher one."""
    first = items[0]
    holder = None
    for mention in mentions:
        if mention.end <= first.start and _OF.fullmatch(text, mention.end, first.start):
            holder = mention
    if holder is None:
        for mention in mentions:
            between = text[first.end : mention.start] if mention.start >= first.end else "·"
            rest = text[mention.end :]
            if _AFTER.fullmatch(between) and (mention.national or "the" not in between or _DOCUMENT_WORD.match(rest)):
                holder = mention
                break
    if holder is None:
        holder = next((mention for mention in mentions if mention.national), None)
    if holder is not None:
        others = (n for m in mentions if m is not holder for n in m.documents if n not in holder.documents)
        return holder.documents, tuple(others)
    named = tuple(name for mention in mentions for name in mention.documents)
    above = {higher for lower, higher in library.pairs if not named or lower in named}
    holders = about(text, tuple(sorted(above)), library)
    return holders, tuple(name for name in named if name not in holders)


# Places


def name_places(sheet: Sheet) -> tuple[str, ...]:
    """Cities, counties, rivers, basins and regions of several provinces; the river that all these plans are about only
    where a part of it is meant (长江干流)."""
    if sheet.english:
        return tuple(dict.fromkeys(_english_places(sheet)))
    places = []
    for place in find_places(sheet.free):
        start = sheet.free.find(place)
        if place in _COMMON_PLACES or _ON.match(sheet.free, start + len(place)):
            continue
        sheet.mark(start, start + len(place), hold=True)
        places.append(place)
    for start, end, code in regions_in(sheet.free):
        if code != NATION and not sheet.holds(start, end) and not _ON.match(sheet.free, end):
            places.append(sheet.text[start:end])
            sheet.mark(start, end, hold=True)
    return tuple(dict.fromkeys(places))


def _english_places(sheet: Sheet) -> Iterator[str]:
    for match in _english_regions().finditer(sheet.free):
        region = regions()[_english_codes()[match.group()]]
        if region.level != "provincial" and not sheet.holds(*match.span()):
            sheet.mark(*match.span(), hold=True)
            yield region.name


def speaks_of(text: str, place: str) -> bool:
    """Whether a text names a place, by its name with or without 市, 县, 流域, and not as a part of another name.

    >>> speaks_of("鼓励成都、广元打造低碳城市", "成都市"), speaks_of("成都平原地区", "成都"), speaks_of("沱江和岷江", "沱江流域")
    (True, False, True)
    """
    return any(True for _ in where_said(text, place))


def where_said(text: str, place: str) -> Iterator[tuple[int, int]]:
    """Where a text, of a source with its spaces, names a place."""
    core = re.sub(r"(?<=..)(?:市|区|县|州|自治州|自治县|流域|区域|地区)$", "", place)
    names = next((area.names for _, _, area in areas_in(place) if core in area.names), (core,))
    for match in re.finditer("|".join(r"\s*".join(map(re.escape, name)) for name in names), text):
        if not _ON.match(re.sub(r"\s", "", text[match.end() : match.end() + 12])):
            yield match.span()
