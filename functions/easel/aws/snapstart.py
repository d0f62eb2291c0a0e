"""SnapStart: what a restored copy of a function must forget, because it was true only when the snapshot was taken."""

from collections.abc import Callable

try:  # part of Lambda's managed runtime, and nowhere else
    from snapshot_restore_py import register_after_restore  # type: ignore[import-not-found]
except ImportError:
    register_after_restore = None

_FORGETTING: list[Callable[[], object]] = []


def forget_after_restore(clear: Callable[[], object]) -> None:
    """Have a cache cleared whenever a snapshot of this process comes to life."""
    if not _FORGETTING and register_after_restore is not None:
        register_after_restore(restored)
    _FORGETTING.append(clear)


def restored() -> None:
    """Clear every cache that asked for it."""
    for clear in _FORGETTING:
        clear()
