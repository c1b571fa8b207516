"""Publish: tidy tables of a release with their codebook, as a data set that can be handed on as it is, or for Stata."""

from policygraph.publish.dataset import publish
from policygraph.publish.dta import stata

__all__ = ["publish", "stata"]
