"""SPARQL that can stand in public: a query goes in, the bytes of its result come out, or the reason why not.

A query passes a gate, runs in a worker process that has no network and reads only, and is killed at its deadline.
"""
