"""The whole of it: a text goes in sentence by sentence, its claims come out with what became of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from policygraph.align.library import Library
from policygraph.model import Clause
from policygraph.read import reading
from policygraph.settings import Settings, limit_reached
from policygraph.verify.bodies import check_role, roles_in
from policygraph.verify.claims import NAMING, Claim, ClaimKind, Outcome, Unread, Verification
from policygraph.verify.deadlines import check_day, days_in
from policygraph.verify.figures import Figures, check_figure
from policygraph.verify.instruments import check_item, check_number, check_title, items_in, number_beside, title_beside
from policygraph.verify.naming import NUMBER, TITLE, Mention, Naming
from policygraph.verify.quotations import check_quotation, quotations
from policygraph.verify.texts import HeldTexts, plain

_SENTENCE = re.compile(r"[^。！？!?\n]+(?:[。！？!?]+[”’』」）)]*)?")
#: No sentence is longer; what is has lost its stops, and is read in stretches, so that time grows with length alone.
_LONGEST = 2000
_STATUSES = ("found", "differs", "contradicted", "not_held", "not_checkable")
_WORDS = re.compile(r"[\u4e00-\u9fffA-Za-z]")


@dataclass(frozen=True, slots=True)
class _Scope:
    """The documents that a claim is about; `named` if the text says so, `name` in its words."""

    documents: tuple[str, ...]
    named: bool
    name: str


class Verifier:
    """Checks texts against a release; make one and keep it, since it reads the documents when they are first needed."""

    def __init__(self, library: Library, *, source: Callable[[str], str], settings: Settings | None = None) -> None:
        self.library, self.settings = library, settings or Settings()
        self.texts = HeldTexts(library, source=source)
        self.naming, self.figures = Naming(library), Figures(library)

    def verify(self, text: str, *, document: str | None = None) -> Verification:
        """What a text claims of the documents, and what of it is so. `document` is what it speaks of where it names none.

        Raises LimitError for a text longer than the setting verify_characters, NotFoundError for an unknown document.
        """
        if len(text) > self.settings.verify_characters:
            raise limit_reached("verify_characters", settings=self.settings, what=f"The text is too long to verify ({len(text)} characters)")
        carried: Mention | None = None
        if document is not None:
            found = self.library.document(document)
            carried = Mention(0, 0, f"《{found.title}》", (found.id,))
        claims: list[Claim] = []
        unread: list[Unread] = []
        for start, end in _sentences(text):
            read = reading(text, start, end)
            if not _WORDS.search(read.text):
                continue
            folded = plain(read.text)
            if len(claims) >= self.settings.verify_claims:
                unread.append(Unread(text=read.text, start=start, end=end))
                continue
            sentence = _Sentence(self, folded, carried)
            own = [
                replace(claim, text=read.text[claim.start : claim.end], start=read.at[claim.start], end=read.at[claim.end - 1] + 1)
                for claim in sentence.claims()
            ]
            claims += own
            if not own:
                unread.append(Unread(text=read.text, start=start, end=end))
            carried = sentence.carries()
        claims.sort(key=lambda claim: (claim.start, claim.end))
        counts = Counter[str](claim.status for claim in claims)
        outcome = _outcome(claims, unread)
        return Verification(
            outcome=outcome, message=_message(outcome, claims, unread), claims=tuple(claims), unread=tuple(unread),
            counts={status: counts[status] for status in _STATUSES}, text=text,
        )  # fmt: skip


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Sentences of a text; one that ends inside marks of quotation goes on to where they close, within its line."""
    for line in re.finditer(r"[^\n]+", text):
        start, at = line.start(), line.start()
        for match in _SENTENCE.finditer(text, line.start(), line.end()):
            at = match.end()
            stretch = plain(text[start:at])
            if stretch.count("“") > stretch.count("”") and "”" in plain(text[at : line.end()]):
                continue
            yield from _stretches(start, at)
            start = at
        if start < at:
            yield from _stretches(start, at)


