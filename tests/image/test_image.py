"""The image is built as the Dockerfile says, and runs as compose.yaml says: read-only, as nobody in particular.

The first build compiles the engine for the image's processor; what was compiled is kept in build/image for the next.
"""

import os
import signal
import subprocess
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from matching import compiled
from matching.verifying import driver
from service.container import LIVE, PACKED
from tests.image import building, dockerfile
from tests.image.composing import Composed
from tests.image.rooms import ROOT, Room, cannot_be_made
from tests.reliability.processes import children, wait_until
from tests.service.storage.servers import free_port

pytestmark = [
    pytest.mark.redis,
    pytest.mark.skipif(bool(cannot_be_made()) and "CI" not in os.environ, reason=f"no rooms here: {cannot_be_made()}"),
]

COMPILES = """
from numba.core import event
with event.install_recorder("numba:compile") as recorded:
    from matching.readiness import get_ready
    assert get_ready(), "nothing is compiled"
print(sum(1 for _, each in recorded.buffer if each.is_start))
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    assert not cannot_be_made(), cannot_be_made()
    kept = ROOT / "build" / "image" / f"{compiled.digest()}-{driver.digest()}"
    return building.build(tmp_path_factory.mktemp("image"), kept=kept)


@pytest.fixture(scope="module")
def composed(image, tmp_path_factory):
    ports = {"6379": free_port(), "8000": free_port()}
    services = Composed(image, tmp_path_factory.mktemp("composed"), ports=ports)
    services.port = ports["8000"]
    try:
        services.up()
        yield services
    finally:
        services.down()


def test_the_image_is_for_nobody_in_particular_and_says_how_it_is(image):
    assert image.user == "10001"
    assert image.volumes == ["/data"]
    assert image.ports == ["8000"]
    assert image.health[-1] == "health"
    assert image.environment["NUMBA_CPU_NAME"] == "x86-64-v3"
    assert image.environment["NUMBA_CPU_FEATURES"] == ""


def test_sources_and_tools_stay_behind(image):
    names = {path.name for path in image.root.rglob("*")}

    assert not {"tests", "pip", "Makefile", "docs", ".git", "benchmarks"} & names
    assert (image.root / "build").exists() is False


def test_everything_that_is_not_code_is_in_the_package(image):
    installed = next((image.root / "opt/alongside/lib").glob("python3*")) / "site-packages"
    kinds = {".html", ".css", ".lua", ".svg", ".js", ".sql"}
    wanted = {
        path.relative_to(ROOT)
        for package in ("matching", "schemas", "service")
        for path in (ROOT / package).rglob("*")
        if path.suffix in kinds or path.name == "py.typed"
    }

    assert len(wanted) > 20
    assert {path for path in wanted if not (installed / path).exists()} == set()


def room_of(image, **changes):
    given = {
        "is_read_only": True,
        "tmpfs": {"/tmp": "mode=1777", "/run/alongside": "uid=10001,mode=0700"},
        "environment": image.environment,
        "user": image.user,
    }
    return Room(image.root, **{**given, **changes})


def test_nothing_can_be_written_but_memory_and_data(image):
    tried = "for place in / /opt/alongside /usr /etc; do touch $place/x 2>/dev/null && echo $place; done; id -u"

    assert room_of(image).run(["/bin/sh", "-c", tried]).stdout.split() == ["10001"]


def test_loading_the_engine_compiles_nothing(image):
    loaded = room_of(image).run([*image.entrypoint, "python", "-c", COMPILES])

    assert loaded.stdout.split() == ["0"]


def test_without_its_memory_the_image_says_so_and_still_works(image):
    bare = room_of(image, tmpfs={"/tmp": "mode=1777"})

    told = bare.run([*image.entrypoint, "alongside", "--version"])

    assert "mount a tmpfs there" in told.stderr
    assert told.stdout.startswith("alongside ")


def test_a_command_must_be_named(image):
    done = subprocess.run(room_of(image).command(image.entrypoint), capture_output=True, text=True, check=False)

    assert (done.returncode, "name a command" in done.stderr) == (2, True)


# --- What compose.yaml starts ------------------------------------------------------------------------------------


def call(composed, path, *, key="", body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{composed.port}{path}", data=body)
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    if body is not None:
        request.add_header("Content-Type", "application/json")
    with closing(urllib.request.urlopen(request, timeout=30)) as answer:
        return answer.status, answer.read().decode()


def alongside(composed, *arguments):
    """What `docker compose exec api alongside …` does."""
    return composed.room_of("api").run(["alongside", *arguments]).stdout.strip()


def test_the_services_work_together_and_the_first_request_and_run_wait_for_no_compiler(image, composed):
    wait_until(lambda: composed.is_healthy("api"), what="the API is healthy")
    status, _ = call(composed, "/readyz")
    alongside(composed, "platforms", "create", "harbour", "--signposting", "Call 112.")
    key = alongside(composed, "keys", "create", "--platform", "harbour", "--name", "x", "--scope", "runs")
    assert call(composed, "/v1/runs", key=key, body=b"{}")[0] == 202
    wait_until(
        lambda: '"state":"done"' in call(composed, "/v1/runs", key=key)[1].replace(" ", ""), what="the run is done"
    )

    assert status == 200
    # What is compiled is kept: had anything been, there would be more than the image brought.
    brought = compiled_in(image.root / "opt/alongside" / PACKED.name)
    assert len(brought) > 10
    for name in ("api", "worker"):
        assert compiled_in(memory_of(composed, name)) == brought
    logs = "".join(service.log.read_text() for service in composed.services.values())
    assert "cannot lay out" not in logs
    assert "internal_error" not in logs


def compiled_in(folder):
    """What numba keeps there, by name and content."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix in (".nbi", ".nbc")
    }


def memory_of(composed, name):
    """Where a service's entry point laid out what is compiled, seen from outside."""
    return Path(f"/proc/{composed.services[name].process.pid}/root") / LIVE.relative_to("/")


def test_nothing_compiled_is_in_the_process_that_forks(composed):
    master = composed.services["api"].process.pid
    workers = children(master)

    assert len(workers) >= 2
    assert "llvmlite" not in Path(f"/proc/{master}/maps").read_text()


def test_redis_keeps_every_change_before_it_is_acknowledged(composed):
    arguments = composed.document["services"]["redis"]["command"]
    options = dict(zip(arguments[1::2], arguments[2::2], strict=True))

    assert options["--appendonly"] == "yes"
    assert options["--appendfsync"] == "always"
    assert options["--maxmemory-policy"] == "noeviction"


def test_services_end_in_order_when_they_are_asked_to(composed):
    # One that has just been started hears of nothing yet.
    wait_until(lambda: composed.hears("worker", signal.SIGTERM), what="the worker has begun")
    wait_until(lambda: composed.hears("api", signal.SIGTERM), what="the API has begun")

    assert composed.stop("worker") == 0
    assert composed.stop("api") == 0


def test_every_step_of_the_dockerfile_was_done(image):
    stages = dockerfile.read(ROOT / "Dockerfile")

    assert image.done == [step.word for step in stages[-1].steps]
    assert dockerfile.KNOWN - {"FROM"} == {step.word for stage in stages for step in stage.steps}
