#!/usr/bin/env python3
"""Score what is said of each target of a higher document against gold made by reading.

    comparison.py                  the pairs of tests/gold/compare-*
    comparison.py FOLDER …         others: a folder holds NAME.jsonl and corpus/ with the two texts

A row of the gold is one target of the higher document with the status that a reader gave it. It counts as right when the
program says that: equal, stricter and looser by a link of that strictness to a lower statement of the gold; not_comparable by
a link or a record of that name; deferred and not_applicable by a record; absent by a record, or deferred in its place, since
both say that the lower document sets nothing. It counts as false when the program puts in an order what the gold does not,
puts it in another order, or says absent of what the lower document says; what is left is unsaid. A target that is not found
in the higher document is unsaid.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policygraph.align import align_pair
from policygraph.extract import extract
from policygraph.model import DocumentRecords, Links, Target
from policygraph.read import read_file
from policygraph.segment import segment

GOLD = Path(__file__).resolve().parent.parent / "tests" / "gold"
ORDERED = ("equal", "stricter", "looser")


@dataclass(slots=True)
class Score:
    """Rows, those said right, those said falsely, and a line for each that is not right."""

    rows: int = 0
    right: int = 0
    false: int = 0
    misses: list[str] = field(default_factory=list)

    def line(self, name: str) -> str:
        return f"{name}: right {self.right}/{self.rows} = {self.right / max(self.rows, 1):.3f}, false {self.false} = {self.false / max(self.rows, 1):.3f}"


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def _name(text: str) -> str:
    return re.sub(r"[的、，（）()“”]", "", text)


def document(path: Path) -> tuple[DocumentRecords, str]:
    """A text, read and extracted, and what it is made from."""
    source = read_file(path)
    ((head, clauses),) = segment(source, doc_id=path.stem)
    return extract(source, head, clauses), source.text


def _meant(row: Mapping[str, Any], targets: Sequence[Target]) -> list[Target]:
    """The targets that a row of the gold speaks of: its words, and of several in one sentence that with its value or name."""
    quote = _squeezed(str(row["quote"]))
    found = [t for t in targets if (said := _squeezed(t.text)) in quote or quote in said]
    fit = [t for t in found if row.get("value") is not None and t.value is not None and float(t.value) == row["value"]] if _numeric(row, found) else found
    fit = fit or found
    named = [t for t in fit if _name(t.indicator) in _name(row["indicator"]) or _name(row["indicator"]) in _name(t.indicator)]
    return named if len(fit) > 1 and named else fit


def _numeric(row: Mapping[str, Any], targets: Iterable[Target]) -> bool:
    return isinstance(row.get("value"), (int, float)) and all(not isinstance(t.value, str) for t in targets)


def _says(row: Mapping[str, Any], links: Links, higher: DocumentRecords, lower: DocumentRecords) -> tuple[bool, bool, str]:
    """Whether the right thing is said of a row, whether a false one, and what is said."""
    want = row["status"]
    mine = {t.id for t in _meant(row["higher"], higher.targets)}
    if not mine:
        return False, False, "not found"
    own = {t.id: t for t in lower.targets}
    said = {(link.strictness, link.source) for link in links.target_links if link.target in mine and link.source in own}
    records = {each.status for each in links.coverage if each.subject in mine and each.document == lower.document.id}
    claims = {strictness for strictness, _ in said if strictness in ORDERED}
    shown = "、".join(sorted({strictness for strictness, _ in said} | records))
    if want in ORDERED:
        quotes = [_squeezed(each["quote"]) for each in row["lower"]]
        hits = {s for s, source in said if any(_squeezed(own[source].text) in q or q in _squeezed(own[source].text) for q in quotes)}
        return want in hits, bool(hits & set(ORDERED) - {want}) or (want not in hits and "absent" in records), shown
    if want == "absent":
        return bool(records & {"absent", "deferred"}) and not said, bool(claims), shown
    right = want in {strictness for strictness, _ in said} | records and not claims
    return right, bool(claims) or ("absent" in records and want != "not_applicable"), shown


def score_pair(folder: Path) -> Score:
    """The score of a folder's pair."""
    name = next(path.stem for path in sorted(folder.glob("*.jsonl")) if not path.stem.endswith("-new"))
    texts: dict[str, str] = {}
    sides = []
    for side in ("higher", "lower"):
        records, text = document(folder / "corpus" / f"{name}-{side}.txt")
        texts[records.document.id] = text
        sides.append(records)
    higher, lower = sides
    return score_rows(folder / f"{name}.jsonl", align_pair(higher, lower, texts=texts), higher, lower)


def score_rows(gold: Path, links: Links, higher: DocumentRecords, lower: DocumentRecords) -> Score:
    """The score of links against the rows of a gold file."""
    found = Score()
    for line in gold.read_text("utf-8").splitlines():
        row = json.loads(line)
        right, false, shown = _says(row, links, higher, lower)
        found.rows += 1
        found.right += right
        found.false += false
        if not right:
            found.misses.append(f"{row['higher']['indicator']}: {row['status']}, said {shown}")
    return found


def figures(folders: Sequence[Path]) -> list[dict[str, Any]]:
    """For each pair the number of targets and the shares said right and falsely, now and when the program first saw it."""
    first = json.loads((GOLD / "first-look.json").read_text("utf-8"))
    found = []
    for folder in folders:
        score = score_pair(folder)
        now = {"right": round(score.right / score.rows, 4), "false": round(score.false / score.rows, 4)}
        found.append({"pair": folder.name.removeprefix("compare-"), "targets": score.rows, "now": now, "first_look": first[folder.name]["scores"]})
    return found


def section(found: Sequence[Mapping[str, Any]]) -> str:
    """The section of docs/quality.md on targets compared, from `figures`."""
    lines = [
        "## Targets compared: what is said of each target of a higher document",
        "",
        "Pairs annotated before the program had seen them; “first look” is what it said then.",
        "",
        "| pair | targets | right | false | first look: right | first look: false |",
        "|---|---|---|---|---|---|",
    ]
    for each in found:
        now, was = each["now"], each["first_look"]
        lines.append(
            f"| {each['pair']} | {each['targets']} | {now['right']:.2f} | {now['false']:.2f} | {was['right']:.2f} | {was['false']:.2f} |"
        )
    lines += [
        "",
        "Right: what the reader said is said (equal, stricter, looser of the right statement, not_comparable, deferred, not_applicable, absent). "
        "False: an order where there is none or another one, or absent where the document says something. The scoring code is `benchmarks/comparison.py`.",
    ]
    return "\n".join(lines)


def main() -> None:
    folders = [Path(name) for name in sys.argv[1:]] or sorted(GOLD.glob("compare-*"))
    totals: Counter[str] = Counter()
    for folder in folders:
        found = score_pair(folder)
        print(found.line(folder.name))
        print("\n".join(f"  {miss}" for miss in found.misses))
        totals.update(rows=found.rows, right=found.right, false=found.false)
    print(Score(totals["rows"], totals["right"], totals["false"]).line("in all"))


if __name__ == "__main__":
    main()
