"""A hundred clients on one cold tile, and the memory that a thousand layers leave.

Usage: crowd.py [MINUTES]   (scripts/bench crowd installs what it needs)

Nobody else is measured here: a crowd is compared with one client, and memory with what was allowed.
"""

import hashlib
import os
import random
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from serving import COMMUNES, HERE, MADE, PORTS, PROGRAM, get, publish, running, tiles

PORT = PORTS["ours"]
CROWD = 100
LAYERS = {"stored": 400, "ndvi-stored": 400, "communes": 200}


def ask(path: str, clients: int) -> list[float]:
    """Seconds until each of some clients, all connected before, has its whole answer."""
    selector = selectors.DefaultSelector()
    connections = [socket.create_connection(("127.0.0.1", PORT)) for _ in range(clients)]
    time.sleep(0.05)
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\n\r\n".encode()
    left, took = {}, []
    start = time.perf_counter()
    for connection in connections:
        connection.sendall(request)
        selector.register(connection, selectors.EVENT_READ)
        left[connection] = b""
    while left:
        for key, _ in selector.select(timeout=60):
            connection = key.fileobj
            left[connection] += connection.recv(1 << 20)
            head, end, body = left[connection].partition(b"\r\n\r\n")
            length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), None)
            if end and length is not None and len(body) >= length:
                if not head.startswith(b"HTTP/1.1 200"):
                    raise SystemExit(f"{path}: {head[:40]}")
                took.append(time.perf_counter() - start)
                selector.unregister(connection)
                connection.close()
                del left[connection]
    return sorted(took)


def crowd(home: dict[str, str], serve: list[str]) -> str:
    """Each tile is new to the server, in both runs."""
    with running(serve, PORT, "/health/ready", env=home):
        paths = [f"/tiles/live/{z}/{x}/{y}.webp" for z, x, y in tiles()]
        paths = [path for path in paths if get(f"http://127.0.0.1:{PORT}{path}")]
    found = {}
    for clients in (1, CROWD):
        with running(serve, PORT, "/health/ready", env=home):
            found[clients] = [ask(path, clients) for path in paths]
    alone = [times[0] for times in found[1]]
    last = [times[int(0.99 * CROWD) - 1] for times in found[CROWD]]
    times = statistics.median(many / one for many, one in zip(last, alone))
    return (
        f"| {CROWD} clients on one cold tile ({len(paths)} tiles, one after the other) "
        f"| one client: {statistics.median(alone) * 1e3:.1f} ms | p99: {statistics.median(last) * 1e3:.1f} ms | {times:.2f} | ≤ 2 |"
    )


def copies(home: dict[str, str], place: Path) -> list[str]:
    """Makes a thousand layers of three, each with a file of its own, and lists tiles of them."""
    database = subprocess.run([PROGRAM, "list", "database"], env=home, check=True, capture_output=True, text=True).stdout.strip()
    ask_database = ["psql", "-qtA", "-v", "ON_ERROR_STOP=1", database]
    statements = []
    for layer, count in LAYERS.items():
        object_name = subprocess.run(ask_database, input=f"select object from coverage where layer_id = '{layer}'", check=True, capture_output=True, text=True).stdout.strip()
        for number in range(1, count):
            copy = f"{layer}-{number}"
            statements.append(f"insert into layer (id, area_id, kind, title_zh, audience, style) select '{copy}', area_id, kind, '{copy}', audience, style from layer where id = '{layer}';")
            if not object_name:
                statements.append(f"insert into feature (layer_id, area_id, key, geom, properties) select '{copy}', area_id, key, geom, properties from feature where layer_id = '{layer}';")
                continue
            bytes_of_it = (place / "home/objects" / object_name).read_bytes() + f"{number}".encode()
            digest = hashlib.sha256(bytes_of_it).hexdigest()
            name = f"{digest[:2]}/{digest}.tif"
            file = place / "home/objects" / name
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(bytes_of_it)
            statements.append(
                "insert into coverage (layer_id, area_id, scene_id, date, object, georeference, bounds, min_zoom, max_zoom, version) "
                f"select '{copy}', area_id, scene_id, date, '{name}', georeference, bounds, min_zoom, max_zoom, '{digest[:16]}' from coverage where layer_id = '{layer}';"
            )
    subprocess.run(ask_database, input="\n".join(statements), check=True, text=True)
    seed = random.Random(1)
    # Stored layers have their own last zoom, which is 13 here.
    places, paths = [place for place in tiles() if place[0] < 14], []
    for _ in range(50_000):
        layer = seed.choices(list(LAYERS), weights=list(LAYERS.values()))[0]
        number = seed.randrange(LAYERS[layer])
        zoom, column, row = seed.choice(places)
        ending = "mvt" if layer == "communes" else seed.choice(("webp", "png"))
        paths.append(f"/tiles/{layer}{f'-{number}' if number else ''}/{zoom}/{column}/{row}.{ending}")
    return paths


def resident(process: subprocess.Popen) -> int:
    """Megabytes of the program itself; its database is a process of its own."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) >> 10


def memory(home: dict[str, str], serve: list[str], place: Path, minutes: float) -> str:
    with running(serve, PORT, "/health/ready", env=home) as process:
        listed = MADE / "many_paths.txt"
        listed.write_text("\n".join(copies(home, place)))
        before, most, stop = resident(process), [0], threading.Event()

        def watch() -> None:
            while not stop.wait(0.5):
                most[0] = max(most[0], resident(process))

        watcher = threading.Thread(target=watch)
        watcher.start()
        command = ["wrk", "-t1", "-c16", f"-d{int(minutes * 60)}s", "-s", str(HERE / "tiles.lua"), f"http://127.0.0.1:{PORT}"]
        said = subprocess.run(command, env=os.environ | {"PATHS": str(listed)}, capture_output=True, text=True, check=True).stdout
        stop.set()
        watcher.join()
        print(said)
    # What the program allows itself by default: encoded tiles, unpacked blocks, features, their tiles.
    allowed = 128 + 96 + 256 + 64
    return f"| {minutes:g} minutes of random tiles over {sum(LAYERS.values())} layers, MB | allowed: {allowed}, and {before} at the start | at most {most[0]} | {most[0] / (allowed + before):.2f} | ≤ 1 |"


def main() -> None:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    MADE.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="xiangtu-crowd-", dir="/var/tmp"))
    place.chmod(0o755)
    home = os.environ | {"XIANGTU_HOME": str(place / "home")}
    (place / "home").mkdir(mode=0o755)
    publish(home)
    for words in (
        ["layer", "index", "gers", "--index", "ndvi", "--id", "ndvi-stored", "--audience", "public"],
        ["import", "features", str(COMMUNES), "--layer-id", "communes", "--audience", "public"],
    ):
        subprocess.run([PROGRAM, *words], env=home, check=True, stdout=subprocess.DEVNULL)
    serve = [PROGRAM, "up", "--listen", f"127.0.0.1:{PORT}", "--no-demo"]
    table = [crowd(home, serve), memory(home, serve, place, minutes)]
    print("| work | against | found | times | goal |\n|---|---|---|---|---|")
    print("\n".join(table))
    shutil.rmtree(place)


if __name__ == "__main__":
    main()
