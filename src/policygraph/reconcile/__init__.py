"""Reconcile: names in other people's tables (bodies, places, indicators, documents) to the identifiers of a release."""

from policygraph.reconcile.matching import EXTENSIONS, PROPERTIES, TYPES, Candidate, Matcher

__all__ = ["EXTENSIONS", "PROPERTIES", "TYPES", "Candidate", "Matcher"]
