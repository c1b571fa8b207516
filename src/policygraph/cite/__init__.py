"""Cite: a document, a clause or a link as bibliographies want it: GB/T 7714, BibTeX, RIS, CSL-JSON, or words in a text."""

from policygraph.cite.entries import Reference, references
from policygraph.cite.formats import FORMATS, BibliographyFormat, written
from policygraph.cite.places import printed_place

__all__ = ["FORMATS", "BibliographyFormat", "Reference", "printed_place", "references", "written"]
