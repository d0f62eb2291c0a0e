"""Runs ministack on loopback with Easel's fidelity patches and scripted faults: `python -m local.emulator`.

It runs inside the emulator's own environment and is told everything by variables (local/up.py sets them).
"""

import asyncio
import os
import resource
from importlib.metadata import version
from pathlib import Path

TRIED_VERSION = "1.5.33"
GRACE_SECONDS = 2.0


def main() -> None:
    """Serve until SIGTERM, saving the state every few seconds and at the end."""
    installed = version("ministack")
    if installed != TRIED_VERSION:
        raise SystemExit(
            f"ministack {installed} is installed, but the patches were written for {TRIED_VERSION}: "
            "install local/requirements-emulator.txt into the emulator's environment"
        )
    _allow_many_connections()

    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app
    from ministack.core import tls

    from local.emulator import fidelity, saving, workers
    from local.emulator.callers import Callers
    from local.emulator.faults import Faults

    fidelity.apply()
    workers.apply(cache=Path(os.environ["TMPDIR"]) / "unpacked")
    config = Config()
    config.bind = [f"{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = GRACE_SECONDS
    if tls.use_ssl_enabled():
        config.certfile, config.keyfile = tls.resolve_tls_material()
    saver = saving.of_emulator() if os.environ["PERSIST_STATE"] == "1" else None

    async def run() -> None:
        async with saving.saving(saver):
            await serve(Faults(Callers(app)), config)

    asyncio.run(run())


def _allow_many_connections() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8192 if hard == resource.RLIM_INFINITY else min(8192, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    main()
