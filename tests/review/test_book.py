"""The file of verdicts: added to only, whole lines only, whatever happens to those who write."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from policygraph.errors import NotFoundError, PolicyGraphError, UsageError
from policygraph.review import Book, Place, Verdict
from policygraph.review.book import now, standing

TEXT = "到2025年年底，城市生活污水集中收集率达到70%以上"


def place(text: str = TEXT, start: int = 40) -> Place:
    from policygraph.model import Document

    document = Document(id="national-river-2022", source="a.txt", title="清江行动方案", sha256="ab" * 32)
    return Place.of(document, start=start, end=start + len(text), text=text)


def verdict(**changes: object) -> Verdict:
    said = {
        "kind": "target", "judgement": "accepted", "places": (place(),), "name": "城市生活污水集中收集率|70", "reviewer": "li", "time": now(),
        "program": "0.1.0+test", "reason": "数值与原文一致",
    }  # fmt: skip
    return Verdict(**{**said, **changes})  # type: ignore[arg-type]


def test_what_is_added_is_read_by_another(tmp_path: Path) -> None:
    added = Book(tmp_path / "verdicts.jsonl").add(verdict())
    assert Book(tmp_path / "verdicts.jsonl").read().current == (added,)
    assert added.id.startswith("v-") and added.subject


def test_same_word_twice_is_written_once(tmp_path: Path) -> None:
    book = Book(tmp_path / "verdicts.jsonl")
    assert book.add(verdict()).id == book.add(verdict()).id
    assert len((tmp_path / "verdicts.jsonl").read_text("utf-8").splitlines()) == 1


def test_own_word_is_superseded_and_stays(tmp_path: Path) -> None:
    book = Book(tmp_path / "verdicts.jsonl")
    first = book.add(verdict())
    second = book.add(verdict(judgement="rejected", reason="是现状，不是目标"))
    found = book.read()
    assert [v.id for v in found.current] == [second.id]
    assert found.find(first.id).superseded_by == second.id and second.supersedes == first.id


def test_word_of_another_is_not_overwritten(tmp_path: Path) -> None:
    book = Book(tmp_path / "verdicts.jsonl")
    theirs = book.add(verdict())
    with pytest.raises(UsageError, match="is the word of li, not of wang"):
        book.add(verdict(reviewer="wang", judgement="rejected", supersedes=theirs.id))
    book.add(verdict(reviewer="wang", judgement="rejected"))
    assert {v.reviewer for v in book.read().current} == {"li", "wang"}
    assert standing(book.read().current) is None


def test_forged_line_that_supersedes_another_counts_for_nothing(tmp_path: Path) -> None:
    from policygraph.review.verdict import sealed

    book = Book(tmp_path / "verdicts.jsonl")
    theirs = book.add(verdict())
    forged = sealed(verdict(reviewer="wang", judgement="rejected", supersedes=theirs.id))
    with (tmp_path / "verdicts.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(forged.row(), ensure_ascii=False) + "\n")
    found = book.read()
    assert found.current == (theirs,)
    assert [(each.line, "word of li" in each.reason) for each in found.broken] == [(2, True)]


def test_line_changed_by_hand_is_named(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    Book(path).add(verdict(judgement="rejected"))
    path.write_text(path.read_text("utf-8").replace('"rejected"', '"accepted"'), "utf-8")
    found = Book(path).read()
    assert not found.all and "changed by hand" in found.broken[0].reason


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "no JSON"), ("[]", "no JSON object"), ('{"kind": "link"}', "missing or wrong"), ("\udcff", "not UTF-8"), ("[" * 100_000, "no JSON"),
        ('{"colour": 1}', "unknown field 'colour'"),
    ],
)  # fmt: skip
def test_broken_line_is_named_and_the_rest_kept(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "verdicts.jsonl"
    first = Book(path).add(verdict())
    with path.open("ab") as file:
        file.write(line.encode("utf-8", "surrogateescape") + b"\n")
    book = Book(path)
    second = book.add(verdict(reviewer="wang"))
    found = book.read()
    assert [v.id for v in found.current] == [first.id, second.id]
    assert [each.line for each in found.broken] == [2] and says in found.broken[0].reason


def test_half_line_of_a_killed_writer_is_closed_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    book = Book(path)
    first = book.add(verdict())
    with path.open("a", encoding="utf-8") as file:
        file.write('{"id": "v-0123", "kind": "tar')
    assert book.read().current == (first,)
    second = book.add(verdict(reviewer="wang"))
    for found in (book.read(), Book(path).read()):
        assert [v.id for v in found.current] == [first.id, second.id] and [each.line for each in found.broken] == [2]


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
import test_book
from policygraph.review import Book
book = Book(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(int(sys.argv[4])):
    book.add(test_book.verdict(reviewer=sys.argv[2], places=(test_book.place(start=number),)))
    print(number, flush=True)
"""


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), name, str(Path(__file__).parent), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    both = [writer(path, name, 40) for name in ("li", "wang")]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    for process in both:
        assert process.stdout is not None
        process.stdout.close()
    found = Book(path).read()
    assert not found.broken and len(found.current) == 80


