"""
Everything that reads bytes from outside, on inputs that coverage leads to (atheris, which is libFuzzer for Python).

    python -m fuzz.guided TARGET|all [--seconds N] [--fixtures] [--corpus FOLDER]
    python -m fuzz.guided TARGET --input FILE

`fuzz.targets` says what must hold. Seconds are those of all targets together. What broke is printed with its traceback and
kept in the folder that is named; `--input` gives it to its target once more, without atheris. `--fixtures` begins with real
files too (../shared/fixtures), `--corpus` keeps what was found to lead further, a folder for each target.
"""

import argparse
import contextlib
import importlib
import io
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fuzz.targets import Target

_MEMORY_MIB: Final = 512
"""Of a whole process, of which the interpreter, the modules and libFuzzer's tables take about 150."""

_HANGS_S: Final = 60
"""On the clock: what never comes back cannot be asked how much of the processor it took."""

_LONGEST: Final = 300_000
"""Bytes of an input."""

_AT_ONCE: Final = min(os.cpu_count() or 1, 2)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one target fared: inputs tried, what libFuzzer reached, and the lines that say what broke ("" if nothing did)."""

    target: str
    tried: int
    reached: int
    broken: str


def main() -> int:
    """See the module; return how many targets broke."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", help="a name of fuzz.targets, or all")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--fixtures", action="store_true")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--input", type=Path)
    options = parser.parse_args()
    if options.input:
        from fuzz.targets import TARGETS, check

        check(TARGETS[options.target], options.input.read_bytes())
        return 0
    names = () if options.target == "all" else (options.target,)
    broken = 0
    for one in run(options.seconds, names, fixtures=options.fixtures, corpus=options.corpus):
        print(f"{one.target:40} {one.tried:9,} inputs, reached {one.reached:6,}  {one.broken or 'ok'}", flush=True)
        broken += bool(one.broken)
    return broken


def run(
    seconds: float, names: tuple[str, ...] = (), *, fixtures: bool = False, corpus: Path | None = None
) -> Iterator[Outcome]:
    """Fuzz the targets *names* (all by default) for so many seconds in sum, each in a process of its own; yield how they fared."""
    targets = _instrumented()
    chosen = [targets[name] for name in names or targets]
    root = Path(tempfile.mkdtemp(prefix="hullscan-fuzz-"))
    waiting, kept = list(reversed(chosen)), False
    running: dict[int, tuple[Target, Path]] = {}
    while waiting or running:
        while waiting and len(running) < _AT_ONCE:
            target = waiting.pop()
            folder = root / target.name
            _write_seeds(target, folder / "seeds", fixtures=fixtures)
            grown = corpus / target.name if corpus else folder / "corpus"
            grown.mkdir(parents=True, exist_ok=True)
            running[_fork(target, seconds / len(chosen), folder, grown)] = (target, folder)
        process, status = os.wait()
        target, folder = running.pop(process)
        outcome = _outcome(target, folder, os.waitstatus_to_exitcode(status))
        kept = kept or bool(outcome.broken)
        yield outcome
    if not kept:
        shutil.rmtree(root)


def _instrumented() -> "dict[str, Target]":
    """Import the targets with hullscan's own modules instrumented; it is done once, before all forks."""
    atheris = importlib.import_module("atheris")
    # It tells a line for each module.
    with contextlib.redirect_stderr(io.StringIO()), atheris.instrument_imports(include=["hullscan"]):
        found: dict[str, Target] = importlib.import_module("fuzz.targets").TARGETS
    return found


def _write_seeds(target: "Target", folder: Path, *, fixtures: bool) -> None:
    folder.mkdir(parents=True)
    real = importlib.import_module("fuzz.real_files").samples(target) if fixtures else ()
    for number, seed in enumerate((*target.seeds, *real)):
        (folder / str(number)).write_bytes(seed)


def _fork(target: "Target", seconds: float, folder: Path, corpus: Path) -> int:
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        _fuzz(target, seconds, folder, corpus)
        code = 0
    finally:
        os._exit(code)


def _fuzz(target: "Target", seconds: float, folder: Path, corpus: Path) -> None:
    """Fuzz in this process, which ends with it."""
    from fuzz.targets import check

    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    atheris = importlib.import_module("atheris")
    end = time.monotonic() + seconds
    tried = 0

    def one_input(data: bytes) -> None:
        nonlocal tried
        if time.monotonic() > end:
            (folder / "tried").write_text(str(tried))
            os._exit(0)
        tried += 1
        try:
            check(target, data)
        except BaseException:
            (folder / "crash-input").write_bytes(data)
            raise

    flags = [
        f"-timeout={_HANGS_S}",
        f"-rss_limit_mb={_MEMORY_MIB}",
        f"-max_len={_LONGEST}",
        f"-artifact_prefix={folder}/",
    ]
    atheris.Setup([sys.argv[0], *flags, str(corpus), str(folder / "seeds")], one_input)
    atheris.Fuzz()


def _outcome(target: "Target", folder: Path, code: int) -> Outcome:
    log = (folder / "log").read_text("utf-8", "replace")
    tried = folder / "tried"
    reached = [int(number) for number in re.findall(r"cov: (\d+)", log)]
    broken = ""
    if code or not tried.is_file():
        inputs = [path for path in folder.iterdir() if path.name.partition("-")[0] in _ARTIFACTS]
        broken = f"ended with {code}; --input {min(inputs, default='(none)')}\n{_last_words(log)}"
    return Outcome(target.name, int(tried.read_text()) if tried.is_file() else 0, max(reached, default=0), broken)


_ARTIFACTS: Final = frozenset({"crash", "timeout", "oom", "leak"})
"""How the names of inputs begin that libFuzzer (or `_fuzz`) kept since they broke something."""


def _last_words(log: str) -> str:
    """The traceback, where there is one, else what libFuzzer said last."""
    _, found, traceback = log.rpartition("=== Uncaught Python exception: ===")
    lines = traceback.partition("==")[0].splitlines() if found else log.splitlines()
    return "\n".join(f"    {line}" for line in lines[-30:] if line.strip())


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
