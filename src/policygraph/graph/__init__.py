"""Graph: records to RDF and back, the stores that hold it, and the checks on it."""

from policygraph.graph.describe import Description, write_description, write_vocabulary
from policygraph.graph.read import Reader
from policygraph.graph.store import EmbeddedStore, EndpointStore, GraphStore, load, open_store, push
from policygraph.graph.write import write_document, write_links

__all__ = [
    "Description",
    "EmbeddedStore",
    "EndpointStore",
    "GraphStore",
    "Reader",
    "load",
    "open_store",
    "push",
    "write_description",
    "write_document",
    "write_links",
    "write_vocabulary",
]
