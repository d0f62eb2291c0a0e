"""What a caller is told who asked for something to be erased."""

from typing import Literal

from pydantic import Field

from easel.schemas import View


class ErasedJobView(View):
    """A job that nobody sees any more."""

    job_id: str = Field(description="the job that was erased")
    erased: Literal[True] = Field(description="always true")


class ErasureView(View):
    """The erasure of everything of an owner's, under way."""

    erasing: Literal[True] = Field(description="always true")
