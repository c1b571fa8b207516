"""What every worker of a build imports, in one place: the process that workers are forked from imports it once for all,
and they share its memory."""

# ruff: noqa: F401

import numpy

import policygraph.align
import policygraph.build.composing
import policygraph.build.documents
import policygraph.build.linking
import policygraph.extract
import policygraph.graph.validate
import policygraph.graph.write
import policygraph.read
import policygraph.search.parts
import policygraph.segment
