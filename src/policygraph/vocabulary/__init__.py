"""Names as data: a name as a text writes it goes in, the body or the region that it stands for comes out.

The data is `ontology/vocabulary/`; a name that it does not hold, or that means several things here, gives nothing.
"""
