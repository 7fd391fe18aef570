"""Secrets of the configuration: never in the file itself, but in a file of their own, in the environment, or encrypted.

    auth: {kind: basic, username: nms, password_file: /run/secrets/grafana}
    auth: {kind: bearer, token_env: GRAFANA_TOKEN}
    auth: {kind: api_key, header: X-Key, token_encrypted: gAAAAAB...}     # made by `manage.py client_secret`

Programs that lend a target (see clients.py) give theirs as a SecretStr.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr

from api_clients.configuration_error import ConfigurationInvalid

Open = Callable[[str], str]
WAYS = ("file", "env", "encrypted")
IN_A_HEADER = re.compile(r"[!-~\xa1-\xff](?:[ -~\xa1-\xff]*[!-~\xa1-\xff])?")
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


def check_file(path: Path) -> Path:
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None


FilePath = Annotated[
    Path,
    BeforeValidator(lambda value: Path(value) if isinstance(value, str) else value),
    AfterValidator(check_file),
]


def _not_in_plain(value: Any) -> Any:
    if isinstance(value, SecretStr) or value is None:
        return value
    raise ValueError(
        "a secret does not stand in the file: write this key with _file (a path), _env (the name of a variable) or"
        " _encrypted (made by `manage.py client_secret`), or as ${NAME}"
    )


Secret = Annotated[SecretStr | None, BeforeValidator(_not_in_plain)]


@dataclass(frozen=True, slots=True)
class Secrets:
    """How secrets that a configuration refers to are come by. `open_encrypted` raises ValueError for what it cannot
    open; without one, none can be.
    """

    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    open_encrypted: Open | None = None

    def of(self, holder: BaseModel | Mapping[str, Any], name: str, *, at: str) -> str | None:
        """Return the secret called `name`, in whichever way it is given; None where it is not.

        `at` is the key of what holds it. Raises ConfigurationInvalid, naming the key.
        """
        given = dict(holder)
        ways = [way for way in ("", *(f"_{way}" for way in WAYS)) if given.get(f"{name}{way}") is not None]
        if len(ways) > 1:
            raise ConfigurationInvalid(f"{at}.{name}: given in {len(ways)} ways; keep one")
        if not ways:
            return None
        key, value = f"{at}.{name}{ways[0]}", given[f"{name}{ways[0]}"]
        match ways[0]:
            case "_file":
                return _in_file(Path(value), key)
            case "_env":
                return self._in_environment(value, key)
            case "_encrypted":
                return self._opened(value, key)
        return _plain(value, key)

    def _in_environment(self, variable: str, key: str) -> str:
        value = self.environment.get(variable, "")
        if not value:
            raise ConfigurationInvalid(f"{key}: the environment variable {variable} is not set, or empty")
        return value

    def _opened(self, token: Any, key: str) -> str:
        if self.open_encrypted is None:
            raise ConfigurationInvalid(f"{key}: this program has no key to open encrypted secrets with")
        text = token.get_secret_value() if isinstance(token, SecretStr) else str(token)
        try:
            return self.open_encrypted(text)
        except ValueError as error:
            raise ConfigurationInvalid(f"{key}: {error}") from None


def in_header(secret: str, *, at: str) -> str:
    """Return a secret that is sent as the value of a header. Raises ConfigurationInvalid where it could not be, as from
    a file of two lines. Whoever found that out by sending it would quote it.
    """
    if not IN_A_HEADER.fullmatch(secret):
        raise ConfigurationInvalid(f"{at} should be one line of plain characters without spaces around it")
    return secret


def with_secret_options(
    kind: type[BaseModel] | None, options: Mapping[str, Any], secrets: Secrets, *, at: str
) -> dict[str, Any]:
    """Return a target's options with their secrets, which are referred to as those of `auth` are: a field `key` of
    SecretStr by key_file, key_env or key_encrypted, also in an option that is a model itself. Raises
    ConfigurationInvalid.
    """
    if kind is None:
        return dict(options)
    found = dict(options)
    for name, inner in _models(kind).items():
        if isinstance(found.get(name), Mapping):
            found[name] = with_secret_options(inner, found[name], secrets, at=f"{at}.{name}")
    for name in _secret_fields(kind):
        if isinstance(found.get(name), str):
            raise ConfigurationInvalid(f"{at}.{name}: a secret does not stand in the file: {_advice(name)}")
        value = secrets.of(found, name, at=at)
        for way in WAYS:
            found.pop(f"{name}_{way}", None)
        if value is not None:
            found[name] = SecretStr(value)
    return found


def secret_option_files(kind: type[BaseModel] | None, options: Mapping[str, Any]) -> tuple[Path, ...]:
    """Return the files that options name for their secrets. Other files are the client's own matter: a log grows."""
    if kind is None:
        return ()
    named = [options.get(f"{name}_file") for name in _secret_fields(kind)]
    own = tuple(Path(value) for value in named if isinstance(value, str))
    below = [
        secret_option_files(inner, options[name])
        for name, inner in _models(kind).items()
        if isinstance(options.get(name), Mapping)
    ]
    return (*own, *(path for paths in below for path in paths))


def _secret_fields(kind: type[BaseModel]) -> list[str]:
    return [name for name, described in kind.model_fields.items() if SecretStr in _kinds(described.annotation)]


def _models(kind: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Return the options that are models themselves, with their models."""
    return {
        name: one
        for name, described in kind.model_fields.items()
        for one in _kinds(described.annotation)
        if isinstance(one, type) and issubclass(one, BaseModel)
    }


def _kinds(annotation: Any) -> tuple[Any, ...]:
    """A type, or those of `X | None`."""
    is_union = get_origin(annotation) in (Union, UnionType)
    return get_args(annotation) if is_union else (annotation,)


def _advice(name: str) -> str:
    return f"write {name}_file, {name}_env or {name}_encrypted"


def _plain(value: Any, key: str) -> str:
    if not isinstance(value, SecretStr):
        raise ConfigurationInvalid(f"{key}: a secret does not stand in the file")
    return value.get_secret_value()


def _in_file(path: Path, key: str) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigurationInvalid(f"{key}: {path} cannot be read: {reason}") from error
    if not secret:
        raise ConfigurationInvalid(f"{key}: {path} is empty, and should hold a secret")
    return secret
