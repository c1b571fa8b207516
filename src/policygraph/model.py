"""The records: what the pipeline finds in policy texts, and what an export holds.

Every record is frozen. Whatever was found in a text carries `start` and `end`, code points into the stored source
text (half-open), `text`, which is that slice cleaned (`policygraph.read.clean`), and `by`, the rule that found it
and its version (`deadline.until/1`). Field names are those of the export files; dates are ISO 8601 strings, because
that is how every reader of them wants them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["national", "provincial", "municipal", "county"]
Modality = Literal["mandatory", "encouraged", "exploratory", "prohibited"]
Role = Literal["lead", "responsible", "cooperate", "participate", "implement"]
Comparator = Literal[">=", "<=", "=", "~"]
Relative = Literal["increase", "decrease"]
Granularity = Literal["day", "month", "quarter", "half", "year", "period"]
TermUnit = Literal["hour", "day", "week", "month", "year"]
Relation = Literal["implements", "partially_implements", "related", "corresponds", "parallels"]
Strictness = Literal["equal", "stricter", "looser", "not_comparable"]
Timing = Literal["equal", "earlier", "later", "undated"]
Scope = Literal["same", "broader", "narrower", "other"]
#: What persons said of a record: it holds, it was corrected, they added it, they do not agree. What they rejected is no record.
Judged = Literal["accepted", "corrected", "added", "disputed"]
CoverageStatus = Literal[
    "implemented", "partly", "corresponds", "absent", "new", "dropped", "added",
    "met", "deferred", "not_comparable", "not_applicable", "more_precise", "beyond",
]  # fmt: skip

#: What a clause does in its document. Only leaves of the last seven kinds carry provisions.
ClauseKind = Literal[
    "heading",  # a node with children: part, section, item …
    "front",  # title block, addressees, the notice that issues the document
    "back",  # 抄送, 印发, 信息公开选项, signatures
    "contents",  # a table of contents
    "table",
    "preamble",
    "goal",
    "principle",
    "measure",
    "safeguard",
    "article",
    "definition",
]
#: Where a clause stands in the structure (eli:type_subdivision).
ClauseType = Literal[
    "front", "back", "annex", "book", "part", "chapter", "section", "item", "subitem", "point", "article",
    "paragraph", "led", "bullet", "table", "row", "contents",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One policy text with its metadata. `region` is a GB/T 2260 code ("000000" is the nation), None when unknown."""

    id: str
    source: str
    title: str
    number: str | None = None
    issuers: tuple[str, ...] = ()
    region: str | None = None
    level: Level | None = None
    date: str | None = None
    effective: str | None = None
    sha256: str = ""
    encoding: str = "utf-8"
    media_type: str = "text/plain"
    characters: int = 0
    addressees: tuple[str, ...] = ()
    part_of: str | None = None
    url: str | None = None
    ocr: bool = False
    warnings: tuple[str, ...] = ()
    verdict: Judged | None = None
    #: span of the document in its source file (whole file unless several documents share one)
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A node of a document's structure; leaves (no clause has them as parent) tile the body of the document.

    `text` of an inner node is its own heading line; of a leaf, the whole provision, note included. `path` is the id
    without the document, `order` the place in reading order from 0.
    """

    id: str
    document: str
    parent: str | None
    kind: ClauseKind
    type: ClauseType
    number: str | None
    heading: str | None
    lead: str | None
    text: str
    start: int
    end: int
    order: int
    leaf: bool
    by: str


@dataclass(frozen=True, slots=True)
class TaskAgent:
    """A body that the running text names for a task, where it stands, and its role. `inherited` ones are named for an
    earlier task of the sentence."""

    name: str
    agency: str | None
    role: Role
    start: int
    end: int
    inherited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One directive: an action and its object, and who is to carry it out where the text says so."""

    id: str
    document: str
    clause: str
    text: str
    verb: str
    object: str
    modality: Modality
    places: tuple[str, ...] = ()
    has_target: bool = False
    hedge: str | None = None
    agents: tuple[TaskAgent, ...] = ()
    verdict: Judged | None = None
    start: int
    end: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A future state that the document commits to.

    `value` is a number, a water-quality class ("Ⅱ"), or None for a qualitative target, which has a `state` instead.
    `indicator` is as written, `concept` the canonical indicator of the vocabulary (None when it is not in it).
    `deadline` is the last day, inherited from sentence, paragraph or goals section (`deadline_inherited`).
    """

    id: str
    document: str
    clause: str
    text: str
    indicator: str
    comparator: Comparator | None = None
    value: float | int | str | None = None
    unit: str | None = None
    relative: Relative | None = None
    baseline: str | None = None
    state: str | None = None
    deadline: str | None = None
    deadline_inherited: bool = False
    area: str | None = None
    hedge: str | None = None
    concept: str | None = None
    #: id of the target that this one is an alternative to (70%以上或比2020年提高5个百分点以上)
    alternative_to: str | None = None
    #: id of the first target of the document that says the same: goal and measure are one target with two places
    repeats: str | None = None
    verdict: Judged | None = None
    start: int
    end: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A length of time that runs from an event (受理后20个工作日内) or ends before one (有效期满前六个月内). `working`:
    only working days count. The event is as written; both are None where the text does not say from when."""

    amount: int
    unit: TermUnit
    working: bool = False
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A time expression that says when something is due: `date` its last day, `earliest` the first of a period. `date`
    is None where no single day is the last: what comes back (`recurrence`, an RFC 5545 rule without its beginning), what runs from an
    event (`within`), what only begins (`earliest`), and what counts from a present that the text does not tell.
    """

    id: str
    document: str
    clause: str
    text: str
    date: str | None = None
    earliest: str | None = None
    granularity: Granularity = "year"
    recurrence: str | None = None
    within: Term | None = None
    action: str | None = None
    verdict: Judged | None = None
    start: int
    end: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyRole:
    """One agency in a responsibility note: the name as written, the canonical id, the role."""

    name: str
    agency: str | None
    role: Role
    inherited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsibility:
    """One responsibility note, the default implementers that apply to a later clause (all agencies inherited), or the
    bodies that the running text names for a task (rules `duty.*`)."""

    id: str
    document: str
    clause: str
    text: str
    agencies: tuple[AgencyRole, ...]
    deadline: str | None = None
    verdict: Judged | None = None
    start: int
    end: int
    by: str

    @property
    def in_text(self) -> bool:
        """Whether the running text says it, and no note or table."""
        return self.by.startswith("duty.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A mention of another instrument; `target` is a document of the corpus, `instrument` its canonical id. `basis`: the
    document rests on it; `repeals`: it puts it out of force."""

    id: str
    document: str
    clause: str
    text: str
    title: str
    number: str | None = None
    target: str | None = None
    instrument: str | None = None
    basis: bool = False
    repeals: bool = False
    verdict: Judged | None = None
    start: int
    end: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A pair of spans that speak for a link: lower and higher side, what kind of evidence, how much it counts."""

    kind: str
    source_start: int
    source_end: int
    target_start: int
    target_end: int
    source_text: str
    target_text: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A clause or target that was considered and its score; `reason` says why it fell short, `text` is what it says,
    to the character, where a part of the clause is meant."""

    clause: str
    score: float
    reason: str = ""
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A change of force between two matched demands: modality or hedge (鼓励 → must; 持续提升 → 有所改善)."""

    kind: str
    direction: Literal["weaker", "harder", "neutral"]
    source_text: str
    target_text: str
    source_start: int
    source_end: int
    target_start: int
    target_end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """An implementation link, lower clause → higher clause. `score` behaves as a probability that the link holds.

    `verbatim` is the share of the lower clause's characters that stand word for word in the higher one. Of the higher
    clause's `demands` (its tasks, and the targets beside them) this lower clause answers `answered`; None in releases of earlier programs.
    """

    id: str
    source: str
    target: str
    relation: Relation
    score: float
    method: str
    verbatim: float
    evidence: tuple[Match, ...] = ()
    beaten: tuple[Candidate, ...] = ()
    shifts: tuple[Shift, ...] = ()
    demands: int | None = None
    answered: int | None = None
    verdict: Judged | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLink:
    """A lower target beside the higher target on the same indicator."""

    id: str
    source: str
    target: str
    strictness: Strictness
    timing: Timing
    scope: Scope
    reason: str
    score: float
    method: str
    verdict: Judged | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Whether a lower document takes up a clause or target of the higher one: absences are records, not gaps.

    `subject` is a higher clause (status implemented, partly, corresponds, absent; dropped: a task of it that nothing
    answers though the clause is taken up), a higher target (met: compared with a
    lower one; deferred: taken up without a figure or result of its own; not_comparable: said beside it, by another measure
    or of another object; not_applicable: for other areas; absent), or a lower clause or target without counterpart (new; added:
    a task beyond the higher clause that its own takes up; of a target also more_precise: the higher document has it in words, beyond: it sets nothing for it).
    `nearest` holds the best candidates and why they fail.
    """

    id: str
    subject: str
    document: str
    status: CoverageStatus
    nearest: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something the audit shows: a sentence with a quantity, date or role word from which nothing came, or an
    agency, region, unit or indicator that no vocabulary resolves."""

    id: str
    document: str
    clause: str
    kind: str
    text: str
    reason: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRecords:
    """All that one document yields by itself: the unit of caching and of parallel work."""

    document: Document
    clauses: tuple[Clause, ...] = ()
    tasks: tuple[Task, ...] = ()
    targets: tuple[Target, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    responsibilities: tuple[Responsibility, ...] = ()
    citations: tuple[Citation, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """What is found between documents."""

    alignments: tuple[Alignment, ...] = ()
    target_links: tuple[TargetLink, ...] = ()
    coverage: tuple[Coverage, ...] = ()
