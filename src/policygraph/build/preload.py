"""What every worker of a build imports, in one place: the process that workers are forked from imports it once for all,
and they share its memory."""

# ruff: noqa: F401

import os

# Workers share the cores as processes. numpy's own threads beside them wait in loops that burn what the others need: two
# workers of two threads on two cores align six times slower. It is read once, when numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

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
