"""Free ports on loopback, remembered so that addresses stay the same from one `make up` to the next."""

import json
import secrets
import socket
from collections.abc import Collection, Mapping
from pathlib import Path

LOWEST, HIGHEST = 20_000, 30_000  # below what systems hand out to outgoing connections


def choose(file: Path, preferred: Mapping[str, int], *, running: Collection[str]) -> dict[str, int]:
    """A port per name: the one of last time if it is ours or free, else the preferred one (0: any), else any."""
    known = remembered(file)
    chosen = {name: known[name] for name in preferred if name in running}
    for name, wish in preferred.items():
        if name in chosen:
            continue
        wishes = [port for port in (known.get(name, 0), wish) if port and port not in chosen.values() and is_free(port)]
        chosen[name] = wishes[0] if wishes else any_free(chosen.values())
        usual = known.get(name, wish)
        if usual and chosen[name] != usual:
            print(f"! port {usual} is taken: {name} is at http://127.0.0.1:{chosen[name]}, and stays there")
    file.write_text(json.dumps(chosen))
    return chosen


def remembered(file: Path) -> dict[str, int]:
    """The ports of last time."""
    known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    return known


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def any_free(taken: Collection[int] = ()) -> int:
    """A port where a server could listen now, none of those taken."""
    while True:
        port = LOWEST + secrets.randbelow(HIGHEST - LOWEST)
        if port not in taken and is_free(port):
            return port
