"""The base class of all stage models, and helpers to define them."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, ValidationError

from ssimball.errors import ArtifactError
from ssimball.storage.provenance import canonical_json

#: Names of attacks, explanations or distortions, in the order of tables and figures.
Names = tuple[str, ...]


class StageSettings(BaseModel):
    """A group of values inside a stage: fixed, strictly typed, without unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, protected_namespaces=()
    )


class Stage(StageSettings):
    """Everything in the configuration that the results of one stage depend on.

    A stage is written once, by :meth:`canonical`, as a parameter of a Snakemake rule, and parsed
    once, by :meth:`parse`, in the job. The tables that the job writes store it in their metadata.

    Attributes:
        stage_name: name of the stage, stored under the key ``stage``.
    """

    stage_name: ClassVar[str]

    def content(self) -> dict[str, Any]:
        """Return the stage as plain JSON types, as the metadata of a table stores it."""
        return {"stage": self.stage_name, **self.model_dump(mode="json")}

    def canonical(self) -> str:
        """Return the stage as canonical JSON, which Snakemake compares between runs."""
        return canonical_json(self.content())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse what :meth:`canonical` wrote.

        Raises:
            ArtifactError: The text is no stage of this class and version.
        """
        return cls.from_content(json.loads(text))

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Self:
        """Parse a stage from the metadata of a stored table.

        Args:
            content: What :meth:`content` returned when the table was written.

        Raises:
            ArtifactError: It is no stage of this class and version.
        """
        settings = dict(content)
        name = settings.pop("stage", None)
        if name != cls.stage_name:
            raise ArtifactError(f"expected settings of stage {cls.stage_name}, found {name!r}")
        try:
            # As JSON, since strict validation reads tuples from JSON alone.
            return cls.model_validate_json(json.dumps(settings))
        except ValidationError as error:
            raise ArtifactError(
                f"the settings of stage {name} do not fit this version of ssimball "
                f"({_first_problem(error)}); use the version that made the run, or run again"
            ) from None


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in problem["loc"])
    return f"{key}: {problem['msg']}" if key else problem["msg"]


def without(*keys: str) -> PlainSerializer:
    """Return a serializer for a configuration section that leaves some of its keys out.

    A stage must not depend on settings that it does not use.
    """
    return PlainSerializer(lambda section: section.model_dump(mode="json", exclude=set(keys)))


def omitted_if_none() -> Any:
    """Return a field that is None by default and is then left out of the stored stage."""
    return Field(default=None, exclude_if=lambda value: value is None)


Seed = Annotated[int, Field(ge=0)]
