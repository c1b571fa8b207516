"""What every worker of a build imports, in one place: the process that workers are forked from imports it once for all,
and they share its memory."""

import numpy  # noqa: F401

import policygraph.align  # noqa: F401
import policygraph.build.composing  # noqa: F401
import policygraph.build.documents  # noqa: F401
import policygraph.build.linking  # noqa: F401
import policygraph.extract  # noqa: F401
import policygraph.graph.validate  # noqa: F401
import policygraph.graph.write  # noqa: F401
import policygraph.read  # noqa: F401
import policygraph.search.parts  # noqa: F401
import policygraph.segment  # noqa: F401
