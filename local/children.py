"""Processes that outlive the command that started them, known by a file and stopped by their id within a time limit."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

STOP_SECONDS = 20.0
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Child:
    """One long-running process of a stage; its file says which id it has and what it was started with."""

    name: str
    file: Path
    log: Path

    def start(self, command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path) -> None:
        """Start it away from this terminal."""
        words = [str(word) for word in command]
        with self.log.open("ab") as said:
            process = subprocess.Popen(
                words, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
            )
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps({"pid": process.pid, "command": words}))
        while process.poll() is None and self.pid is None:  # the system shows the new name a moment after the start
            time.sleep(POLL_SECONDS)

    @property
    def command(self) -> list[str]:
        """What it was started with, or nothing when it is not known to run."""
        return list(json.loads(self.file.read_text())["command"]) if self.file.exists() else []

    @property
    def pid(self) -> int | None:
        """Its process id while it runs; a stranger that got the same id later is not it."""
        if not self.file.exists():
            return None
        known = json.loads(self.file.read_text())
        with suppress(ChildProcessError):
            os.waitpid(known["pid"], os.WNOHANG)
        mark = " ".join(known["command"][1:])
        return known["pid"] if mark in _command_line(known["pid"]) else None

    def stop(self, seconds: float = STOP_SECONDS) -> bool:
        """Ask it to end, then make it end, with everything it started; False when it did not run."""
        pid = self.pid
        if pid is None:
            self.file.unlink(missing_ok=True)
            return False
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + seconds
        while self.pid is not None and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        end_group(pid)
        while self.pid is not None:
            time.sleep(POLL_SECONDS)
        self.file.unlink(missing_ok=True)
        return True


def end_group(pid: int) -> None:
    """SIGKILL whatever is left of the group that this process began."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _command_line(pid: int) -> str:
    listed = Path(f"/proc/{pid}/cmdline")
    if listed.exists():
        return listed.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    if Path("/proc/self").exists():
        return ""
    return subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False, timeout=10
    ).stdout
