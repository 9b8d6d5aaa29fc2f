"""The imagery engine beside other people's programs: every row both sides in turn, then the table.

Usage: imagery.py [ROW…]   (all rows when none is named)
"""

import sys
from pathlib import Path

import measure
from rows import MADE, ROWS, Row, Side

HEAD = """
| work | against | ours s (CPU) | theirs s (CPU) | times faster | goal | MB, ours / theirs | results |
|---|---|---|---|---|---|---|---|"""


def lines(row: Row) -> list[str]:
    """The measured row, a line for every other side."""
    sides = [row.ours, *row.others]
    for source in row.sources:
        measure.read_once(source)
    found = measure.in_turn([side.command for side in sides], row.rounds)
    ours, others = found[0], found[1:]
    return [line(row, side, ours, other) for side, other in zip(row.others, others)]


def line(row: Row, side: Side, ours: measure.Measured, other: measure.Measured) -> str:
    memory = f"{ours.memory / 1e6:.0f} / {other.memory / 1e6:.0f}" if row.memory else "arrays"
    seconds = [f"{one.wall:.2f} ({one.cpu:.1f})" for one in (ours, other)]
    cells = [
        row.work, side.name, *seconds, f"{other.wall / ours.wall:.1f}", f"≥ {row.goal:g}", memory,
        row.check(row.ours.made, side.made),
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    names = sys.argv[1:] or list(ROWS)
    if unknown := [name for name in names if name not in ROWS]:
        raise SystemExit(f"There is no row {', '.join(unknown)}; there are {', '.join(ROWS)}.")
    MADE.mkdir(parents=True, exist_ok=True)
    table = [HEAD]
    for name in names:
        print(f"── {name}", flush=True)
        row = ROWS[name]()
        if not Path(row.ours.command[0]).exists():
            print(f"left out: there is no {row.ours.command[0]}", flush=True)
            continue
        measured = lines(row)
        print("\n".join(measured), flush=True)
        table += measured
    print("\n".join(table))


if __name__ == "__main__":
    main()