def _stretches(start: int, end: int) -> Iterator[tuple[int, int]]:
    return ((at, min(at + _LONGEST, end)) for at in range(start, end, _LONGEST))


class _Sentence:
    """One sentence with what it names; `carried` is what the sentences before it spoke of."""

    def __init__(self, verifier: Verifier, folded: str, carried: Mention | None) -> None:
        self.of, self.folded, self.carried = verifier, folded, carried
        self.titles = list(TITLE.finditer(folded))
        self.quoted = [(a, b) for a, b in quotations(folded) if not any(t.start() <= a < t.end() for t in self.titles)]
        inside = [m for m in verifier.naming.mentions(folded) if not self._is_quoted(m.start)]
        self.mentions = inside

    def _is_quoted(self, at: int) -> bool:
        return any(a <= at < b for a, b in self.quoted)

    def carries(self) -> Mention | None:
        """What the next sentence speaks of where it does not say."""
        own = [m for m in self.mentions if not m.rests_on] or (self.mentions if self.carried is None else [])
        if not own:
            return self.carried
        named = [m for m in own if m.name.startswith("《") or "〔" in m.name]
        last = (named or own)[-1]
        if self.carried and not named and set(self.carried.documents) & set(last.documents):
            return self.carried  # 四川 after a plan of Sichuan is that plan
        return last

    def scope(self, at: int) -> _Scope:
        """The documents that a claim at `at` is about: those named last before it, else first after it, else before."""
        spoken = [m for m in self.mentions if not m.rests_on] or ([] if self.carried else self.mentions)
        before = [m for m in spoken if m.start <= at]
        chosen = before[-1] if before else self.carried or (spoken[0] if spoken else None)
        if chosen is None:
            return _Scope(self.of.texts.documents, False, "")
        narrower = [m for m in (*before, self.carried) if m and m.documents and set(m.documents) < set(chosen.documents)]
        chosen = narrower[-1] if narrower else chosen
        return _Scope(chosen.documents, True, chosen.name)

    def claims(self) -> Iterator[Claim]:
        folded, naming, library = self.folded, self.of.naming, self.of.library
        for match in self.titles:
            if not self._is_quoted(match.start()):
                yield check_title(self._claim("title", *match.span()), match[1], naming=naming, number=number_beside(folded, *match.span()))
        numbers = [m for m in NUMBER.finditer(folded) if not self._is_quoted(m.start())]
        numbered = []
        for match in numbers:
            start = match.end() - len(self._number_of(match))
            numbered.append((start, match.end()))
            yield check_number(self._claim("number", start, match.end()), match, naming=naming, title=title_beside(folded, start, match.end()))
        hidden = [*self.quoted, *(t.span() for t in self.titles), *numbered]
        items = []
        for item in items_in(folded):
            if any(a <= item.start < b for a, b in hidden):
                continue
            scope = self._adjacent(item.start) or self.scope(item.start)
            claim = self._claim("article", item.start, item.end)
            if scope.named and not scope.documents:
                yield _unheld(claim, scope)
                continue
            checked, clauses = check_item(claim, item, library=library, scope=scope.documents, named=scope.named, title=scope.name)
            items.append((item, clauses))
            yield checked
        yield from self._quotations([(item.start, clauses) for item, clauses in items])
        spans: list[tuple[int, int]] = []
        for figure in self.of.figures.read(folded, hidden=hidden):
            claim = self._claim("figure", figure.start, figure.end)
            spans.append((figure.start, figure.end))
            scope = self.scope(figure.quantity.start)
            if scope.named and not scope.documents:
                yield _unheld(claim, scope)
            else:
                yield check_figure(figure, claim, figures=self.of.figures, scope=scope.documents, named=scope.named, title=scope.name)
        yield from self._roles(hidden, [clauses for _, clauses in items if clauses])
        for day in days_in(folded, hidden=hidden):
            if any(a < day.about[1] and day.about[0] < b for a, b in spans):
                continue  # the day of a figure is judged with it
            claim = self._claim("deadline", day.start, day.end)
            scope = self.scope(day.start)
            if scope.named and not scope.documents:
                yield _unheld(claim, scope)
            else:
                yield check_day(claim, day, library=library, scope=scope.documents, named=scope.named, title=scope.name)

    def _roles(self, hidden: Sequence[tuple[int, int]], items: Sequence[Sequence[Clause]]) -> Iterator[Claim]:
        masked = "".join("※" if any(a <= at < b for a, b in hidden) else c for at, c in enumerate(self.folded))
        for said in roles_in(masked, None):
            claim = self._claim("body", said.start, said.end)
            scope = self.scope(said.start)
            if scope.named and not scope.documents:
                yield _unheld(claim, scope)
                continue
            item = items[0] if len(items) == 1 else ()
            yield check_role(
                claim, said, library=self.of.library, scope=scope.documents, named=scope.named, title=scope.name, item=item,
            )  # fmt: skip

    def _quotations(self, items: Sequence[tuple[int, Sequence[Clause]]]) -> Iterator[Claim]:
        for start, end in self.quoted:
            scope = self.scope(start)
            claim = self._claim("quotation", start, end)
            if scope.named and not scope.documents:
                yield _unheld(claim, scope)
                continue
            checked = check_quotation(claim.text, start, end, texts=self.of.texts, scope=scope.documents, named=scope.named, title=scope.name)
            before = [clauses for at, clauses in items if at < start and clauses]
            if checked.status == "found" and before and not any(self._says(clause, claim.text) for clause in before[-1]):
                checked = replace(checked, status="contradicted", reason="It stands in another item of the document.")
            yield checked

    @staticmethod
    def _says(clause: Clause, words: str) -> bool:
        return plain(words).strip("。，、；：！？…") in plain(clause.text)

    def _adjacent(self, at: int) -> _Scope | None:
        """The document whose title or number stands right before an item: 《…》（…）第十条."""
        for mention in self.mentions:
            if mention.end <= at and re.fullmatch(r"[）的中，]{0,3}", self.folded[mention.end : at]):
                return _Scope(mention.documents, True, mention.name)
        return None

    def _number_of(self, match: re.Match[str]) -> str:
        _, number = self.of.naming.number(match)
        sign = number.partition("〔")[0]
        written: str = match.group()
        return written[written.find(sign) if sign in written else 0 :]

    def _claim(self, kind: ClaimKind, start: int, end: int) -> Claim:
        return Claim(kind=kind, text=self.folded[start:end], start=start, end=end, status="not_checkable")


