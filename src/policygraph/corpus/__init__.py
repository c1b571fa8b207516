"""The corpus: a folder of documents and its manifest go in, the files of a build and what is said of them come out.

Which files a build has follows from their names and bytes alone; `understand` reads them as a build would, to show it
before. Nothing in the folder is changed but by `bring_in`, and that writes a file whole or not at all, never over another.
"""

from policygraph.corpus.folder import MANIFEST, Corpus, CorpusFile, describe, read_corpus, read_corpus_file
from policygraph.corpus.intake import Candidate, bring_in, understand

__all__ = [
    "MANIFEST", "Candidate", "Corpus", "CorpusFile", "bring_in", "describe", "read_corpus", "read_corpus_file", "understand",
]  # fmt: skip
