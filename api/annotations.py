"""Any record, or link, as a W3C Web Annotation, and all those of a document: made when they are asked for, of the record and
its source text."""

from __future__ import annotations

import json
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from policygraph.api.examples import responses
from policygraph.api.serving import Live, Serving
from policygraph.errors import NotFoundError
from policygraph.graph.annotations import CONTEXT, Quoted, annotation, link_annotation, quoted_records
from policygraph.ids import Name
from policygraph.settings import Settings

#: The media type that the Web Annotation Protocol asks for.
MEDIA_TYPE = 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"'


def annotation_routes(serving: Serving, *, settings: Settings) -> APIRouter:
    """The route."""
    router = APIRouter()
    answers = responses("annotation")
    answers[200] = {**answers[200], "content": {"application/ld+json": answers[200]["content"]["application/json"]}}

    @router.get("/annotations/{id:path}", tags=["documents"], response_class=Response, responses=answers)
    async def of(
        request: Request,
        id: Annotated[str, Path(description="Identifier of a record, a link or a document.", max_length=500)],  # noqa: A002
        page: Annotated[int | None, Query(ge=0, le=1_000_000, description="Page of a document's annotations, from 0.")] = None,
    ) -> Response:
        """一条记录或关系、或一份文件全部记录的 W3C 网络批注：原文位置与引文。A record or a link as a W3C Web Annotation: positions and quotations; of a document, the collection of them all, page by page."""
        async with serving.opened() as live:

            def side(clause: str) -> tuple[str, str]:
                document = live.document_of(clause).id
                return document, live.source(document)

            link = live.graph.columns.find("alignments", id)
            if link is not None:
                data = link_annotation(link, sources=side, iris=live.iris)
            elif id in live.graph.columns.numbers:
                client = request.client.host if request.client else ""
                data = await live.think(lambda: _collection(id, page, live=live, most=settings.page_size_most), client=client)
            else:
                record = live.record(id)
                data = annotation(record, quoted=_quoted(record.document, live), iris=live.iris)
            return Response(json.dumps(data, ensure_ascii=False), media_type=MEDIA_TYPE, headers={"Policygraph-Release": live.release.id})

    return router


def _quoted(document: str, live: Live) -> Quoted:
    return Quoted(document=live.graph.columns.documents[document], text=live.source(document), places=live.release.places(document))


def _collection(document: str, page: int | None, *, live: Live, most: int) -> dict[str, Any]:
    """All annotations of a document as a collection with its first page, or the page asked for (Web Annotation Data Model, 5)."""
    records = live.graph.records[document]
    total = sum(1 for _ in quoted_records(records))
    iri = live.iris.print(Name("annotation", document))
    number = page or 0
    last = max(0, (total - 1) // most)
    if number > last:
        raise NotFoundError(f"{document} has no page {number} of annotations.", remedy=f"Its pages are 0 to {last}.")
    quoted = _quoted(document, live)
    shown: dict[str, Any] = {
        "id": f"{iri}?page={number}", "type": "AnnotationPage", "startIndex": number * most,
        "items": [annotation(r, quoted=quoted, iris=live.iris) for r in islice(quoted_records(records), number * most, (number + 1) * most)],
    }  # fmt: skip
    if (number + 1) * most < total:
        shown["next"] = f"{iri}?page={number + 1}"
    if number:
        shown["prev"] = f"{iri}?page={number - 1}"
    whole = {"id": iri, "type": "AnnotationCollection", "label": records.document.title, "total": total, "last": f"{iri}?page={last}"}
    return {"@context": CONTEXT, **whole, "first": shown} if page is None else {"@context": CONTEXT, **shown, "partOf": whole}