def test_writer_killed_leaves_what_it_told(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    process = writer(path, "li", 100_000)
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(15)]
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    found = Book(path).read()
    assert len(found.current) >= int(told[-1]) + 1
    Book(path).add(verdict(reviewer="wang"))
    assert {"li", "wang"} == {v.reviewer for v in Book(path).read().current}


def test_full_disk_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """A file-size limit makes the kernel write half a line, as a full disk does."""
    path = tmp_path / "verdicts.jsonl"
    first = Book(path).add(verdict())
    size = path.stat().st_size
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, size + 100))
        try:
            Book(path).add(verdict(reviewer="wang"))
        except PolicyGraphError as error:
            os._exit(0 if "nothing of it was" in str(error) else 2)
        os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0
    assert path.stat().st_size == size and Book(path).read().current == (first,)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reviewer": "li; rm"}, "no name of a reviewer"),
        ({"judgement": "corrected", "correction": {"colour": 1}}, "no field 'colour'"),
        ({"judgement": "corrected", "correction": {"deadline": "2025-13-01"}}, "no date"),
        ({"judgement": "corrected", "correction": {"comparator": "≥"}}, ">="),
        ({"judgement": "corrected", "correction": {}}, "says nothing"),
        ({"judgement": "corrected", "correction": {"value": True}}, "cannot be"),
        ({"judgement": "accepted", "correction": {"value": 1}}, "has no correction"),
        ({"kind": "link"}, "names 2 places"),
        ({"kind": "document", "judgement": "rejected"}, "cannot be rejected"),
        ({"settles": True}, "is no editor"),
        ({"reason": "长" * 2001}, "2000"),
    ],
)
def test_what_no_verdict_can_say_is_refused(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Book(tmp_path / "verdicts.jsonl").add(verdict(**changes))
    assert not (tmp_path / "verdicts.jsonl").exists()


def test_editor_settles_and_most_hold(tmp_path: Path) -> None:
    yes, no = verdict(), verdict(reviewer="wang", judgement="rejected")
    assert standing([yes, no]) is None
    assert standing([yes, no, verdict(reviewer="chen", judgement="rejected")]).judgement == "rejected"  # type: ignore[union-attr]
    settled = verdict(reviewer="zhao", role="editor", settles=True)
    assert standing([yes, no, replace(no, reviewer="chen"), settled]) == settled


def test_taking_back_needs_a_word(tmp_path: Path) -> None:
    book = Book(tmp_path / "verdicts.jsonl")
    with pytest.raises(UsageError, match="has said nothing of it"):
        book.add(verdict(judgement="withdrawn"))
    book.add(verdict())
    book.add(verdict(judgement="withdrawn", reason=""))
    assert not book.read().current and len(book.read().all) == 2
    with pytest.raises(NotFoundError, match="no verdict"):
        book.read().find("v-ffff")
