"""What a remote module says of itself when it registers, checked strictly: docs/modules.md is the same in prose."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from common.domain.callback_urls import callback_url_problem
from common.domain.errors import Invalid
from common.domain.json_schemas import schema_problem
from common.domain.modules import JsonObject
from common.domain.names import dotted_name_problem, module_name_problem, version_problem
from common.domain.problem_texts import first_of, problems_in
from common.domain.roles import Role
from common.domain.topics import Priority, check_topic
from common.domain.workflows.storable import problem_of

MIN_SECRET = 16
MAX_SECRET = 200
MAX_CAPABILITIES = 200
MAX_MESSAGE_TYPES = 200
MAX_SUBSCRIPTIONS = 50
MAX_TOPICS = 50
MAX_TIMEOUT_SECONDS = 3600.0
MAX_BODY_BYTES = 1024 * 1024  # what is asked of a module or told of it is read again and again
Queue = Literal["discovery", "polling"]  # by priority without one


M = TypeVar("M", bound=BaseModel)


def _without(problem_of: Callable[[Any], str | None]) -> AfterValidator:
    def check(value: Any) -> Any:
        if problem := problem_of(value):
            raise ValueError(problem)
        return value

    return AfterValidator(check)


def _secret_problem(secret: SecretStr) -> str | None:
    text = secret.get_secret_value()
    if text != text.strip() or not text.isprintable():
        return "no spaces around it, no line breaks, no control characters: most came in by accident, from a file"
    return None


def _unlike(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{name} is there twice")
        seen.add(name)


Name = Annotated[str, _without(dotted_name_problem)]
Schema = Annotated[JsonObject, _without(schema_problem)]
Topic = Annotated[str, AfterValidator(check_topic)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CapabilityManifest(_Strict):
    name: Name
    description: Annotated[str, Field(max_length=500)] = ""
    input_schema: Schema = Field(default_factory=dict, description="JSON Schema (Draft 2020-12) of the input.")
    output_schema: Schema = Field(default_factory=dict, description="JSON Schema (Draft 2020-12) of the output.")
    timeout_seconds: Annotated[float, Field(gt=0, le=MAX_TIMEOUT_SECONDS, allow_inf_nan=False)] = 60.0
    role: Role = "operator"
    queue: Queue | None = None


class SubscriptionManifest(_Strict):
    topics: Annotated[list[Topic], Field(min_length=1, max_length=MAX_TOPICS)]
    priority: Priority = "low"


class Registration(_Strict):
    """The whole of a module; registering again replaces what was known of it."""

    name: Annotated[str, _without(module_name_problem)]
    version: Annotated[str, _without(version_problem)]
    description: Annotated[str, Field(max_length=1_000)] = ""
    callback_url: Annotated[str, _without(callback_url_problem)]
    secret: (
        Annotated[SecretStr, Field(min_length=MIN_SECRET, max_length=MAX_SECRET), _without(_secret_problem)] | None
    ) = Field(
        None, description="Signs requests in both directions. Needed the first time; left out later, the old one stays."
    )
    capabilities: Annotated[list[CapabilityManifest], Field(max_length=MAX_CAPABILITIES)] = []
    message_types: Annotated[list[Name], Field(max_length=MAX_MESSAGE_TYPES)] = []
    subscriptions: Annotated[list[SubscriptionManifest], Field(max_length=MAX_SUBSCRIPTIONS)] = []

    @field_validator("capabilities")
    @classmethod
    def offers_each_once(cls, capabilities: list[CapabilityManifest]) -> list[CapabilityManifest]:
        _unlike(capability.name for capability in capabilities)
        return capabilities

    @field_validator("message_types")
    @classmethod
    def takes_each_once(cls, message_types: list[str]) -> list[str]:
        _unlike(message_types)
        return message_types

    def manifest(self) -> JsonObject:
        """The part that is kept as it is."""
        return self.model_dump(mode="json", include={"description", "capabilities", "message_types", "subscriptions"})


def parse(model: type[M], body: Any) -> M:
    """Read a JSON body. Raises Invalid with one entry for each problem; it quotes no value, for one may be a secret."""
    if problem := problem_of(body, limit=MAX_BODY_BYTES):
        entry = {"field": "", "code": "unusable", "message": f"The body cannot be used: {problem}."}
        raise Invalid(entry["message"], details=(entry,))
    try:
        return model.model_validate(body)
    except ValidationError as error:
        details = problems_in(error)
        raise Invalid(first_of(details), details=details) from None
