"""Tables on a terminal: ids are not cut."""

from __future__ import annotations

import pytest

from policygraph.cli.grid import print_grid

ID = "sichuan-yangtze-2023/part_3/item_1/para_9"
ROWS = [["implements", "《四川省深入打好长江保护修复攻坚战实施方案》（一）" * 9, ID, "national-yangtze-2022/part_2/item_10", "", "0.5"]]
COLUMNS = ("relation", "citation", "source", "target", "nothing", "score")


@pytest.mark.parametrize("width", [40, 80, 100, 200])
def test_ids_break_after_a_slash_only_and_long_texts_end_in_dots(monkeypatch, capsys, width):
    monkeypatch.setenv("COLUMNS", str(width))
    print_grid(ROWS, columns=COLUMNS)
    shown = capsys.readouterr().out
    assert "sichuan-yangtze-2023" in shown and "item_1" in shown and "para_9" in shown and "national-yangtze-2022" in shown
    assert "nothing" not in shown
    if width == 100:
        assert "…" in shown and len(shown.splitlines()) <= 10
