"""What every adapter has to do alike, whatever its wire: one function a scenario, named as the figures name it."""

import time
from collections.abc import Callable, Mapping
from io import BytesIO

from PIL import Image

from easel.providers.errors import (
    ProviderBusy,
    ProviderMisconfigured,
    ProviderRefused,
    ProviderUnavailable,
    ProviderUnknown,
)
from easel.providers.protocol import Picture
from tests.adversarial.adapter_runs import Bench

SHORT_SECONDS = 1.5  # a call's time where nothing will come


def success(bench: Bench) -> None:
    """One image, of the right size, at the right cost, from one request with an id of its own."""
    made = bench.make()
    bench.asked(1)
    bench.holds(bench.usable(made) == 1, f"{bench.usable(made)} images")
    bench.holds(made.cost_micros == bench.cost(), f"cost {made.cost_micros}, not {bench.cost()}")
    bench.holds(bool(made.request_id), "no request id")
    bench.holds(_size(made.images[0]) == bench.setup.size, f"size {_size(made.images[0])}")


def n_images(bench: Bench) -> None:
    """Three images, in as few requests as the provider takes."""
    left, made = 3, []
    while left:
        n = min(left, bench.setup.per_call)
        made.append(bench.make(n=n))
        left -= n
    bench.asked(-(-3 // bench.setup.per_call))
    bench.holds(sum(map(bench.usable, made)) == 3, "not three images")
    spent = sum(each.cost_micros or 0 for each in made)
    singles = 3 * bench.cost() if bench.setup.per_call == 1 else bench.cost(images=3)
    bench.holds(spent == singles, f"cost {spent}, not {singles}")


def edit_one_reference(bench: Bench) -> None:
    """A reference goes along and is paid for."""
    made = bench.make(references=bench.pictures(1))
    bench.asked(1)
    bench.holds(bench.usable(made) == 1, "no image")
    bench.holds(made.cost_micros == bench.cost(references=1), f"cost {made.cost_micros}")


def edit_two_references(bench: Bench) -> None:
    """Two references go along and are paid for."""
    made = bench.make(references=bench.pictures(2))
    bench.asked(1)
    bench.holds(bench.usable(made) == 1, "no image")
    bench.holds(made.cost_micros == bench.cost(references=2), f"cost {made.cost_micros}")


def mask(bench: Bench) -> None:
    """What a mask covers stays as it was."""
    reference = Picture(_png(96, 64, "RGB", (10, 200, 30)), "image/png")
    keeps_all = Picture(_png(96, 64, "RGBA", (0, 0, 0, 255)), "image/png")
    made = bench.make(references=(reference,), mask=keeps_all)
    bench.asked(1)
    width, height = bench.setup.size
    pixel = Image.open(BytesIO(made.images[0])).convert("RGB").getpixel((width // 2, height // 2))
    bench.holds(pixel == (10, 200, 30), f"the mask was not heeded: {pixel}")


def markup(bench: Bench) -> None:
    """A markup goes along under its own name."""
    over = Picture(_png(96, 64, "RGBA", (200, 0, 0, 120)), "image/png")
    bench.make(model=bench.setup.markup_model, references=bench.pictures(1), markup=over)
    fields = [file["field"] for file in bench.server.stage.called()[0]["files"]]
    bench.holds("markup" in fields, f"no markup among {fields}")


def refusal(bench: Bench) -> None:
    """Moderation's no is a refusal."""
    bench.will("refuse")
    bench.fails(ProviderRefused)
    bench.asked(1)


def refusal_as_200(bench: Bench) -> None:
    """Moderation's no in an answer that looks like a success is a refusal."""
    bench.will("refuse_200")
    error = bench.fails(ProviderRefused)
    bench.asked(1)
    bench.holds(isinstance(error, ProviderRefused) and error.stage == "output", "not at the output stage")


def busy(bench: Bench) -> None:
    """A rate limit was not paid for and says how long to wait."""
    bench.will("busy", retry_after=17)
    error = bench.fails(ProviderBusy, paid=False)
    bench.asked(1)
    bench.holds(error is not None and error.retry_after_seconds == 17, "the wait is lost")


def overloaded(bench: Bench) -> None:
    """Overload is the next provider's turn."""
    bench.will("overloaded")
    bench.fails(ProviderUnavailable, paid=False)
    bench.asked(1)


def server_error(bench: Bench) -> None:
    """An error the API itself wrote was not billed."""
    bench.will("error")
    bench.fails(ProviderUnavailable, paid=False)
    bench.asked(1)


def edge_error(bench: Bench) -> None:
    """What an edge wrote in its place may hide an image."""
    bench.will("edge")
    bench.fails(ProviderUnavailable, paid=True)
    bench.asked(1)


def quota(bench: Bench) -> None:
    """No waiting helps against an empty account."""
    bench.will("quota")
    _operator(bench, "quota")


def bad_key(bench: Bench) -> None:
    """A wrong key is the operator's to mend."""
    bench.will("bad_key")
    _operator(bench, "key")


def no_key(bench: Bench) -> None:
    """Without a key nobody is asked."""
    try:
        bench.delivered(bench.setup.build(bench.server.root, key=""), bench.order())
    except ProviderMisconfigured as error:
        bench.holds(error.what == "key", error.what)
    bench.asked(0)


def unverified(bench: Bench) -> None:
    """Neither is an account that may not use the model."""
    bench.will("unverified")
    _operator(bench, None)


def unknown_model(bench: Bench) -> None:
    """A model that is gone is the operator's to mend."""
    bench.will("no_model")
    _operator(bench, "model")


def timeout_before(bench: Bench) -> None:
    """Nobody knows whether silence was billed."""
    bench.will("hang", seconds=8)
    _in_time(bench)


def timeout_after(bench: Bench) -> None:
    """Nor when the image was made and its answer lost."""
    bench.will("late", seconds=8)
    _in_time(bench)


def reset(bench: Bench) -> None:
    """A connection cut after the request was taken: exactly one request was sent, and it may have been billed."""
    bench.will("reset")
    bench.fails(ProviderUnknown, paid=True)
    bench.asked(1)


def empty(bench: Bench) -> None:
    """A success without images is none, and it may have been billed."""
    bench.will("empty")
    bench.fails(ProviderUnavailable, paid=True)
    bench.asked(1)


def garbage(bench: Bench) -> None:
    """Nor is an answer of another shape."""
    bench.will("garbage")
    bench.fails(ProviderUnavailable, paid=True)
    bench.asked(1)


def short(bench: Bench) -> None:
    """Fewer images than ordered are handed on, and their cost is the whole call's."""
    bench.will("short", count=2)
    made = bench.make(n=4)
    bench.asked(1)
    bench.holds(bench.usable(made) == 2, f"{bench.usable(made)} images")


def corrupt(bench: Bench) -> None:
    """Bytes that are no image are handed on as they came, and are no image."""
    bench.will("corrupt")
    made = bench.make()
    bench.asked(1)
    bench.holds(len(made.images) == 1 and bench.usable(made) == 0, "it passed for an image")
    bench.holds(made.cost_micros is not None, "its cost is lost")


def large(bench: Bench) -> None:
    """A picture of 20 MB comes through."""
    bench.will("large")
    made = bench.make(timeout_seconds=30.0)
    bench.asked(1)
    bench.holds(bench.usable(made) == 1 and len(made.images[0]) > 20_000_000, "it did not come through")


def huge(bench: Bench) -> None:
    """An answer larger than any picture is not read to its end."""
    bench.will("huge")
    bench.fails(ProviderUnavailable, paid=True, timeout_seconds=30.0)
    bench.asked(1)


def slow_drip(bench: Bench) -> None:
    """A byte now and then does not hold a worker."""
    bench.will("drip", seconds=8)
    _in_time(bench)


def previews(bench: Bench) -> None:
    """Partial images are shown in order, and paid for."""
    seen: list[tuple[int, bytes]] = []
    model = bench.setup.model
    made = bench.make(model=model, previews=2, on_preview=lambda index, content: seen.append((index, content)))
    bench.asked(1)
    bench.holds([index for index, _ in seen] == [0, 1], f"previews {[index for index, _ in seen]}")
    bench.holds(bench.usable(made) == 1, "no image")
    expected = bench.cost() + 2 * 100 * 30
    bench.holds(made.cost_micros == expected, f"cost {made.cost_micros}, not {expected}")


def midstream_error(bench: Bench) -> None:
    """An error in the middle of a stream may have been billed."""
    bench.will("midstream")
    bench.fails(ProviderUnavailable, paid=True, previews=2, on_preview=lambda index, content: None)
    bench.asked(1)


def midstream_refusal(bench: Bench) -> None:
    """A refusal in the middle of a stream is one."""
    bench.will("midstream_refuse")
    bench.fails(ProviderRefused, previews=2, on_preview=lambda index, content: None)
    bench.asked(1)


def torn_stream(bench: Bench) -> None:
    """A stream that ends without its image leaves open whether it was billed."""
    bench.will("torn")
    bench.fails(ProviderUnknown, paid=True, previews=1, on_preview=lambda index, content: None)
    bench.asked(1)


def _operator(bench: Bench, what: str | None) -> None:
    error = bench.fails(ProviderMisconfigured, paid=False)
    bench.asked(1)
    if isinstance(error, ProviderMisconfigured):
        bench.holds(what in (None, error.what), f"{error.what} instead of {what}")
        bench.holds(bool(error.remedy), "no remedy")


def _in_time(bench: Bench) -> None:
    started = time.monotonic()
    bench.fails(ProviderUnknown, paid=True, timeout_seconds=SHORT_SECONDS)
    took = time.monotonic() - started
    bench.asked(1)
    bench.holds(took < SHORT_SECONDS + 4, f"it took {took:.1f} s")


def _png(width: int, height: int, mode: str, colour: tuple[int, ...]) -> bytes:
    out = BytesIO()
    Image.new(mode, (width, height), colour).save(out, "PNG")
    return out.getvalue()


def _size(content: bytes) -> tuple[int, int]:
    return Image.open(BytesIO(content)).size


SCENARIOS: Mapping[str, Callable[[Bench], None]] = {
    each.__name__: each
    for each in (
        success,
        n_images,
        edit_one_reference,
        edit_two_references,
        mask,
        markup,
        refusal,
        refusal_as_200,
        busy,
        overloaded,
        server_error,
        edge_error,
        quota,
        bad_key,
        no_key,
        unverified,
        unknown_model,
        timeout_before,
        timeout_after,
        reset,
        empty,
        garbage,
        short,
        corrupt,
        large,
        huge,
        slow_drip,
        previews,
        midstream_error,
        midstream_refusal,
        torn_stream,
    )
}
