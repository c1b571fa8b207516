"""Resolve: the records of all documents go in, the same records with what only the whole corpus can tell come out.

What two documents could both be meant by is resolved to neither.
"""
