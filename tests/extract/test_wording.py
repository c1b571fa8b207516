"""The vocabulary of directives, and how one stretch is read."""

import csv
import json
from pathlib import Path

import pytest

import policygraph
from policygraph.extract.verbs import verb_at, words
from policygraph.extract.wording import read_stretch

VOCABULARY = Path(policygraph.__file__).parent / "ontology" / "vocabulary"


def table(name):
    with (VOCABULARY / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_verbs_are_well_formed():
    rows = table("verbs.tsv")
    assert len({row["verb"] for row in rows}) == len(rows) > 800
    assert {row["use"] for row in rows} == {"any", "head"}
    assert {row["takes"] for row in rows} == {"object", "clause", "state"}
    assert {row["modality"] for row in rows} <= {"", "encouraged", "exploratory", "prohibited"}
    assert all(len(row["verb"]) >= 2 for row in rows)


def test_adverbs_are_well_formed():
    rows = table("adverbs.tsv")
    assert len({row["adverb"] for row in rows}) == len(rows)
    assert {row["hedge"] for row in rows} == {row["cue"] for row in rows} == {"", "yes"}
    assert {"力争", "逐步", "基本"} <= {row["adverb"] for row in rows if row["hedge"]}


def test_every_group_of_words_says_what_it_is_for():
    groups = json.loads((VOCABULARY / "wording.json").read_text("utf-8"))
    assert set(groups["about"]) == set(groups) - {"about"}
    assert all(words_ and len(set(words_)) == len(words_) for name, words_ in groups.items() if name != "about")


@pytest.mark.parametrize(("text", "why"), [("节水型社会", "型"), ("管理员队伍", "员"), ("建成区排水", "区"), ("规范化建设", "化"), ("建设项目", "项目")])
def test_the_first_half_of_a_noun_is_no_verb(text, why):
    assert verb_at(text, 0) == "", why


def test_a_verb_before_a_word_that_begins_like_a_suffix():
    assert verb_at("开展区域协作", 0) == "开展"
    assert verb_at("推进化工园区认定", 0) == "推进"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("以岷江、沱江为重点", "intro"),
        ("到2025年底", "intro"),
        ("“十四五”期间", "intro"),
        ("围绕地下水污染源及周边", "intro"),
        ("对生态环境造成损害的", "intro"),
        ("在确保任务不减少的前提下", "intro"),
        ("明确环境监管要求", "directive"),
        ("围绕绿色低碳领域加速布局一批创新平台", "directive"),
        ("通过邀请专家解读、召开新闻发布会等形式开展宣传", "directive"),
        ("鼓励供给地按照自愿协商原则", "open"),
        ("重要湖泊生态水位得到有效维持", "state"),
        ("城市生活污水集中收集率比2020年提高5个百分点以上", "state"),
        ("限期退出", "directive"),
    ],
)
def test_kind_of_a_stretch(text, kind):
    assert read_stretch(text).kind == kind


def test_words_are_read_once():
    assert words() is words()
