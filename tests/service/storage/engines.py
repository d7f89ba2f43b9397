"""The engines that run the contract suite and the model test: a name, and how to name a fresh store in a folder."""

import pytest

from tests.service.storage import servers

ENGINES = {
    "sqlite": lambda folder: f"sqlite:///{folder}/data/store.sqlite3",
    "redis": lambda folder: f"{servers.single().url}?prefix={servers.fresh_prefix()}",
    "sentinel": lambda folder: f"{servers.watched().url}?prefix={servers.fresh_prefix()}",
    "cluster": lambda folder: f"{servers.cluster().url}?prefix={servers.fresh_prefix()}&min_replicas=0",
}

EVERY_ENGINE = [pytest.param(name, marks=() if name == "sqlite" else pytest.mark.redis) for name in ENGINES]

PROCESS_ENGINES = EVERY_ENGINE[:2]
"""Those that tests with several processes run on: a process takes half a second to start."""
