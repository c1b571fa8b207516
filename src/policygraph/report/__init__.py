"""Report: the records of two documents go in, a page of findings comes out, as HTML, Markdown or DOCX.

It says what the lower document drops, softens, hardens, adds and leaves open of the higher one's targets, with both texts.
A sentence says no more than the record that it is made from.
"""

from __future__ import annotations

from policygraph.report.findings import SECTIONS, Finding, PairReport, report
from policygraph.report.page import FORMATS, to_docx, to_html, to_markdown, write

__all__ = ["FORMATS", "SECTIONS", "Finding", "PairReport", "report", "to_docx", "to_html", "to_markdown", "write"]
