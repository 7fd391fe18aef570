"""The configuration file of the clients (NMS_CLIENTS_FILE): YAML in, frozen and checked models out.

Every error names its key, `services.prometheus.targets.main.instances.0.url: ...`, and never quotes a value, for
the value may be a secret.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from api_clients.domain.policies.cache import Eviction


class ConfigurationInvalid(ValueError):
    """The file cannot be used; the message names the file, and each key with what is wrong with it."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _check_url(text: str) -> str:
    url = urlsplit(text)
    if not url.scheme or "://" not in text or not (url.hostname or url.path):
        raise ValueError("should be an address such as https://host:port or unix:///run/service.sock")
    if url.scheme in ("http", "https") and not url.hostname:
        raise ValueError("should be an http:// or https:// address with a host")
    if url.username is not None or url.password is not None:
        raise ValueError("should hold no user or password; give them under `auth`")
    if url.query or url.fragment:
        raise ValueError("should hold no query and no fragment")
    if url.port == 0:
        raise ValueError("should have a port from 1 to 65535")
    return text.rstrip("/")


Url = Annotated[str, AfterValidator(_check_url)]


def _check_file(path: Path) -> Path:
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None


FilePath = Annotated[
    Path,
    BeforeValidator(lambda value: Path(value) if isinstance(value, str) else value),
    AfterValidator(_check_file),
]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]


class InstanceModel(_Model):
    url: Url
    weight: int = Field(1, ge=1, le=100)


class AuthModel(_Model):
    """Exactly the fields of its kind; each secret in place, or in a file that holds nothing else."""

    kind: Literal["basic", "bearer", "api_key"]
    username: str | None = None
    password: SecretStr | None = None
    password_file: FilePath | None = None
    token: SecretStr | None = None
    token_file: FilePath | None = None
    scheme: str = Field("Bearer", pattern=r"^[A-Za-z][A-Za-z0-9-]*$")
    header: str | None = Field(None, pattern=r"^[A-Za-z][A-Za-z0-9-]*$")

    @model_validator(mode="after")
    def has_what_its_kind_needs(self) -> AuthModel:
        secret, other = ("password", "token") if self.kind == "basic" else ("token", "password")
        if (getattr(self, secret) is None) == (getattr(self, f"{secret}_file") is None):
            raise ValueError(f"kind {self.kind} needs {secret} or {secret}_file, one of the two")
        if getattr(self, other) is not None or getattr(self, f"{other}_file") is not None:
            raise ValueError(f"kind {self.kind} takes no {other}")
        if (self.kind == "basic") != (self.username is not None):
            raise ValueError("username belongs to kind basic, which needs it")
        if (self.kind == "api_key") != (self.header is not None):
            raise ValueError("header belongs to kind api_key, which needs it")
        return self

    def secret(self) -> str:
        """Return the secret, from its file where it has one. Raises ConfigurationInvalid where that does not do."""
        path = self.password_file or self.token_file
        if path is not None:
            return _secret_in(path)
        value = self.password or self.token
        assert value is not None
        return value.get_secret_value()


class TlsModel(_Model):
    verify: bool = True
    ca_file: FilePath | None = None
    client_certificate: FilePath | None = None


class RetryModel(_Model):
    attempts: int = Field(3, ge=1, le=10)
    base_seconds: Seconds = 0.1
    max_seconds: Seconds = 5.0


class BreakerModel(_Model):
    """A field that is left out is as in the catalogue where the service has a breaker of its own there (SNMP has)."""

    failure_threshold: int = Field(5, ge=1, le=1000)
    recovery_seconds: float = Field(30.0, gt=0, le=1800, allow_inf_nan=False)
    trial_calls: int = Field(1, ge=1, le=100)
    success_threshold: int = Field(1, ge=1, le=100)


class LaneModel(_Model):
    calls: int = Field(8, ge=1, le=1000)
    waiting: int = Field(32, ge=0, le=10_000)
    wait_seconds: Seconds = 2.0


class BulkheadModel(_Model):
    read: LaneModel = LaneModel()
    write: LaneModel = LaneModel(calls=4)
    monitoring: LaneModel = LaneModel()


class RateModel(_Model):
    """Of each process: with four workers the service sees up to four times as much."""

    rate_per_second: float = Field(gt=0, le=1_000_000, allow_inf_nan=False)
    burst: int = Field(1, ge=1, le=1_000_000)
    max_wait_seconds: Seconds = 1.0


class BalanceModel(_Model):
    failure_threshold: int = Field(2, ge=1, le=1000)
    out_seconds: Seconds = 10.0


