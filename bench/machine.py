"""On what was measured: a figure means nothing without it."""

import platform
from pathlib import Path
from typing import Any

import psutil


def describe() -> dict[str, Any]:
    """Processor, cores, Python, kernel, and how busy it all was."""
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "cpu": cpu,
        "cores": psutil.cpu_count(),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "load": f"{psutil.getloadavg()[0]:.2f}",
    }


def sentence(machine: dict[str, Any]) -> str:
    """The same for people."""
    return (
        f"{machine['cores']} cores ({machine['cpu']}), Python {machine['python']}, "
        f"load before the run {machine['load']}."
    )
