"""What a caller is told who asked for something to be erased."""

from typing import Literal

from pydantic import Field

from easel.schemas import Moment, View


class ErasedJobView(View):
    """A job that nobody sees any more."""

    job_id: str = Field(description="the job that was erased")
    erased: Literal[True] = Field(description="always true")


class ErasureView(View):
    """Whether everything of an owner that was begun until `askedAt` is to be erased: from `finalAt` on, for good."""

    erasing: bool = Field(description="whether it is to be erased")
    asked_at: Moment = Field("", description="what was begun until then is meant")
    final_at: Moment = Field("", description="until then it can be taken back")
