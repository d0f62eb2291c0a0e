"""The one base of everything that is written down: immutable, typed, and kind to rows of other versions."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable value that is stored.

    Fields a newer version wrote are kept, so that old code finishing a row during a deploy loses nothing.
    """

    model_config = ConfigDict(frozen=True, extra="allow")


class ConfigRecord(BaseModel):
    """An immutable value from a file that people edit: a word it does not know is a mistake, and is named."""

    model_config = ConfigDict(frozen=True, extra="forbid")
