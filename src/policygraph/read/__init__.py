"""Read: files become source text, and source text becomes clean readings with the way back."""

from policygraph.read.source import Cell, Reading, SourceText, Table, clean, fold, reading

__all__ = ["Cell", "Reading", "SourceText", "Table", "clean", "fold", "reading"]
