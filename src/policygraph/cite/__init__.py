"""Cite: a document, a clause or a link as bibliographies want it: GB/T 7714, BibTeX, RIS, CSL-JSON, or words in a text."""

from policygraph.cite.entries import Reference, references
from policygraph.cite.formats import FORMATS, BibliographyFormat, written

__all__ = ["FORMATS", "BibliographyFormat", "Reference", "references", "written"]
