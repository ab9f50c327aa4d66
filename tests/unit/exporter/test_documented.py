"""The page and the dashboard know the metrics that there are, and no others."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pypcp.exporter.metrics import HELP

DOCS = Path(__file__).parents[3] / "docs"
NAME = re.compile(r"\b(?:pgpool2|pypcp)_[a-z_]+")
BESIDE = {"pgpool2_scrapes_total", "pgpool2_exporter"}


def test_every_metric_is_documented() -> None:
    assert set(NAME.findall((DOCS / "monitoring.md").read_text())) == {*HELP, *BESIDE}


def test_no_panel_lies_on_another() -> None:
    dashboard = json.loads((DOCS / "grafana-dashboard.json").read_text())
    taken = [
        (x, y)
        for panel in dashboard["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
