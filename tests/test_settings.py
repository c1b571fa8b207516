"""The settings table: every row parses, shows itself, is documented, and says how to raise it."""

from __future__ import annotations

from pathlib import Path

import pytest

from policygraph.errors import UsageError
from policygraph.settings import SETTING, SETTINGS, Settings, limit_reached, settings_page

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_row_is_complete(setting):
    assert setting.sentence.endswith(".")
    assert setting.option.startswith("--")
    assert setting.variable == f"POLICYGRAPH_{setting.name.upper()}"
    assert setting.check(setting.default) == setting.default
    assert setting.show()


def test_names_are_the_attributes_of_settings():
    assert [setting.name for setting in SETTINGS] == list(Settings.__dataclass_fields__)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("query_bytes", "64MB", 64 * 1024**2),
        ("query_bytes", "1.5 GiB", int(1.5 * 1024**3)),
        ("query_bytes", "2048", 2048),
        ("query_seconds", "2.5", 2.5),
        ("workers", "3", 3),
        ("log_queries", "on", True),
        ("log_queries", "0", False),
        ("cors_origins", "https://a.cn, https://b.cn", ("https://a.cn", "https://b.cn")),
        ("host", "0.0.0.0", "0.0.0.0"),
    ],
)
def test_parse_reads_the_units(name, text, value):
    assert SETTING[name].parse(text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [("query_seconds", "soon"), ("query_seconds", "nan"), ("query_seconds", "-1"), ("port", "8k"), ("query_rows", "0"),
     ("log_queries", "maybe"), ("query_bytes", "64 apples")],
)  # fmt: skip
def test_parse_refuses_with_the_way_out(name, text):
    with pytest.raises(UsageError) as caught:
        SETTING[name].parse(text)
    assert name in str(caught.value)
    assert SETTING[name].show() in str(caught.value)


def test_load_prefers_override_over_environment_over_default():
    environ = {"POLICYGRAPH_PORT": "9000", "POLICYGRAPH_HOST": "0.0.0.0", "POLICYGRAPH_UNKNOWN": "x"}
    settings = Settings.load(environ, port=9001, host=None)
    assert (settings.port, settings.host, settings.page_size) == (9001, "0.0.0.0", SETTING["page_size"].default)


def test_but_names_the_settings_when_there_is_no_such_one():
    with pytest.raises(UsageError, match="query_seconds"):
        Settings().but(query_second=3)


def test_limit_message_names_setting_value_and_option():
    error = limit_reached("query_rows", settings=Settings(query_rows=7), what="The result was cut")
    assert str(error) == (
        "The result was cut: limit query_rows = 7. Raise it with --query-rows or POLICYGRAPH_QUERY_ROWS, or ask for less."
    )


def test_page_is_made_from_the_table():
    assert PAGE.read_text("utf-8") == settings_page(), "run: make docs"
