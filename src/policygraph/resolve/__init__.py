"""Resolve: the records of all documents go in, the same records with what only the whole corpus can tell come out.

A citation that could mean two documents is given to the one that stands higher; where neither does, to none.
"""
