"""Records in columns on disk: a table a record type, read by need. Records go in when a release is written; out come the
records of one document and kind, those with an id, or those that a question narrows down, and no others.

A set of columns is one SQLite file, or one and a second with what changed since (`writing`). It never changes once its
release is published, and any number of threads and processes read it. The graph holds the same records; columns can be
made from it again.
"""

from policygraph.columns.reading import Columns, KeptRecords, columns_of, connect
from policygraph.columns.writing import LEAST_HEADING, MOST_HEADING, Part, write_columns

__all__ = ["LEAST_HEADING", "MOST_HEADING", "Columns", "KeptRecords", "Part", "columns_of", "connect", "write_columns"]
