"""Building the image: every step of every stage of the Dockerfile, in a root of its own."""

from __future__ import annotations

import fnmatch
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.image import dockerfile
from tests.image.dockerfile import Stage, Step, filled, pairs
from tests.image.rooms import IMAGE_PYTHON, LIBRARIES, ROOT, Room, base_image

_BASE_PATH = f"{IMAGE_PYTHON}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_OFFLINE = {
    "PIP_NO_INDEX": "1",
    "PIP_NO_DEPS": "1",
    "PIP_NO_BUILD_ISOLATION": "0",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}
"""pip downloads nothing: what it would is the machine's already (`_share_libraries`)."""


@dataclass
class Image:
    """What a stage has come to."""

    root: Path
    environment: dict[str, str]
    workdir: str = "/"
    user: str = "0"
    volumes: list[str] = field(default_factory=list)
    ports: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)


def build(folder: Path, *, kept: Path | None = None) -> Image:
    """Build the image in a folder; `kept` holds compiled code of an earlier build of the same sources."""
    images: dict[str, Image] = {}
    built: Image | None = None
    for number, stage in enumerate(dockerfile.read(ROOT / "Dockerfile")):
        built = _built(folder / f"stage-{number}", stage, images, kept)
        images[stage.name] = built
    assert built is not None
    return built


def _built(root: Path, stage: Stage, images: dict[str, Image], kept: Path | None) -> Image:
    assert stage.base.startswith("python:3."), f"not a base that is known here: {stage.base}"
    root.mkdir(parents=True)
    image = Image(base_image(root), {"PATH": _BASE_PATH})
    arguments: dict[str, str] = {}
    for step in stage.steps:
        _do(image, step, arguments, images, kept)
        image.done.append(step.word)
    return image


def _do(image: Image, step: Step, arguments: dict[str, str], images: dict[str, Image], kept: Path | None) -> None:
    variables = {**arguments, **image.environment}
    deeds: dict[str, Callable[[str], object]] = {
        "ARG": lambda text: arguments.update(pairs(filled(text, variables))),
        "ENV": lambda text: image.environment.update(pairs(filled(text, variables))),
        "WORKDIR": lambda text: _work_in(image, text),
        "COPY": lambda text: _copy(image, filled(text, variables).split(), images),
        "RUN": lambda text: _run(image, text, arguments, kept),
        "USER": lambda text: setattr(image, "user", text),
        "VOLUME": image.volumes.append,
        "EXPOSE": image.ports.append,
        "HEALTHCHECK": lambda _: setattr(image, "health", dockerfile.healthcheck(step)[1]),
        "ENTRYPOINT": lambda _: setattr(image, "entrypoint", step.listed),
        "CMD": lambda _: setattr(image, "command", step.listed),
    }
    deeds[step.word](step.text)


def _work_in(image: Image, place: str) -> None:
    image.workdir = place
    (image.root / place.lstrip("/")).mkdir(parents=True, exist_ok=True)


def _run(image: Image, command: str, arguments: dict[str, str], kept: Path | None) -> None:
    is_compiling = "matching.kernel" in command
    place = _kernels(image)
    if is_compiling and kept is not None and kept.is_dir():
        shutil.copytree(kept, place, dirs_exist_ok=True)
    # Before the environment's own: an old setuptools may have come with it.
    environment = {**arguments, **image.environment, **_OFFLINE, "PYTHONPATH": LIBRARIES}
    Room(image.root, environment, image.workdir, image.user).run(["/bin/sh", "-c", command])
    _share_libraries(image)
    if is_compiling and kept is not None and not kept.is_dir():
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(place, kept)


def _kernels(image: Image) -> Path:
    return _one(image, "lib/python3*/site-packages") / "matching/__pycache__/kernels"


def _share_libraries(image: Image) -> None:
    """Let the image's environment see the machine's libraries, as if pip had downloaded them."""
    for place in (image.root / "opt/alongside").glob("lib/python3*/site-packages"):
        (place / "libraries.pth").write_text(f"{LIBRARIES}\n")


def _one(image: Image, pattern: str) -> Path:
    return next((image.root / "opt/alongside").glob(pattern), image.root / "nowhere")


def _copy(image: Image, words: list[str], images: dict[str, Image]) -> None:
    options = dict(word.removeprefix("--").split("=", 1) for word in words if word.startswith("--"))
    *sources, target = (word for word in words if not word.startswith("--"))
    place = image.root / os.path.normpath(Path(image.workdir, target)).lstrip("/")
    for source in sources:
        whole = images[options["from"]].root / source.lstrip("/") if "from" in options else ROOT / source
        if whole.is_dir():
            ignored = None if "from" in options else _dockerignored
            shutil.copytree(whole, place, symlinks=True, dirs_exist_ok=True, ignore=ignored)
        else:
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy2(whole, place / whole.name)
    _in_whole_seconds(place)


def _in_whole_seconds(place: Path) -> None:
    """Layers of an image keep no finer times."""
    for path in [place, *place.rglob("*")]:
        if not path.is_symlink():
            status = path.stat()
            os.utime(path, (int(status.st_atime), int(status.st_mtime)))


def _dockerignored(folder: str, names: list[str]) -> set[str]:
    """What .dockerignore keeps out, below folders that it lets in."""
    patterns = [
        line.removeprefix("**/") for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("**")
    ]
    return {name for name in names if any(fnmatch.fnmatch(name, pattern) for pattern in patterns)}
