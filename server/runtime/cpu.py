"""What this processor can do: its cores, and what decides which kernels a numerical library picks."""

import os
import platform
import subprocess
from pathlib import Path
from typing import Final

# x86 flags of other kinds (virtualisation, mitigations) come and go with the kernel and change no arithmetic.
_X86_ARITHMETIC: Final = ("sse4", "avx", "fma", "f16c", "amx")


def usable_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads_at_work(loadavg: Path = Path("/proc/loadavg")) -> int | None:
    """How many threads of the whole system run or could run at this moment, the one that asks among them.

    None where the system does not tell: only Linux does (proc_loadavg(5), the fourth field). Takes 10 us.
    """
    try:
        at_work, _, _ = loadavg.read_text().split()[3].partition("/")
        return int(at_work)
    except (OSError, IndexError, ValueError):
        return None


def cpu_features() -> tuple[str, ...]:
    """This machine's architecture and its vector extensions, sorted: for example `("x86_64", "avx2", "fma")`."""
    machine = platform.machine()
    if platform.system() == "Darwin":
        return (machine, _apple_chip())
    try:
        return features_of(machine, Path("/proc/cpuinfo").read_text())
    except OSError:
        return (machine,)


def features_of(machine: str, cpuinfo: str) -> tuple[str, ...]:
    """The same, out of the text of Linux's /proc/cpuinfo (the first processor's; they are alike)."""
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "flags":
            return (machine, *sorted(flag for flag in value.split() if flag.startswith(_X86_ARITHMETIC)))
        if key.strip() == "Features":  # Arm lists nothing but arithmetic and a few clocks
            return (machine, *sorted(value.split()))
    return (machine,)


def may_overflow_in_int8(features: tuple[str, ...]) -> bool:
    """Whether uint8 times int8 may go wrong: x86 without VNNI adds pairs of products in 16 bits, which can overflow."""
    machine, *extensions = features
    return machine.lower() in ("x86_64", "amd64") and not {"avx512_vnni", "avx_vnni"}.intersection(extensions)


def _apple_chip() -> str:
    """On Apple's systems the chip's name stands for what it can do."""
    try:
        asked = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"],
            capture_output=True,
            text=True,
            check=True,
            timeout=5,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return asked.stdout.strip()
