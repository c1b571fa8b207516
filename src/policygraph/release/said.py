"""The warnings of many documents in few lines: what many say is said once, with how many say it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from policygraph.release.folder import DocumentSummary

#: So many documents that say the same are still named, each in a line of its own.
FEW = 3


def warnings_of(documents: Iterable[DocumentSummary]) -> list[tuple[DocumentSummary, str]]:
    """Each warning with its document, without the name of the file that it begins with."""
    return [
        (document, text.removeprefix(f"{document.source}: ")) for document in documents for text in document.warnings
    ]


def summed(documents: Sequence[DocumentSummary]) -> list[str]:
    """One line for each thing that documents are warned of; where more than `FEW` are, their number and the first.

    A warning that names its own document (no title found; `id` stands for it) counts as the same as another's.
    """
    alike: dict[str, list[tuple[DocumentSummary, str]]] = {}
    for document, text in warnings_of(documents):
        alike.setdefault(text.replace(document.id, "…"), []).append((document, text))
    lines = []
    for text, told in sorted(alike.items(), key=lambda entry: -len(entry[1])):
        if len(told) > FEW:
            first = ", ".join(document.id for document, _ in told[:FEW])
            lines.append(f"{len(told)} documents: {text} ({first}, …)")
        else:
            lines += [f"{document.id}: {own}" for document, own in told]
    return lines
