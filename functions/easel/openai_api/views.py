"""OpenAI's answers, for the interface's document; `answers` writes them piece by piece."""

from typing import Literal

from pydantic import BaseModel, Field

from easel.schemas import View


class ImageData(BaseModel):
    """One image."""

    b64_json: str | None = Field(None, description="the file in base64, where it comes along")
    url: str | None = Field(None, description="a signed link, good for some minutes, where that was asked for")


class InputTokens(BaseModel):
    """What the provider read."""

    text_tokens: int = Field(description="of text")
    image_tokens: int = Field(description="of images")


class Usage(BaseModel):
    """The provider's own counts."""

    input_tokens: int = Field(description="what it read")
    output_tokens: int = Field(description="what it made")
    total_tokens: int = Field(description="both together")
    input_tokens_details: InputTokens = Field(description="what it read, by kind")
    output_tokens_details: InputTokens | None = Field(None, description="what it made, by kind")


class AboutJob(View):
    """What only Easel has to say; `charged` is whole credits."""

    job_id: str = Field(description="the job's name in every address and command")
    provider: str | None = Field(description="who made them")
    model_id: str = Field(description="the model that served")
    requested_model_id: str = Field(description="the model that was named; another one where that is retired")
    charged: int = Field(description="whole credits")
    warnings: tuple[str, ...] = Field(description="what was done otherwise than asked, each in a sentence")


class ImagesResponse(BaseModel):
    """OpenAI's answer, and in `easel` what only we have to say."""

    created: int = Field(description="seconds since 1970")
    data: tuple[ImageData, ...] = Field(description="the images")
    size: str = Field(description="WxH in pixels")
    quality: str = Field(description="the quality that was drawn")
    background: Literal["transparent", "opaque"] = Field(description="as it was drawn")
    output_format: Literal["png", "jpeg", "webp"] = Field(description="the type of the files")
    usage: Usage | None = Field(None, description="left out where the provider counts nothing")
    easel: AboutJob = Field(description="what only Easel has to say")


class ModelObject(BaseModel):
    """A model that may be named."""

    id: str = Field(description="what is named as `model`")
    object: Literal["model"] = Field(description="always model")
    created: int = Field(description="when its maker released it, in seconds since 1970; 0 where that is not known")
    owned_by: str = Field(description="the provider that is asked first")
    shutdown_date: str | None = Field(None, description="from this day on another serves its name")


class ModelList(BaseModel):
    """Models that may be named."""

    object: Literal["list"] = Field(description="always list")
    data: tuple[ModelObject, ...] = Field(description="the models")


class Elsewhere(BaseModel):
    """Why an answer lies at another address, in the form of OpenAI's errors."""

    message: str = Field(description="where to go on")
    type: Literal["redirect"] = Field(description="always redirect")
    param: None = Field(description="always null")
    code: Literal["still_generating", "ready"] = Field(description="whether the picture is there already")


class ElsewhereView(View):
    """An answer that lies at another address: where `Location` leads."""

    error: Elsewhere = Field(description="why")
    job_id: str = Field(description="the job that it is about")
