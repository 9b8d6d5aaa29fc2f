"""Runs commands and says how long they took and how much memory their whole families held at once."""

import os
import re
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

# How often the family's memory is added up, in seconds.
INTERVAL = 0.05
# A command that prepares something before its work says itself how long the work took.
TOOK = re.compile(r"^took ([0-9.]+) s", re.MULTILINE)


@dataclass
class Measured:
    """Seconds of the work on the clock, seconds of processor in all, and the greatest summed RSS in bytes."""

    wall: float
    cpu: float
    memory: int
    output: str


class Failed(Exception):
    """A command that ended with an error, and what it said."""


def run(command: list[str], **options) -> Measured:
    """The measured command."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    # Read beside the sampling: a full pipe would stop the command.
    output: list[str] = []
    reader = threading.Thread(target=lambda: output.append(process.stdout.read()))
    reader.start()
    memory, ended = 0, 0
    while not ended:
        memory = max(memory, family_memory(process.pid))
        time.sleep(INTERVAL)
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
    wall = time.perf_counter() - began
    reader.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    said = "".join(output)
    if process.returncode != 0:
        raise Failed(f"{' '.join(command)} failed ({process.returncode}):\n{said[-4000:]}")
    took = TOOK.search(said)
    return Measured(float(took[1]) if took else wall, usage.ru_utime + usage.ru_stime, memory, said)


def family_memory(pid: int) -> int:
    """The RSS of a process and all below it, in bytes."""
    try:
        process = psutil.Process(pid)
        members = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    memory = 0
    for member in members:
        try:
            memory += member.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return memory


def in_turn(commands: list[list[str]], rounds: int) -> list[Measured]:
    """Every command once a round, one after the other; of each its fastest round, with its largest memory.

    What other programs disturbed counts least that way, and disturbs all sides alike.
    """
    runs = [[run(command) for command in commands] for _ in range(rounds)]
    best = []
    for of_one in zip(*runs):
        fastest = min(of_one, key=lambda measured: measured.wall)
        fastest.memory = max(measured.memory for measured in of_one)
        best.append(fastest)
    return best


def read_once(path: Path) -> None:
    """Leaves a file in the system's page cache."""
    with path.open("rb", buffering=0) as file:
        while file.read(1 << 24):
            pass
