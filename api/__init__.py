"""The HTTP application: a request goes in, the answer of a resource, of the SPARQL endpoint or of a page comes out.

It only reads. A request is answered from one release, the one that was in service when it came.
"""

from policygraph.api.app import create_app

__all__ = ["create_app"]
