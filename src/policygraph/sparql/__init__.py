"""SPARQL that can stand in public: a gate, worker processes that are killed at the deadline, results as bytes."""