TargetName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class TargetModel(_Model):
    """One installation of a service; its instances are replicas of each other. `options` are the client's own,
    `fallback` is another target of the service, asked where this one fails.
    """

    instances: list[InstanceModel] = Field(min_length=1, max_length=64)
    auth: AuthModel | None = None
    tls: TlsModel = TlsModel()
    deadline_seconds: Seconds = 30.0
    connect_timeout_seconds: Seconds = 3.0
    read_timeout_seconds: Seconds = 10.0
    max_response_bytes: int = Field(32 * 1024 * 1024, ge=1024, le=1024**3)
    stale_seconds: float = Field(300.0, ge=0, le=86_400, allow_inf_nan=False)
    retry: RetryModel = RetryModel()
    bulkhead: BulkheadModel = BulkheadModel()
    rate: RateModel | None = None
    balance: BalanceModel = BalanceModel()
    fallback: TargetName | None = None
    options: dict[str, Any] = {}


class ServiceModel(_Model):
    """`targets` for services of kind service, `options` (the client's own) for those of kind device."""

    targets: dict[TargetName, TargetModel] = {}
    options: dict[str, int | float | str | bool] = {}
    breaker: BreakerModel = BreakerModel()


class CacheModel(_Model):
    eviction: Eviction = "lru"
    max_bytes: int = Field(64 * 1024 * 1024, ge=64 * 1024, le=64 * 1024**3)


class Configuration(_Model):
    """The whole file. `cache` is read when the process starts; everything else may change while it runs."""

    cache: CacheModel = CacheModel()
    services: dict[str, ServiceModel] = {}

    def files(self) -> tuple[Path, ...]:
        """Return the other files this one names, whose change is a change of the configuration too."""
        targets = [target for service in self.services.values() for target in service.targets.values()]
        named = [
            path
            for target in targets
            for path in (
                *((target.auth.password_file, target.auth.token_file) if target.auth else ()),
                target.tls.ca_file,
                target.tls.client_certificate,
            )
        ]
        return tuple(path for path in named if path is not None)


def parse_configuration(text: str, *, known_services: Iterable[str], source: str = "configuration") -> Configuration:
    """Parse the text of a file. Raises ConfigurationInvalid."""
    try:
        document = yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506 # derives from SafeLoader
    except yaml.YAMLError as error:
        raise ConfigurationInvalid(f"{source} is not YAML: {_yaml_problem(error)}") from None
    except RecursionError:
        raise ConfigurationInvalid(f"{source} is nested too deeply") from None
    try:
        configuration = Configuration.model_validate({} if document is None else document)
    except ValidationError as error:
        raise ConfigurationInvalid(f"{source}: {'; '.join(problems_of(error))}") from None
    _refuse_unknown_services(configuration, sorted(known_services), source)
    return configuration


def read_configuration(path: Path, *, known_services: Iterable[str]) -> Configuration:
    """Read and parse a file. Raises ConfigurationInvalid."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigurationInvalid(f"{path} cannot be read: {reason}") from error
    return parse_configuration(text, known_services=known_services, source=str(path))


def _secret_in(path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigurationInvalid(f"{path} cannot be read: {reason}") from error
    if not secret:
        raise ConfigurationInvalid(f"{path} is empty, and should hold a secret")
    return secret


def _refuse_unknown_services(configuration: Configuration, known: list[str], source: str) -> None:
    unknown = sorted(set(configuration.services) - set(known))
    if unknown:
        named = "; ".join(f"services.{name}: no such service" for name in unknown)
        raise ConfigurationInvalid(f"{source}: {named}. Known: {', '.join(known)}")


def problems_of(error: ValidationError, *, at: str = "") -> list[str]:
    """Say what is wrong, each with its key below `at`, and never with the value."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return [_problem(problem, at) for problem in problems]


def _problem(problem: Any, at: str) -> str:
    key = ".".join(str(part) for part in (*filter(None, [at]), *problem["loc"])) or "the file"
    return f"{key}: {problem['msg'].removeprefix('Value error, ')}"


def _yaml_problem(error: yaml.YAMLError) -> str:
    # Not str(error): it quotes the line, which may hold a secret.
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{error.problem} in line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}"
    return "it holds characters that YAML does not allow"


class _UniqueKeyLoader(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys in silence; half of what the operator wrote would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            if isinstance(key_node, yaml.ScalarNode) and key_node.tag != "tag:yaml.org,2002:merge":
                if key_node.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key_node.value!r} stands here twice", key_node.start_mark
                    )
                seen.add(key_node.value)
        return super().construct_mapping(node, deep=deep)
