"""Runs a command and says how long it took and how much memory its whole family held at once."""

import subprocess
import threading
import time
from dataclasses import dataclass

import psutil

# How often the family's memory is added up, in seconds.
INTERVAL = 0.05


@dataclass
class Measured:
    """Seconds on the clock, seconds of processor, and the greatest summed RSS in bytes."""

    wall: float
    cpu: float
    memory: int
    output: str


def run(command: list[str], **options) -> Measured:
    """The measured command; one that fails ends the benchmark with what it said."""
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    ) as process:
        # Read beside the sampling: a full pipe would stop the command.
        output: list[str] = []
        reader = threading.Thread(target=lambda: output.append(process.stdout.read()))
        reader.start()
        memory, cpu = 0, {}
        family = psutil.Process(process.pid)
        while process.poll() is None:
            memory = max(memory, _sample(family, cpu))
            time.sleep(INTERVAL)
        wall = time.perf_counter() - began
        reader.join()
    said = "".join(output)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed ({process.returncode}):\n{said[-4000:]}")
    return Measured(wall, sum(cpu.values()), memory, said)


def _sample(family: psutil.Process, cpu: dict[int, float]) -> int:
    """The RSS of a process and all below it; their processor time is noted by process."""
    memory = 0
    try:
        members = [family, *family.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for member in members:
        try:
            memory += member.memory_info().rss
            times = member.cpu_times()
            cpu[member.pid] = times.user + times.system
        except psutil.NoSuchProcess:
            continue
    return memory


def best_of(count: int, command: list[str], **options) -> Measured:
    """The fastest of several runs: what other programs disturbed counts least."""
    runs = [run(command, **options) for _ in range(count)]
    best = min(runs, key=lambda measured: measured.wall)
    best.memory = max(measured.memory for measured in runs)
    return best
