"""The long-running processes of a local stage: emulator, two stand-in providers, front door."""

import os
import shutil
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.aws import Emulated
from local.children import Child
from local.places import ROOT, Places
from local.steps import Trouble

NAMES = ("front", "second", "first", "emulator")  # in the order in which they are stopped
MODEL = "sketch"  # what the second provider serves besides OpenAI's own models
READY_SECONDS = 30.0
UNPACKED_KEPT_SECONDS = 24 * 3600
# What a function needs to reach the real provider from behind a company's proxy; nothing else of this machine's
# environment leaks into functions.
PASSED_ON = ("HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "LANG", "LC_ALL")


def child(places: Places, name: str) -> Child:
    """One of the processes, running or not."""
    return Child(name=name, file=places.folder("pids") / f"{name}.json", log=places.log(name))


def start_emulator(
    places: Places,
    *,
    port: int,
    python: Path,
    node: Path,
    keeps: bool,
    enforcing: bool = False,
    quota: int | None = None,
) -> None:
    """The emulated AWS; it keeps its data between runs when `keeps`.

    `enforcing`: it checks every right, and speaks TLS alone. `quota`: its account runs so many functions at once.
    """
    tmp = places.folder("tmp")
    _tidy(tmp)
    flag = "1" if keeps else "0"
    env = {
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
        "NO_PROXY": "127.0.0.1,localhost",
        "PATH": os.pathsep.join([str(node.parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(places.home),
        "TMPDIR": str(tmp),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        **({} if quota is None else {"LAMBDA_ACCOUNT_CONCURRENCY": str(quota)}),
        "AUTH": "true" if enforcing else "false",
        "USE_SSL": "1" if enforcing else "0",
        "PERSIST_STATE": flag,
        "S3_PERSIST": flag,
        "STATE_DIR": str(places.folder("state")),
        "S3_DATA_DIR": str(places.folder("s3")),
    }
    command: list[str | Path] = [python, "-m", "local.emulator", "--stage", places.stage]
    address = Emulated(port, certificate(places) if enforcing else None).url
    _start(child(places, "emulator"), command, address=f"{address}/_easel/workers", port=port, env=env)


def forget(places: Places) -> None:
    """Remove the data of a stage whose emulator does not run, and what was remembered of its deployment."""
    for left in ("state", "s3", "tmp"):
        shutil.rmtree(places.folder(left))
    for file in ("deployed.json", "developer.json", "outputs.json"):
        places.file(file).unlink(missing_ok=True)


def lost_its_state(places: Places) -> bool:
    """Whether an emulator died before it saved anything: its objects are on the disk, what they belong to is not."""
    if child(places, "emulator").pid is not None:
        return False
    stored = any(file.is_file() for file in places.folder("s3").rglob("*"))
    return stored and not (places.folder("state") / "cloudformation.json").exists()


def certificate(places: Places) -> Path:
    """What the emulator's clients trust while it speaks TLS; it makes one when it starts."""
    return places.folder("tmp") / "ministack-tls" / "server.crt"


def start_stand_in(places: Places, *, name: str, port: int) -> None:
    """One scriptable provider that speaks OpenAI's wire."""
    command = [sys.executable, "-m", "local.standins", "--port", str(port), "--name", name, "--models", MODEL]
    _start(child(places, name), command, address=f"http://127.0.0.1:{port}/", port=port, env=os.environ)


def start_front_door(
    places: Places, *, port: int, upstream: str, key: Path, website: str, trusted: Path | None = None
) -> None:
    """The stage's one address; `website` is the origin that the stage lets read its answers."""
    where = ["--port", str(port), "--upstream", upstream, "--key", str(key), "--website", website]
    where += ["--trusted", str(trusted)] if trusted else []
    command = [sys.executable, "-m", "local.frontdoor", *where]
    address = f"http://127.0.0.1:{port}/.well-known/jwks.json"
    _start(child(places, "front"), command, address=address, port=port, env=os.environ)


def _start(process: Child, command: Sequence[str | Path], *, address: str, port: int, env: Mapping[str, str]) -> None:
    words = [str(word) for word in command]
    if process.pid is not None and process.command == words:
        return
    process.stop()
    process.start(words, env=env, cwd=ROOT)
    until = time.monotonic() + READY_SECONDS
    while not _answers(address):
        if process.pid is None or time.monotonic() > until:
            what = "ended" if process.pid is None else f"did not answer within {READY_SECONDS:.0f} s"
            process.stop()
            remedy = "run the same command again; another port is chosen when this one is taken"
            raise Trouble(f"{process.name} {what} (port {port})", remedy=remedy, log=process.log)
        time.sleep(0.05)


def _answers(address: str) -> bool:
    unchecked = ssl._create_unverified_context()  # noqa: S323 — whether somebody is there is all that is asked
    try:
        with urllib.request.urlopen(address, timeout=2, context=unchecked):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _tidy(tmp: Path) -> None:
    """Remove what an earlier emulator left, but keep unpacked libraries of the last day: they start faster."""
    oldest = time.time() - UNPACKED_KEPT_SECONDS
    for left in (*tmp.iterdir(), *tmp.glob("unpacked/*")):
        if left.name != "unpacked" and (left.parent == tmp or left.stat().st_mtime < oldest):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
