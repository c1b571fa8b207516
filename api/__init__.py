"""The HTTP application: resources, a SPARQL endpoint, pages; read-only, on the current release."""

from policygraph.api.app import create_app

__all__ = ["create_app"]
