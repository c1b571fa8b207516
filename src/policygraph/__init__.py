"""policygraph: Chinese policy documents in, an evidence-bearing knowledge graph out."""

__version__ = "0.1.0"