def _unheld(claim: Claim, scope: _Scope) -> Claim:
    return replace(claim, status="not_held", reason=f"{scope.name} is not held here.")


def _outcome(claims: Sequence[Claim], unread: Sequence[Unread]) -> Outcome:
    statuses = {claim.status for claim in claims}
    if "contradicted" in statuses:
        return "contradicted"
    if "differs" in statuses:
        return "differs"
    said = {claim.status for claim in claims if claim.kind not in NAMING}
    if "found" in said:
        return "found" if statuses == {"found"} and not unread else "partly"
    return "not_held" if "not_held" in statuses else "nothing_checked"


def _message(outcome: Outcome, claims: Sequence[Claim], unread: Sequence[Unread]) -> str:
    counts = Counter[str](claim.status for claim in claims)
    said = [f"{counts[status]} {status.replace('_', ' ')}" for status in _STATUSES if counts[status]]
    rest = f" {len(unread)} sentences claim nothing that can be checked." if unread else ""
    if not claims:
        return "Nothing was checked: no quotation, number, title, item, figure, day or body was recognised in the text."
    head = {
        "nothing_checked": "Nothing that the text says of a document could be checked. ",
        "not_held": "Nothing was checked: what the text speaks of is not held here. ",
    }.get(outcome, "")
    return f"{head}{len(claims)} claims: {', '.join(said)}.{rest}"
