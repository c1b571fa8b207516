"""Hook of mkdocs (`mkdocs.yml`): the pages of the site that are made from the code, which are never out of step with it.

The command line's page comes from its commands, the HTTP page from the OpenAPI description, the Python page from signatures
and docstrings, the page of changes from CHANGELOG.md. Nothing is written into docs/.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

TOP = Path(__file__).parents[1]
_SERVICE = "http://127.0.0.1:8000"
_CLAUSE = "national-yangtze-2022/part_2/item_10/para_1"
_QUERY = "SELECT * { ?s ?p ?o } LIMIT 3"
#: An address of each route, on the corpus; `{…}` stays where no document of the corpus has what is asked for.
ADDRESSES = {
    "/healthz": "/healthz", "/readyz": "/readyz", "/metrics": "/metrics", "/release": "/release",
    "/documents": "/documents?region=510000", "/documents/{id}": "/documents/national-yangtze-2022.bib",
    "/clauses": "/clauses?document=national-yangtze-2022&limit=5", "/clauses/{id}": f"/clauses/{_CLAUSE}",
    "/clauses/{id}/implementations": f"/clauses/{_CLAUSE}/implementations",
    "/clauses/{id}/implements": "/clauses/sichuan-yangtze-2023/part_3/item_1/para_9/implements",
    "/clauses/{id}/similar": f"/clauses/{_CLAUSE}/similar?region=510000",
    "/chain": "/chain?document=national-yangtze-2022&item=10",
    "/coverage": "/coverage?higher=national-yangtze-2022&lower=sichuan-yangtze-2023&status=absent",
    "/compare": "/compare?higher=national-yangtze-2022&lower=chongqing-yangtze-2023",
    "/targets": "/targets.csv?indicator=农膜回收率", "/indicators": "/indicators?limit=5",
    "/deadlines": "/deadlines?by=2023-12-31", "/agencies": "/agencies?limit=5",
    "/agencies/{id}": "/agencies/510000/water-resources", "/responsibilities": "/responsibilities?role=lead&limit=5",
    "/citations": "/citations?document=sichuan-yangtze-2023", "/audit": "/audit?document=national-yangtze-2022",
    "/search": "/search?q=岸电&region=510000", "/ask": "/ask?q=四川哪一条落实国家方案第十条？",
    "/annotations/{id}": "/annotations/national-yangtze-2022", "/originals/{id}": "/originals/{id}",
    "/pages/{id}": "/pages/{id}?start=120&end=140", "/pages/{id}/{page}": "/pages/{id}/1", "/verify": "/verify",
    "/reconcile": "/reconcile", "/reconcile/suggest/entity": "/reconcile/suggest/entity?prefix=生态环境",
    "/reconcile/suggest/type": "/reconcile/suggest/type?prefix=", "/reconcile/suggest/property": "/reconcile/suggest/property?prefix=reg",
    "/reconcile/properties": "/reconcile/properties?type=document", "/reconcile/preview": "/reconcile/preview?id=region/510000",
    "/sparql": f"/sparql?query={_QUERY}", "/graphs": "/graphs?graph=https://w3id.org/policygraph/id/graph/doc/national-yangtze-2022",
}  # fmt: skip
#: What is sent by POST to each route that takes something.
BODIES = {
    "/verify": "--json '{\"text\": \"国家方案要求到2025年农膜回收率达到95%以上。\"}'",
    "/reconcile": "--data-urlencode 'queries={\"q0\": {\"query\": \"川发改委\", \"type\": \"agency\"}}'",
    "/sparql": f"-H 'content-type: application/sparql-query' --data '{_QUERY}'",
}
_MADE = "> 本页由程序生成。 This page is made from the code.\n"


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """The pages of docs/, and those that are made."""
    from mkdocs.structure.files import File

    made = {"cli": cli_page, "http": http_page, "python": python_page, "changes": changes_page}
    for name, page in made.items():
        files.append(File.generated(config, f"reference/{name}.md", content=page()))
    return files


# -- the command line -----------------------------------------------------------------------------------------------------


def cli_page() -> str:
    """Every command with its arguments and options, as `--help` gives them."""
    import typer

    from policygraph.cli import app

    lines = ["# 命令行 Command line", "", _MADE]
    lines += ["结果写到标准输出，其余写到标准错误；退出状态 0 成功，1 没做成，2 用法不对。 Results go to standard output, everything else to",
              "standard error; exit status 0 well, 1 something could not be done, 2 wrong usage.", ""]  # fmt: skip
    for name, command in commands(typer.main.get_command(app), "policygraph"):
        context = command.make_context(name, [], resilient_parsing=True)
        lines += [f"## {name}", "", inspect.cleandoc(command.help or ""), "", "```text", command.get_usage(context).removeprefix("Usage: "), "```", ""]
        rows = [record for parameter in command.params if (record := parameter.get_help_record(context))]
        if rows:
            lines += ["| option | |", "|---|---|", *(f"| `{_cell(option)}` | {_cell(text)} |" for option, text in rows), ""]
    return "\n".join(lines)


def commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """A command and those below it, with their full names."""
    yield name, command
    for sub, below in getattr(command, "commands", {}).items():
        if not below.hidden:
            yield from commands(below, f"{name} {sub}")


# -- HTTP -----------------------------------------------------------------------------------------------------------------


def http_page() -> str:
    """Every route of the OpenAPI description with its parameters, an address to try, and an answer."""
    paths = description()["paths"]
    lines = ["# HTTP 接口 HTTP API", "", _MADE]
    lines += [
        f"`policygraph serve` 在 {_SERVICE} 提供服务；`/openapi.json` 是 OpenAPI 描述，`/docs` 可以试用。地址加后缀（`.json` `.ttl` `.jsonld` `.csv` `.bib` …）",
        "或请求头 `Accept` 选格式。 A suffix or `Accept` chooses the format. Errors are problem details (RFC 9457) whose `remedy` is the way out:",
        "", "```json", '{"type": "about:blank", "title": "Not Found", "status": 404, "detail": "…", "remedy": "…"}', "```", "",
    ]  # fmt: skip
    for path, operations in paths.items():
        lines += [f"## {path}", ""]
        for method, operation in operations.items():
            lines += _operation(method, path, operation)
    return "\n".join(lines)


@functools.cache
def description() -> dict[str, Any]:
    """The OpenAPI description, of a service without data."""
    from policygraph.api.app import create_app

    service: Any = create_app(TOP / "no-data")
    found: dict[str, Any] = service.app.app.openapi()
    return found


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    said = (operation.get("description") or operation.get("summary") or "").strip()
    yield from (f"**{method.upper()}** {said}", "")
    parameters = operation.get("parameters", [])
    if parameters:
        yield from ("| parameter | in | type | |", "|---|---|---|---|")
        for each in parameters:
            needed = "required. " if each.get("required") else ""
            yield f"| `{each['name']}` | {each['in']} | {_type_of(each['schema'])} | {needed}{_cell(each.get('description') or '')} |"
        yield ""
    sent = f" {BODIES[path]}" if method == "post" else ""
    yield from ("```sh", f"curl -g '{_SERVICE}{path if method == 'post' else ADDRESSES[path]}'{sent}", "```", "")
    content = operation["responses"].get("200", {}).get("content", {})
    example = next((found["example"] for found in content.values() if found.get("example")), None)
    if example:
        shown = json.dumps(example, ensure_ascii=False, indent=1)
        yield from ("```json", shown if len(shown) < 1500 else shown[:1500].rpartition("\n")[0] + "\n…", "```", "")


def _type_of(schema: dict[str, Any]) -> str:
    kinds = [schema, *schema.get("anyOf", ())]
    return " or ".join(dict.fromkeys(kind["type"] for kind in kinds if kind.get("type") not in (None, "null"))) or "string"


# -- Python ---------------------------------------------------------------------------------------------------------------


def python_page() -> str:
    """`PolicyGraph` with all its methods, and the records that they give, from signatures and docstrings."""
    from policygraph import PolicyGraph, PolicyGraphError, model
    from policygraph.table import Table

    lines = ["# Python 参考 Python reference", "", _MADE, "例子见 Examples: [Python](../python.md).", ""]
    for kind in (PolicyGraph, Table, PolicyGraphError):
        lines += _class(kind)
    lines += ["## 记录 Records", ""]
    for kind in vars(model).values():
        if dataclasses.is_dataclass(kind) and isinstance(kind, type) and kind.__module__ == model.__name__:
            lines += [f"### {kind.__name__}", "", _text(kind.__doc__), "", "| field | type |", "|---|---|"]
            lines += [f"| `{field.name}` | `{_cell(str(field.type))}` |" for field in dataclasses.fields(kind)]
            lines.append("")
    return "\n".join(lines)


def _class(kind: type) -> Iterator[str]:
    yield from (f"## {kind.__name__}", "", _text(kind.__doc__), "")
    for name, found in members(kind):
        attribute = found.fget if isinstance(found, property) else found.func if isinstance(found, functools.cached_property) else None
        function = attribute or getattr(found, "__func__", found)
        yield from (f"### {kind.__name__}.{name}", "")
        if attribute is None:
            yield from ("```python", _signature(name, function), "```", "")
        else:
            yield from (f"`{_type_name(inspect.signature(function).return_annotation)}`", "")
        yield from (_text(function.__doc__), "")


def members(kind: type) -> Iterator[tuple[str, Any]]:
    """The public methods and properties that a class itself has."""
    for name, found in vars(kind).items():
        if not name.startswith("_") and (callable(getattr(found, "__func__", found)) or isinstance(found, property | functools.cached_property)):
            yield name, found


def _signature(name: str, function: Any) -> str:
    signature = inspect.signature(function)
    shown, starred = [], False
    for place, parameter in enumerate(signature.parameters.values()):
        if place == 0 and parameter.name in ("self", "cls"):
            continue
        starred = starred or parameter.kind is parameter.VAR_POSITIONAL
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            shown.append("*")
            starred = True
        before = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        kind = "" if parameter.annotation is parameter.empty else f": {_type_name(parameter.annotation)}"
        shown.append(f"{before}{parameter.name}{kind}" + ("" if parameter.default is parameter.empty else f" = {parameter.default!r}"))
    gives = "" if signature.return_annotation is signature.empty else f" -> {_type_name(signature.return_annotation)}"
    line = f"{name}({', '.join(shown)}){gives}"
    return line if len(line) <= 100 else f"{name}(\n    " + ",\n    ".join(shown) + f",\n){gives}"


def _type_name(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def _text(docstring: str | None) -> str:
    """A docstring as Markdown: its examples are code, everything else is as it stands."""
    parts = []
    for part in re.split(r"\n\s*\n", inspect.cleandoc(docstring or "")):
        parts.append(f"```pycon\n{part}\n```" if part.startswith(">>>") else part)
    return "\n\n".join(parts)


# -- changes --------------------------------------------------------------------------------------------------------------


def changes_page() -> str:
    """CHANGELOG.md with its links as they are within the site."""
    return (TOP / "CHANGELOG.md").read_text("utf-8").replace("](docs/", "](../")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def unknown(addresses: Iterable[str]) -> set[str]:
    """Routes of the description without an address here, and addresses of routes that are not there."""
    return set(description()["paths"]) ^ set(addresses)
