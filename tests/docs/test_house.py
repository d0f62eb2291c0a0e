"""The layout of the code stays what it is meant to be."""

import pytest

from tools.house import Figure, figures


@pytest.mark.parametrize("figure", figures(), ids=lambda figure: figure.name.replace(" ", "_"))
def test_the_layout_keeps_to_its_figures(figure: Figure) -> None:
    assert figure.holds, "\n".join((f"{figure.value} of at most {figure.most}", *figure.offenders))
