"""Two documents that a question names and the build did not align: aligned for its answer, which says so."""

from __future__ import annotations

from collections.abc import Callable

from policygraph.align.asked import Evidence, Paired
from policygraph.align.library import Library
from policygraph.ask.plan import Plan
from policygraph.errors import NotFoundError

Pairing = Callable[[str, str], Paired]
#: Kinds of question that are answered from links between clauses.
_OF_LINKS = frozenset(("implements", "absent", "new", "coverage", "verbatim", "wording", "force"))
_SAID = {
    (Evidence.MEANING, False): "以下是这两份文件即时比对的结果。",
    (Evidence.WORDING, False): "以下是这两份文件仅按字面即时比对的结果。",
    (Evidence.MEANING, True): "These documents were aligned on the spot. ",
    (Evidence.WORDING, True): "These documents were aligned on the spot, by wording alone. ",
}


def paired_for(plan: Plan, library: Library, pair: Pairing | None) -> Paired | None:
    """The two documents of a plan with their links, where it asks for links between just two and the build has none."""
    documents = tuple(dict.fromkeys(name for mention in plan.mentions for name in mention.documents))
    if pair is None or plan.asked not in _OF_LINKS or len(documents) != 2:
        return None
    one, other = documents
    kin = library.documents[one].level == library.documents[other].level and len(plan.sides) > 1
    if plan.asked == "absent" and kin:
        return None  # what one has and the other has not is told by the higher clauses that both answer
    if {(one, other), (other, one)} & library.pairs:
        return None
    higher = next((name for name in documents if name in plan.holders), one)
    lower = other if higher == one else one
    try:
        return pair(higher, lower)
    except NotFoundError:  # the one that was named first stands below
        return pair(lower, higher)


def said_of(paired: Paired, *, english: bool) -> str:
    """That the answer is of two documents that were aligned for it."""
    return _SAID[paired.by, english] if paired.by else ""
