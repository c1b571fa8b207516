"""Review: what persons judge of a release's records goes in, the release as they have it comes out; the verdicts last."""

from policygraph.review.agreement import Agreement, Disagreement
from policygraph.review.book import FILE, Book, Broken, Verdicts
from policygraph.review.exchange import FORMATS, Taken, export, take
from policygraph.review.force import book_of, put_into_force
from policygraph.review.matching import Unfit
from policygraph.review.queue import Waiting
from policygraph.review.reviewing import By, Review
from policygraph.review.scoring import Score
from policygraph.review.verdict import CORRECTABLE, JUDGEMENTS, KINDS, Kind, Place, Role, Verdict, check_name

__all__ = [
    "CORRECTABLE", "FILE", "FORMATS", "JUDGEMENTS", "KINDS", "Agreement", "Book", "Broken", "By", "Disagreement", "Kind", "Place", "Review", "Role",
    "Score", "Taken", "Unfit", "Verdict", "Verdicts", "Waiting", "book_of", "check_name", "export", "put_into_force", "take",
]  # fmt: skip
