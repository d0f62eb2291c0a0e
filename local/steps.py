"""Long steps that show what they do, how long they take, and, when one fails, which, why and what to do."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.children import end_group
from local.places import ROOT, shown

HEARTBEAT_SECONDS = 10.0
TICK_SECONDS = 0.5
LINES_SHOWN = 15
LINE_CHARS_MAX = 160


class Trouble(Exception):
    """A step could not be done; carries why, the remedy and where to read more."""

    def __init__(self, why: str, *, remedy: str = "", log: Path | None = None) -> None:
        super().__init__(why)
        self.why, self.remedy, self.log = why, remedy, log
        self.step = ""

    def told(self) -> str:
        """The whole of it, for a person at a terminal."""
        lines = ["", f"FAILED: {self.step or 'start'}", f"  why:  {self.why}"]
        if self.log is not None and self.log.exists():
            lines += [f"  log:  {shown(self.log)}, which ends with"]
            lines += [f"        | {line[:LINE_CHARS_MAX]}" for line in tail(self.log, LINES_SHOWN)]
        return "\n".join([*lines, f"  next: {self.remedy}" if self.remedy else ""])


@contextmanager
def step(title: str, *, log: Path | None = None) -> Iterator[None]:
    """Show a step while it runs, and its time when it is over."""
    started, over = time.monotonic(), threading.Event()
    ticker = threading.Thread(target=_tick, args=(title, started, log, over), daemon=True)
    ticker.start()
    try:
        yield
    except Trouble as trouble:
        trouble.step = trouble.step or title
        _end(over, ticker, f"✗ {title}")
        raise
    except BaseException:
        _end(over, ticker, f"✗ {title}")
        raise
    _end(over, ticker, f"✓ {title} ({time.monotonic() - started:.1f} s)")


def _tick(title: str, started: float, log: Path | None, over: threading.Event) -> None:
    terminal = sys.stdout.isatty()
    if terminal:
        print(f"… {title}", end="", flush=True)
    while not over.wait(TICK_SECONDS if terminal else HEARTBEAT_SECONDS):
        seconds = f"{time.monotonic() - started:.0f} s"
        last = "".join(tail(log, 1))[:80] if log else ""
        line = f"… {title} ({seconds}) {last}"
        print(f"\r\x1b[2K{line[:110]}" if terminal else line, end="" if terminal else "\n", flush=True)


def _end(over: threading.Event, ticker: threading.Thread, line: str) -> None:
    over.set()
    ticker.join()
    print(f"\r\x1b[2K{line}" if sys.stdout.isatty() else line, flush=True)


def run(
    command: Sequence[str | Path],
    *,
    log: Path,
    seconds: float,
    remedy: str,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> None:
    """Run a command to its end with its words in a log; never longer than `seconds`, and nothing of it stays behind."""
    log.parent.mkdir(parents=True, exist_ok=True)
    words = [str(word) for word in command]
    with log.open("ab") as said:
        said.write(f"\n$ {' '.join(words)}\n".encode())
        said.flush()
        try:
            process = subprocess.Popen(
                words, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
            )
        except OSError as missing:
            raise Trouble(f"`{words[0]}` cannot be started: {missing}", remedy=remedy) from missing
        try:
            code = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired as late:
            raise Trouble(f"`{words[0]}` took longer than {seconds:.0f} s", remedy=remedy, log=log) from late
        finally:
            end_group(process.pid)
            process.wait()
    if code != 0:
        raise Trouble(f"`{Path(words[0]).name} {' '.join(words[1:3])} …` ended with {code}", remedy=remedy, log=log)


def tail(log: Path, lines: int) -> list[str]:
    """The last lines that say something."""
    if not log.exists():
        return []
    with log.open("rb") as said:
        said.seek(max(0, log.stat().st_size - 16_384))
        text = said.read().decode("utf-8", errors="replace")
    return [line for line in text.splitlines() if line.strip()][-lines:]
