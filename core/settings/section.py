"""What every section of the settings is, and the numbers that many of them hold."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0)]
Days = Annotated[int, Field(ge=1)]
Hours = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """A part of the tree: it cannot be changed, and refuses names that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)
