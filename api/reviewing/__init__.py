"""Reviewing over HTTP and on pages: only where the service was started for it (`serve --review`); without it no route writes."""

from policygraph.api.reviewing.desk import Desk
from policygraph.api.reviewing.reviewers import FILE, ROLES, Reviewers
from policygraph.api.reviewing.routes import reviewing

__all__ = ["FILE", "ROLES", "Desk", "Reviewers", "reviewing"]
