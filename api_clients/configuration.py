"""The configuration file of the clients (NMS_CLIENTS_FILE): YAML in, frozen and checked models out.

Every error names its key, `services.prometheus.targets.main.instances.0.url: ...`, and never quotes a value, for
the value may be a secret. Secrets do not stand in the file (configuration_secrets.py), references to the environment
may (configuration_yaml.py), and targets may come from the environment alone (configuration_environment.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from api_clients.configuration_environment import PREFIX, targets_in
from api_clients.configuration_error import ConfigurationInvalid
from api_clients.configuration_secrets import (
    WAYS,
    FilePath,
    Secret,
    Secrets,
    VariableName,
    in_header,
    secret_option_files,
)
from api_clients.configuration_yaml import load_yaml
from api_clients.domain.policies.cache import Eviction

__all__ = [
    "AuthModel",
    "Configuration",
    "ConfigurationInvalid",
    "ServiceModel",
    "TargetModel",
    "parse_configuration",
    "problems_of",
    "read_configuration",
]


_NO_PORT = "should have a port from 1 to 65535"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _check_url(text: str) -> str:
    url, port = _split(text)
    if not url.scheme or "://" not in text or not (url.hostname or url.path):
        raise ValueError("should be an address such as https://host:port or unix:///run/service.sock")
    if url.scheme in ("http", "https") and not url.hostname:
        raise ValueError("should be an http:// or https:// address with a host")
    if url.username is not None or url.password is not None or (url.hostname and "@" in url.path):
        # With a slash in a password all from there on looks like a path. A path's own @ can be written %40.
        raise ValueError("should hold no user or password; give them under `auth`")
    if url.query or url.fragment:
        raise ValueError("should hold no query and no fragment")
    if port == 0:
        raise ValueError(_NO_PORT)
    return text.rstrip("/")


def _split(text: str) -> tuple[SplitResult, int | None]:
    """Never in the words of urllib, which quote what stands where a port should: half a password, for some."""
    try:
        url = urlsplit(text)
    except ValueError:
        raise ValueError("should be an address such as https://host:port, or https://[::1]:port") from None
    try:
        return url, url.port
    except ValueError:
        raise ValueError(_NO_PORT) from None


Url = Annotated[str, AfterValidator(_check_url)]


Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]


class InstanceModel(_Model):
    url: Url
    weight: int = Field(1, ge=1, le=100)


class AuthModel(_Model):
    """Exactly the fields of its kind, and its secret in one of the ways there are."""

    kind: Literal["basic", "bearer", "api_key"]
    username: str | None = None
    password: Secret = None
    password_file: FilePath | None = None
    password_env: VariableName | None = None
    password_encrypted: SecretStr | None = None
    token: Secret = None
    token_file: FilePath | None = None
    token_env: VariableName | None = None
    token_encrypted: SecretStr | None = None
    scheme: str = Field("Bearer", pattern=r"^[A-Za-z][A-Za-z0-9-]*$")
    header: str | None = Field(None, pattern=r"^[A-Za-z][A-Za-z0-9-]*$")

    @model_validator(mode="after")
    def has_what_its_kind_needs(self) -> AuthModel:
        secret, other = ("password", "token") if self.kind == "basic" else ("token", "password")
        if len(self._given(secret)) != 1:
            raise ValueError(f"kind {self.kind} needs {secret}_file, {secret}_env or {secret}_encrypted, one of them")
        if self._given(other):
            raise ValueError(f"kind {self.kind} takes no {other}")
        if (self.kind == "basic") != (self.username is not None):
            raise ValueError("username belongs to kind basic, which needs it")
        if (self.kind == "api_key") != (self.header is not None):
            raise ValueError("header belongs to kind api_key, which needs it")
        return self

    def secret(self, secrets: Secrets | None = None, *, at: str = "auth") -> str:
        """Return the secret; `at` is the key for messages. Raises ConfigurationInvalid where it cannot be come by."""
        name = "password" if self.kind == "basic" else "token"
        value = (secrets or Secrets()).of(self, name, at=at)
        assert value is not None  # the model has one
        return value if name == "password" else in_header(value, at=f"{at}.{name}")

    def _given(self, name: str) -> list[str]:
        keys = [name, *(f"{name}_{way}" for way in WAYS)]
        return [key for key in keys if getattr(self, key) is not None]


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


OptionsOf = Callable[[str], type[BaseModel] | None]


def no_options(service: str) -> None:
    """No service has any."""


class Configuration(_Model):
    """The whole file. `cache` is read when the process starts; everything else may change while it runs."""

    cache: CacheModel = CacheModel()
    services: dict[str, ServiceModel] = {}

    def files(self, options_of: OptionsOf = no_options) -> tuple[Path, ...]:
        """Return the other files this one names, whose change is a change of the configuration too. `options_of` tells
        the model of a service's options, which says what of them are secrets.
        """
        targets = [(name, target) for name, service in self.services.items() for target in service.targets.values()]
        named = [
            path
            for service, target in targets
            for path in (
                *((target.auth.password_file, target.auth.token_file) if target.auth else ()),
                *secret_option_files(options_of(service), target.options),
                target.tls.ca_file,
                target.tls.client_certificate,
            )
        ]
        return tuple(path for path in named if path is not None)


def parse_configuration(
    text: str,
    *,
    known_services: Iterable[str],
    source: str = "configuration",
    environment: Mapping[str, str] | None = None,
) -> Configuration:
    """Parse the text of a file, with what `environment` adds and fills in. Raises ConfigurationInvalid."""
    known = sorted(known_services)
    document = load_yaml(text, environment=environment or {}, source=source)
    configuration = _checked({} if document is None else document, source)
    _refuse_unknown_services(configuration, known, source)
    return _with_environment(configuration, environment or {}, known, source)


def read_configuration(
    path: Path | None, *, known_services: Iterable[str], environment: Mapping[str, str] | None = None
) -> Configuration:
    """Read and parse a file; without one there is what the environment says. Raises ConfigurationInvalid."""
    if path is None:
        return parse_configuration("", known_services=known_services, environment=environment)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigurationInvalid(f"{path} cannot be read: {reason}") from error
    return parse_configuration(text, known_services=known_services, source=str(path), environment=environment)


def _checked(document: Any, source: str) -> Configuration:
    try:
        return Configuration.model_validate(document)
    except ValidationError as error:
        raise ConfigurationInvalid(f"{source}: {'; '.join(problems_of(error))}") from None


def _with_environment(
    configuration: Configuration, environment: Mapping[str, str], known: list[str], source: str
) -> Configuration:
    services = dict(configuration.services)
    for (name, target), document in targets_in(environment, known_services=known).items():
        service = services.get(name, ServiceModel())
        if target in service.targets:
            raise ConfigurationInvalid(
                f"{source}: services.{name}.targets.{target}: is in the environment too; keep one"
            )
        try:
            model = TargetModel.model_validate(document)
        except ValidationError as error:
            at = f"{PREFIX}{name}_{target}".upper()
            raise ConfigurationInvalid("; ".join(problems_of(error, at=at))) from None
        services[name] = service.model_copy(update={"targets": {**service.targets, target: model}})
    return configuration.model_copy(update={"services": services})


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
