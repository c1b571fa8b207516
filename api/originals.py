"""The originals of documents: the file itself, its pages as pictures, and where on them the characters of the text stand."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from policygraph.api.behind import root_of
from policygraph.api.examples import errors, responses
from policygraph.api.representations import Representations, Resource
from policygraph.api.serving import Serving
from policygraph.release.pictures import page_picture
from policygraph.settings import Settings
from policygraph.table import plain

Id = Annotated[str, Path(description="Identifier of a document.", max_length=500)]
Offset = Annotated[int, Query(ge=0, le=100_000_000, description="Characters of the text before.")]


def originals(serving: Serving, *, settings: Settings) -> APIRouter:
    """The routes."""
    router = APIRouter()
    show = Representations(settings=settings).respond
    files: dict[int | str, dict[str, Any]] = {200: {"description": "The file.", "content": {"application/pdf": {}, "image/*": {}}}}

    @router.get("/originals/{id}", tags=["documents"], response_class=Response, responses=files | errors())
    async def original(id: Id) -> Response:  # noqa: A002
        """原件：文件读入时的原样。The file that a document was read from, byte for byte."""
        async with serving.opened() as live:
            document = live.graph.library.document(id)
            path = live.release.original(document.id)
            name = quote(document.source.rpartition("/")[2], safe="")
            # an attachment: a foreign file is nothing to run in the name of this service
            headers = {"Content-Disposition": f"attachment; filename*=utf-8''{name}", "Policygraph-Release": live.release.id}
            return FileResponse(path, media_type=document.media_type, headers=headers)

    @router.get("/pages/{id}", tags=["documents"], response_class=Response, responses=responses("pages"))
    async def pages(
        request: Request, id: Id, start: Offset = 0, end: Annotated[int | None, Query(ge=0, le=100_000_000, description="Character after the last.")] = None,  # noqa: A002
    ) -> Response:  # fmt: skip
        """字符在原件上的页码与位置。The pages of a document's original, and the rectangles of the characters `start` to `end` on them."""
        async with serving.opened() as live:
            document = live.graph.library.document(id)
            places = live.release.places(document.id)
            if places is None:
                live.release.original(document.id)  # says what there is
            sheets = places.pages if places else ()
            table = live.graph.places(document.id, start, start if end is None else end)
            data = {
                "document": document.id, "start": start, "end": start if end is None else end, "ocr": document.ocr,
                "pages": [
                    {"page": n, "width": width / 10, "height": height / 10, "picture": f"{root_of(request)}/pages/{quote(document.id)}/{n}"}
                    for n, (width, height) in enumerate(sheets, start=1)
                ],
                "rectangles": [{name: value for name, value in plain(row).items() if name not in ("width", "height")} for row in table],
            }  # fmt: skip
            return await show(request, Resource(kind="pages", data=data, subjects=[live.iris.record(document.id)]), live=live)

    pictures: dict[int | str, dict[str, Any]] = {200: {"description": "The picture.", "content": {"image/png": {}}}}

    @router.get("/pages/{id}/{page}", tags=["documents"], response_class=Response, responses=pictures | errors())
    async def picture(request: Request, id: Id, page: Annotated[int, Path(ge=1, le=100_000)]) -> Response:  # noqa: A002
        """原件某一页的图像。A page of the original as PNG, drawn when it is first asked for."""
        async with serving.opened() as live:
            document = live.graph.library.document(id)
            client = request.client.host if request.client else ""
            drawn = await live.think(lambda: page_picture(live.release, document.id, page, settings=settings), client=client)
            return Response(drawn, media_type="image/png", headers={"Cache-Control": "max-age=86400", "Policygraph-Release": live.release.id})

    return router
