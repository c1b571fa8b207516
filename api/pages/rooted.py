"""Links in templates are written as they are inside, `href="/documents"`; where the service stands under a path, they begin with it."""

from __future__ import annotations

import re

from jinja2.ext import Extension

#: A path in an attribute, written out or made by an expression that gives one.
_LINK = re.compile(r'\b(href|src|action|formaction)="(?=/(?!/))')


class Rooted(Extension):
    """Writes `{{ root }}` before every path of a template when it is compiled, so that none can be forgotten."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """
        >>> from jinja2 import Environment
        >>> Rooted(Environment()).preprocess('<a href="/documents?q=1">', None)
        '<a href="{{ root }}/documents?q=1">'
        """
        return _LINK.sub(r'\1="{{ root }}', source)
