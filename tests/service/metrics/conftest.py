"""The store and cast of the use-case tests, and every series that the service exports."""

import json
import subprocess
import sys
from dataclasses import dataclass

import pytest

from service.metrics.store_figures import FIGURES
from tests.service.usecases.conftest import cast, clock, store, store_url

__all__ = ["cast", "clock", "store", "store_url"]

# In a process of its own, as meters are made once in one.
DECLARING = """
import json, sys
from pathlib import Path
from service.metrics.meters import Meters
print(json.dumps([
    [meter._type, meter._name, list(meter._labelnames)]
    for meter in vars(Meters(Path(sys.argv[1]))).values() if hasattr(meter, "_labelnames")
]))
"""


@dataclass(frozen=True)
class Series:
    """What a query may ask of a name; `is_counted`: it only grows, so that its rate is what means something."""

    labels: frozenset[str]
    is_counted: bool


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """Every name a query may use: gauges, counters with _total, histograms with what they are made of."""
    folder = tmp_path_factory.mktemp("names")
    out = subprocess.run([sys.executable, "-c", DECLARING, str(folder)], capture_output=True, text=True, check=True)
    found = {f"alongside_{name}": Series(frozenset(labels), False) for name, (_, labels) in FIGURES.items()}
    for kind, name, labels in json.loads(out.stdout):
        if kind == "counter":
            found[f"{name}_total"] = Series(frozenset(labels), True)
        else:
            found[f"{name}_bucket"] = Series(frozenset((*labels, "le")), True)
            found |= {f"{name}_{part}": Series(frozenset(labels), True) for part in ("count", "sum")}
    return found
