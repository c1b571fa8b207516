"""What is found of a pair: a sentence for each target of the higher document and each own target of the lower one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from policygraph.align.library import Library
from policygraph.model import Candidate, Coverage, Document, Target, TargetLink
from policygraph.report.reasons import reason_in
from policygraph.vocabulary.regions import regions

Section = Literal["dropped", "softened", "hardened", "deferred", "added", "incomparable", "equal", "elsewhere"]
SECTIONS: tuple[Section, ...] = (
    "dropped", "softened", "hardened", "deferred", "added", "incomparable", "equal", "elsewhere",
)  # fmt: skip
_OF_LINK: dict[str, Section] = {
    "looser": "softened", "stricter": "hardened", "equal": "equal", "not_comparable": "incomparable",
}  # fmt: skip
_OF_RECORD: dict[str, Section] = {"absent": "dropped", "deferred": "deferred", "not_applicable": "elsewhere"}
_OWN = ("new", "beyond", "more_precise")
#: Share of a target's name that a text must say to be shown as the nearest to a target that the document does not set: less
#: is another thing (禁渔水域管理秩序 and 水域岸线空间管理).
NEAR = 0.6
Lang = Literal["zh", "en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Words of a document with where they stand: the clause and how it is cited."""

    text: str
    clause: str
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence of the page, with both texts; `higher` or `lower` is None where that document says nothing of it."""

    section: Section
    sentence: str
    higher: Passage | None
    lower: Passage | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairReport:
    """The page of a pair: two documents and the findings, in reading order of the higher one within each section."""

    higher: Document
    lower: Document
    findings: tuple[Finding, ...]
    lang: Lang = "zh"

    def of(self, section: Section) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.section == section)


@cache
def wording() -> dict[str, dict[str, dict[str, str]]]:
    """The headings and sentences of the page."""
    found: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
        Path(__file__).with_name("sentences.toml").read_text("utf-8")
    )
    return found


def report(library: Library, higher: str, lower: str, *, lang: Lang = "zh") -> PairReport:
    """The page of two documents whose targets were compared, in Chinese or English. Targets that one document states in
    several places are told once."""
    above, below = library.document(higher).id, library.document(lower).id
    if (below, above) not in library.compared and (above, below) in library.compared:
        above, below = below, above
    return _Writer(library, above, below, lang=lang).page()


class _Writer:
    """Writes the sentences of one pair; holds nothing but the pair."""

    def __init__(self, library: Library, higher: str, lower: str, *, lang: Lang) -> None:
        self.library, self.lang = library, lang
        self.higher, self.lower = library.documents[higher], library.documents[lower]
        self.names = {"higher": _place(self.higher, self.lower, lang), "lower": _place(self.lower, self.higher, lang)}

    def page(self) -> PairReport:
        links, records = self.library.compare(self.higher.id, self.lower.id)
        found = [self._of_link(link) for link in _once(links, self.library)]
        unread = [
            record for record in self.library.covered(self.lower.id)
            if record.status == "not_comparable" and record.nearest and record.subject in self.library.targets
        ]  # fmt: skip
        found += [self._of_record(record) for record in (*self._firsts(records), *self._firsts(unread))]
        found += [self._own(record) for record in self._firsts(self._added())]
        order = {section: rank for rank, section in enumerate(SECTIONS)}
        return PairReport(
            higher=self.higher, lower=self.lower, findings=tuple(sorted(found, key=lambda each: order[each.section])), lang=self.lang,
        )

    def _firsts(self, records: Iterable[Coverage]) -> list[Coverage]:
        """One record for each distinct target."""
        seen: set[str] = set()
        kept = []
        for record in records:
            first = self.library.first_place(record.subject)
            if first not in seen:
                seen.add(first)
                kept.append(record)
        return kept

    def _added(self) -> list[Coverage]:
        """Own targets of the lower document; of siblings those that the other one does not take up."""
        mine = [r for r in self.library.covered(self.higher.id, self.lower.id) if r.subject in self.library.targets]
        own = [r for r in mine if r.status in _OWN or r.status == "absent"]
        return sorted(own, key=lambda record: self.library.targets[record.subject].start)

    def _of_link(self, link: TargetLink) -> Finding:
        source, target = self.library.targets[link.source], self.library.targets[link.target]
        section = _OF_LINK[link.strictness]
        said = self._said(section, asked=target, said=source, reason=link.reason)
        extra = [] if link.strictness == "not_comparable" else self._aside(link, source, target)
        return Finding(
            section=section, sentence=" ".join([said, *extra]).replace("。 ", "。").replace("； ", "；"),
            higher=self._passage(target), lower=self._passage(source),
        )  # fmt: skip

    def _aside(self, link: TargetLink, source: Target, target: Target) -> list[str]:
        said = wording()["sentence" if self.lang == "zh" else "english"]
        found = []
        if link.timing in ("earlier", "later"):
            found.append(str(said[link.timing]).format(**self.names, mine=source.deadline, theirs=target.deadline))
        elif target.deadline and not source.deadline:
            found.append(str(said["undated"]).format(**self.names, theirs=target.deadline))
        if link.scope in ("narrower", "broader"):
            found.append(str(said[link.scope]).format(**self.names))
        return found

    def _of_record(self, record: Coverage) -> Finding:
        target = self.library.targets[record.subject]
        near = next((each for each in record.nearest if each.text and (record.status != "absent" or each.score >= NEAR)), None)
        if record.status == "not_comparable":
            sentence = self._said("unread", asked=target, near=near)
            return Finding(
                section="incomparable", sentence=sentence, higher=self._passage(target), lower=self._near(near)
            )
        section = _OF_RECORD[record.status]
        if record.status == "not_applicable":
            where = record.nearest[0].reason.removeprefix("for ").removesuffix(" only")
            sentence = self._said("elsewhere", asked=target, where=where)
            return Finding(section=section, sentence=sentence, higher=self._passage(target), lower=None)
        key = "dropped_near" if section == "dropped" and near else section
        return Finding(
            section=section, sentence=self._said(key, asked=target, near=near), higher=self._passage(target),
            lower=self._near(near),
        )  # fmt: skip

    def _own(self, record: Coverage) -> Finding:
        target = self.library.targets[record.subject]
        near = next(iter(record.nearest), None) if record.status in ("beyond", "more_precise") else None
        if near is not None and near.text is None and near.clause in self.library.targets:
            other = self.library.targets[near.clause]
            near = Candidate(clause=other.clause, score=near.score, reason=near.reason, text=other.text)
        status = record.status if record.status in _OWN else "new"
        return Finding(
            section="added", sentence=self._said(status, said=target, near=near), higher=self._near(near),
            lower=self._passage(target),
        )  # fmt: skip

    def _said(
        self, key: str, *, asked: Target | None = None, said: Target | None = None, near: Candidate | None = None,
        reason: str = "", where: str = "",
    ) -> str:  # fmt: skip
        because = reason or (near.reason if near else "")
        why = reason_in(self.lang, because, place=self.names["lower"])
        if self.lang == "zh":
            why = why.replace("上级为", f"{self.names['higher']}为")
        return str(wording()["sentence" if self.lang == "zh" else "english"][key]).format(
            **self.names, asked=self._quoted(asked), said=self._quoted(said), near=_inner(near.text or "") if near else "",
            where=where, reason=why,
        )  # fmt: skip

    def _quoted(self, target: Target | None) -> str:
        """A target as its document writes it, with the thing named where the words alone do not name it, or name several."""
        if target is None:
            return ""
        beside = [t for t in self.library.of[target.document].targets if (t.start, t.end) == (target.start, target.end)]
        text = _inner(target.text)
        if len({each.indicator for each in beside}) > 1:
            return f"“{text}”中的{target.indicator}" if self.lang == "zh" else f"{target.indicator} in “{text}”"
        named = target.indicator[:4] in target.text or target.indicator == target.state
        return f"“{text}”" if named else f"{target.indicator}“{text}”"

    def _passage(self, target: Target) -> Passage:
        clause = self.library.clauses[target.clause]
        return Passage(text=target.text, clause=clause.id, citation=self.library.label(clause))

    def _near(self, near: Candidate | None) -> Passage | None:
        if near is None or near.text is None:
            return None
        target = self.library.targets.get(near.clause)
        clause = self.library.clauses[target.clause if target else near.clause]
        return Passage(text=near.text, clause=clause.id, citation=self.library.label(clause))


def _once(links: Sequence[TargetLink], library: Library) -> list[TargetLink]:
    """Links of distinct targets: what a document says twice is told once."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for link in links:
        key = (library.first_place(link.target), library.first_place(link.source))
        if key not in seen:
            seen.add(key)
            kept.append(link)
    return kept


def _inner(text: str) -> str:
    """A text within quotation marks: its own become single ones."""
    return text.replace("“", "‘").replace("”", "’")


def _place(document: Document, other: Document, lang: Lang) -> str:
    """Whom a document speaks for, as the sentences call it; its title where both speak for one place."""
    region = regions().get(document.region or "")
    if region is None or document.region == other.region:
        return f"《{document.title}》" if lang == "zh" else f"“{document.title}”"
    if document.level == "national":
        return "国家" if lang == "zh" else "the nation"
    return region.english[0] if lang == "en" and region.english else region.short
