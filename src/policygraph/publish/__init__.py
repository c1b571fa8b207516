"""Publish: tidy tables of a release with their codebook, as a data set that can be handed on as it is."""

from policygraph.publish.dataset import publish

__all__ = ["publish"]
