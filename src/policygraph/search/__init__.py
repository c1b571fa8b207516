"""Search by meaning: the encoder, the index of clauses, queries understood, hits with their reasons."""
