"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

#: The one reason for which a test may be skipped even where everything must run: material that is not published.
NOT_PUBLISHED = "../shared"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With POLICYGRAPH_TEST_ALL=1 a test that is skipped has failed: its reason says what the machine lacks."""
    report = yield
    if os.environ.get("POLICYGRAPH_TEST_ALL") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr)
        if NOT_PUBLISHED not in reason and "shared" not in reason:
            report.outcome = "failed"
            report.longrepr = f"skipped, but POLICYGRAPH_TEST_ALL=1: {reason}"
    return report
