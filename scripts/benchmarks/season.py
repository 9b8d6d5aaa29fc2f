"""A season through `xiangtu run`: 30 000² pixels, twelve dates, two bands, killed at 30 % and at 70 %.

Usage: season.py [SIDE [DATES]]

Says how long it took, the most memory that the program and all below it held at once, and how many
chunks the ledger says were done twice.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import measure

HERE = Path(__file__).parent
MADE = Path(os.environ["XIANGTU_BENCH"])
REAL = Path(os.environ["XIANGTU_REAL_DATA"])
PROGRAM = str(Path(os.environ["XIANGTU_BUILT"]) / "xiangtu")

INTERVAL = 0.2
KILLS = [30.0, 70.0]
# Inputs, objects and temporary files together.
MOST_DISK = 25_000_000_000
# All of UTM zone 33 and more.
AREA = """{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"code": "900001", "name": "区域"},
 "geometry": {"type": "Polygon", "coordinates": [[[5, 40], [25, 40], [25, 60], [5, 60], [5, 40]]]}}]}"""
PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%")


@dataclass
class Seen:
    """What was seen of all attempts."""

    seconds: float = 0
    memory: int = 0
    disk: int = 0
    killed: list[str] = field(default_factory=list)


def recipe(folder: Path, path: Path) -> None:
    files = [
        f"      - {{ path: {file}, date: {file.stem}, bands: {{ 1: red, 2: nir }} }}"
        for file in sorted(folder.glob("*.tif"))
    ]
    path.write_text("\n".join([
        "recipe: season",
        "inputs:",
        "  season:",
        "    files:",
        *files,
        "steps:",
        "  - name: clear",
        "    composite: { of: season, method: median, bands: [red, nir] }",
        "  - name: green",
        "    index: { of: clear, name: ndvi }",
        "outputs:",
        *[f"  - {{ id: season-{band}, layer: {{ of: clear, band: {band} }} }}" for band in ("red", "nir")],
        "  - { id: season-green, layer: { of: green } }",
        "",
    ]))  # fmt: skip


def on_disk(*folders: Path) -> int:
    said = subprocess.run(["du", "-sbc", *folders], capture_output=True, text=True).stdout
    return int(said.splitlines()[-1].split()[0])


def done(home: dict[str, str]) -> float | None:
    """The share of the job that is done, as the program tells it."""
    said = subprocess.run([PROGRAM, "jobs"], capture_output=True, text=True, env=home, timeout=60).stdout
    found = PERCENT.search(said)
    return float(found[1]) if found else None


def ledger(home: dict[str, str]) -> tuple[int, int]:
    """How many chunks the job had, and how often one was begun again."""
    ask = lambda *words: subprocess.run([PROGRAM, "jobs", *words], capture_output=True, text=True, env=home, check=True).stdout  # noqa: E731
    said = ask("show", ask("list").split()[0])
    stages = re.findall(r"(\d+)/\d+ done.* (\d+) repeated", said)
    return sum(int(chunks) for chunks, _ in stages), sum(int(repeated) for _, repeated in stages)


def attempt(path: Path, home: dict[str, str], folders: list[Path], kill_at: float | None, seen: Seen) -> bool:
    """Runs the recipe to its end, or kills it; whether it came to its end."""
    began = time.monotonic()
    log = (MADE / "season.log").open("a")
    process = subprocess.Popen([PROGRAM, "run", str(path)], stdout=log, stderr=subprocess.STDOUT, env=home)
    asked = began
    while process.poll() is None:
        seen.memory = max(seen.memory, measure.family_memory(process.pid))
        if time.monotonic() - asked > 5:
            asked = time.monotonic()
            seen.disk = max(seen.disk, on_disk(*folders))
            if seen.disk > MOST_DISK:
                process.kill()
                raise SystemExit(f"{seen.disk / 1e9:.1f} GB on disk are more than {MOST_DISK / 1e9:.0f}")
            share = done(home) if kill_at is not None else None
            if share is not None and share >= kill_at:
                process.send_signal(signal.SIGKILL)
                seen.killed.append(f"{share:.0f} %")
        time.sleep(INTERVAL)
    seen.seconds += time.monotonic() - began
    if process.returncode == -signal.SIGKILL and kill_at is not None:
        return False
    if process.returncode != 0:
        raise SystemExit(f"`xiangtu run` ended with {process.returncode}: see {log.name}")
    return True


def main() -> None:
    words = [int(word) for word in sys.argv[1:]]
    side, dates = (words + [30_000, 12][len(words):])[:2]
    folder = MADE / f"season_{side}_{dates}"
    scenes = REAL / "satellite/s2_l2a_inn-valley"
    subprocess.run([sys.executable, HERE / "season_inputs.py", scenes, folder, str(side), str(dates)], check=True)
    # Readable for the user that the program's own PostgreSQL runs as.
    place = Path(tempfile.mkdtemp(prefix="xiangtu-season-", dir="/var/tmp"))
    place.chmod(0o755)
    home = os.environ | {"XIANGTU_HOME": str(place)}
    path = MADE / "season.yaml"
    recipe(folder, path)
    area = place / "area.geojson"
    area.write_text(AREA)
    subprocess.run([PROGRAM, "import", "areas", str(area)], check=True, env=home, stdout=subprocess.DEVNULL)
    seen = Seen()
    for kill_at in [*KILLS, None]:
        if attempt(path, home, [folder, place], kill_at, seen):
            break
    chunks, repeated = ledger(home)
    print("| season | killed at | chunks | done twice | s in all | MB at most | GB on disk |\n|---|---|---|---|---|---|---|")
    print(
        f"| {side}² × {dates} dates × 2 bands UInt16 | {', '.join(seen.killed) or 'never'} | {chunks} | {repeated} | {seen.seconds:.0f} "
        f"| {seen.memory / 1e6:.0f} | {seen.disk / 1e9:.1f} |"
    )
    shutil.rmtree(place)


if __name__ == "__main__":
    main()
