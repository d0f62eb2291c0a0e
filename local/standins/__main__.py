"""`python -m local.standins --port 8101 --name first`: run one stand-in until it is told to stop."""

import argparse
import signal
import sys
from types import FrameType

from local.standins.server import Server


def main() -> None:
    """Serve on loopback; `--models` names models to serve besides OpenAI's own."""
    parser = argparse.ArgumentParser(prog="python -m local.standins", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--name", default="first", help="written on every picture")
    parser.add_argument("--models", default="sketch", help="further model names, with commas between")
    wanted = parser.parse_args()
    server = Server(wanted.port, name=wanted.name, models=[each for each in wanted.models.split(",") if each])
    signal.signal(signal.SIGTERM, _stop)
    print(f"stand-in {wanted.name} on {server.url}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print(f"stand-in {wanted.name} stopped", flush=True)
    finally:
        server.server_close()


def _stop(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
