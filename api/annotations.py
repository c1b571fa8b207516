"""Any record, or link, as a W3C Web Annotation: made when it is asked for, of the record and its source text."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from policygraph.api.examples import responses
from policygraph.api.serving import Serving
from policygraph.graph.annotations import annotation, link_annotation

#: The media type that the Web Annotation Protocol asks for.
MEDIA_TYPE = 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"'


def annotation_routes(serving: Serving) -> APIRouter:
    """The route."""
    router = APIRouter()
    answers = responses("annotation")
    answers[200] = {**answers[200], "content": {"application/ld+json": answers[200]["content"]["application/json"]}}

    @router.get("/annotations/{id:path}", tags=["documents"], response_class=Response, responses=answers)
    async def of(id: Annotated[str, Path(description="Identifier of a record or a link.", max_length=500)]) -> Response:  # noqa: A002
        """一条记录或关系的 W3C 网络批注：原文位置与引文。A record or a link as a W3C Web Annotation: positions and quotations."""
        async with serving.opened() as live:

            def side(clause: str) -> tuple[str, str]:
                document = live.document_of(clause).id
                return document, live.source(document)

            link = live.graph.columns.find("alignments", id)
            if link is not None:
                data = link_annotation(link, sources=side, iris=live.iris)
            else:
                record = live.record(id)
                data = annotation(record, source=live.source(record.document), iris=live.iris)
            return Response(json.dumps(data, ensure_ascii=False), media_type=MEDIA_TYPE)

    return router
