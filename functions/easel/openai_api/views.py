"""OpenAI's answers, for the interface's document; `answers` writes them piece by piece."""

from typing import Literal

from pydantic import BaseModel, Field

from easel.schemas import View


class ImageData(BaseModel):
    """One image."""

    b64_json: str | None = None
    url: str | None = Field(None, description="a signed link, good for some minutes, where that was asked for")


class InputTokens(BaseModel):
    """What the provider read."""

    text_tokens: int
    image_tokens: int


class Usage(BaseModel):
    """The provider's own counts."""

    input_tokens: int
    output_tokens: int
    total_tokens: int
    input_tokens_details: InputTokens
    output_tokens_details: InputTokens | None = None


class AboutJob(View):
    """What only Easel has to say; `charged` is whole credits."""

    job_id: str
    provider: str | None
    model_id: str
    requested_model_id: str
    charged: int
    warnings: tuple[str, ...]


class ImagesResponse(BaseModel):
    """OpenAI's answer, and in `easel` what only we have to say."""

    created: int = Field(description="seconds since 1970")
    data: tuple[ImageData, ...]
    size: str
    quality: str
    background: Literal["transparent", "opaque"]
    output_format: Literal["png", "jpeg", "webp"]
    usage: Usage | None = Field(None, description="left out where the provider counts nothing")
    easel: AboutJob


class ModelObject(BaseModel):
    """A model that may be named."""

    id: str
    object: Literal["model"]
    created: int = Field(description="when its maker released it, in seconds since 1970; 0 where that is not known")
    owned_by: str = Field(description="the provider that is asked first")
    shutdown_date: str | None = Field(None, description="from this day on another serves its name")


class ModelList(BaseModel):
    """Models that may be named."""

    object: Literal["list"]
    data: tuple[ModelObject, ...]
