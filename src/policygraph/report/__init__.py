"""Report: the records of two documents go in, a page of findings comes out, as HTML, Markdown or DOCX.

It says what the lower document drops, softens, hardens, adds and leaves open of the higher one's targets, with both texts.
A sentence says no more than the record that it is made from.
"""

from __future__ import annotations

from policygraph.report.findings import NEAR, SECTIONS, Finding, PairReport, report
from policygraph.report.page import FORMATS, heading, note, to_docx, to_html, to_markdown, write

__all__ = ["FORMATS", "NEAR", "SECTIONS", "Finding", "PairReport", "heading", "note", "report", "to_docx", "to_html", "to_markdown", "write"]
