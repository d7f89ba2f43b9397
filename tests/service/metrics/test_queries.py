"""Every query of the dashboard and the alerts parses as Prometheus reads it, and asks for what is really exported."""

import json
import re
from pathlib import Path

import pytest
import yaml

from matching.errors import MatchingError
from service import metrics
from service.errors import ServiceError
from service.jobs.registry import Lane
from service.metrics.store_figures import FIGURES
from service.records.delivery import DeliveryState
from service.records.job import JobState
from service.records.run import WAITING_DAYS
from tests.service.metrics.queries import Query

ROOT = Path(__file__).parents[3]
BOARD = json.loads((ROOT / "docs/operations/grafana.json").read_text())
RULES = [
    rule
    for group in yaml.safe_load((ROOT / "docs/operations/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
TARGETS = [(panel, target) for panel in BOARD["panels"] for target in panel.get("targets", ())]


def codes(error):
    return {error.code, *(code for each in error.__subclasses__() for code in codes(each))}


VALUES = {
    "lane": set(Lane),
    "state": {*JobState, *DeliveryState},
    "kind": {"run", "trial", "event", "challenge"},
    "result": {
        "done",
        "again",
        "handed_back",
        "retry",
        "failed",
        "arrived",
        *codes(ServiceError),
        *codes(MatchingError),
    },
    "days": {name for name, _ in WAITING_DAYS},
    "call": metrics._TIMED,
    "status": {str(status) for status in range(200, 600)},
    "platform": {"harbour"},
}


@pytest.fixture
def query(exported):
    return Query(exported, VALUES)


def asked(query, text):
    # The variable of the dashboard stands for a pattern.
    return query.labels_of(text.replace("$platform", ".*"))


@pytest.mark.parametrize(
    ("panel", "target"), TARGETS, ids=[f"{panel['title']} {target['refId']}" for panel, target in TARGETS]
)
def test_every_query_of_the_dashboard_asks_for_what_is_exported_and_its_legend_for_what_is_left(query, panel, target):
    labels = asked(query, target["expr"])

    assert set(re.findall(r"{{ *(\w+) *}}", target.get("legendFormat", ""))) <= labels


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_every_alert_asks_for_what_is_exported_and_says_what_to_do(query, rule):
    labels = asked(query, rule["expr"])

    said = " ".join(rule["annotations"].values())
    assert set(re.findall(r"\$labels\.(\w+)", said)) <= labels
    assert set(rule["annotations"]) == {"summary", "description"}
    assert re.fullmatch(r"[0-9]+[smhd]", rule.get("for", "0s"))
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}


def test_there_is_something_to_look_at_and_the_variables_of_the_board_ask_for_what_is_exported(query):
    assert (len(TARGETS) > 15, len(RULES) > 10) == (True, True)
    for variable in BOARD["templating"]["list"]:
        if variable["type"] == "query":
            text, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]).groups()
            assert label in asked(query, text)


@pytest.mark.parametrize(
    "wrong",
    [
        "sum by (",
        "alongside_jobz",
        "alongside_jobs_total",
        "max by (lane) (alongside_jobs)",
        'alongside_jobs{stat="failed"}',
        'alongside_jobs{state="faild"}',
        'alongside_jobs{state=~"failed|qeued"}',
        "rate(alongside_jobs[5m])",
        "sum(alongside_runs_total)",
        "histogram_quantile(0.9, sum by (call) (rate(alongside_store_call_seconds_bucket[5m])))",
        "sum by (kind) (rate(alongside_runs_total[5m])) / sum by (result) (rate(alongside_runs_total[5m]))",
    ],
)
def test_a_query_that_would_show_nothing_is_found(query, wrong):
    with pytest.raises((AssertionError, ValueError)):
        asked(query, wrong)


def test_every_metric_has_a_row_in_the_handbook_with_its_labels_and_every_row_a_metric(exported):
    text = (ROOT / "docs/operations/metrics.md").read_text()
    rows = re.findall(r"^\| `(alongside_[a-z_]+)` \| [^|]*\| ([^|]*)\|", text, re.MULTILINE)
    names = {
        re.sub(r"_(total|bucket|count|sum)$", "", name) if series.is_counted else name: series.labels - {"le"}
        for name, series in exported.items()
    }

    said = {name: frozenset(re.findall(r"\w+", re.sub(r"\([^)]*\)", "", labels))) for name, labels in rows}
    assert said == names
    assert {f"alongside_{name}" for name in FIGURES} <= set(said)
