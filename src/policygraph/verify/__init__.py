"""Verify: what a report, a news item or an answer claims of the documents held, each claim put beside the source.

Nothing is called found that does not stand in a document to the character or as its record; and nothing contradicted
unless the text says which document it speaks of.
"""

from policygraph.verify.claims import Change, Claim, Outcome, Place, Status, Unread, Verification
from policygraph.verify.naming import NUMBER, Naming, normal_number
from policygraph.verify.verifier import Verifier

__all__ = [
    "NUMBER", "Change", "Claim", "Naming", "Outcome", "Place", "Status", "Unread", "Verification", "Verifier", "normal_number",
]  # fmt: skip
