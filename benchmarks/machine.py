"""Says what machine, which versions and which commit a figure was measured on, without which it means nothing."""

import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where and when."""

    processor: str
    cores: int
    """Cores this process may use."""
    system: str
    python: str
    onnxruntime: str
    commit: str
    """Short hash; `+changes` where tracked files differed from it."""
    measured_on: str
    """UTC date, ISO 8601."""
    load_before: float
    """How many processes wanted a core in the minute before (getloadavg); far above 0 means a busy machine."""

    def as_dict(self) -> dict[str, object]:
        """For the result's JSON."""
        return asdict(self)

    def sentence(self) -> str:
        """One line for people."""
        return (
            f"{self.processor}, {self.cores} cores, {self.system}, Python {self.python}, onnxruntime "
            f"{self.onnxruntime}; commit {self.commit}, {self.measured_on}; load before the run {self.load_before:.1f}."
        )


def describe_machine() -> Machine:
    """Look around."""
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        onnxruntime=version("onnxruntime"),
        commit=_commit(),
        measured_on=datetime.now(UTC).date().isoformat(),
        load_before=round(os.getloadavg()[0], 2),
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    if platform.system() == "Darwin":
        return _output("sysctl", "-n", "machdep.cpu.brand_string")
    return platform.processor() or platform.machine()


def _commit() -> str:
    commit = _output("git", "rev-parse", "--short", "HEAD")
    # Results themselves do not count: each benchmark of a run would otherwise mark the next.
    changed = _output("git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":!benchmarks/results")
    return f"{commit}+changes" if changed else commit


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
