"""Graph: records go in, RDF comes out, and the same records come out of the RDF again.

The stores that hold the graph, embedded or behind an endpoint, are here too, and the checks that every build runs.
"""

from policygraph.graph.describe import Description, write_description, write_vocabulary
from policygraph.graph.pushing import Pushed, push, query_address
from policygraph.graph.read import Reader
from policygraph.graph.store import EmbeddedStore, EndpointStore, GraphStore, load, open_store
from policygraph.graph.virtuoso import Loader, start_virtuoso
from policygraph.graph.write import write_document, write_links, write_rejected

__all__ = [
    "Description",
    "EmbeddedStore",
    "EndpointStore",
    "GraphStore",
    "Loader",
    "Pushed",
    "Reader",
    "load",
    "open_store",
    "push",
    "query_address",
    "start_virtuoso",
    "write_description",
    "write_document",
    "write_links",
    "write_rejected",
    "write_vocabulary",
]
