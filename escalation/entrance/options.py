"""Reads ``[sign_in]`` of ``desk.toml``: by password, by the organisation, or by both."""

import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from wire.options import ConfigError, Options

RETURN_PATH = "login/organisation/return"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
"""Signatures that whoever can check them cannot make: never ``none``, never a shared secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Somebody else's sign-in, by OpenID Connect, that opens accounts linked to it."""

    issuer: str
    client_id: str
    secret_file: Path
    name: str
    """What the button says: whose sign-in this is."""
    algorithms: tuple[str, ...]
    second_factor_amr: frozenset[str]
    second_factor_acr: tuple[str, ...]
    """What the organisation has to say so that its own second factor counts here."""
    ca: Path | None
    return_url: str

    def secret(self) -> str:
        """Return the client secret, or raise ``ConfigError`` with the fix."""
        file = self.secret_file
        option = f"[sign_in] client_secret_file = {str(file)!r}"
        try:
            if stat.S_IMODE(file.stat().st_mode) & 0o077:
                raise ConfigError(
                    f"{option}: others may read it; chmod 600 {file}, and take a new secret"
                )
            secret = file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(
                f"{option}: it cannot be read ({error.strerror}); put the client secret there, "
                "for the desk's own account alone"
            ) from None
        except UnicodeDecodeError:
            secret = ""
        if not secret or not secret.isprintable() or len(secret) > 500:
            raise ConfigError(
                f"{option}: there is no secret in it; write its 1 to 500 letters on one line"
            )
        return secret


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInConfig:
    """How staff come in."""

    passwords: bool
    organisation: Organisation | None


def read(options: Options, *, folder: Path, console_url: str) -> SignInConfig:
    """Return the section; ``console_url`` is where the console is reached."""
    passwords = options.switch("passwords", default=True)
    issuer = _issuer(options)
    if not issuer and not passwords:
        options.refuse("passwords", passwords, "write true, or describe an organisation")
    organisation = Organisation(
        issuer=issuer,
        client_id=options.text("client_id", default=""),
        secret_file=folder / options.text("client_secret_file", default=""),
        name=options.text("name", default="", max_length=60),
        algorithms=_algorithms(options),
        second_factor_amr=frozenset(options.texts("second_factor_amr", default=())),
        second_factor_acr=options.texts("second_factor_acr", default=()),
        ca=_ca(options, folder),
        return_url=f"{console_url.rstrip('/')}/{RETURN_PATH}",
    )
    described = (organisation.client_id, organisation.name, organisation.secret_file != folder)
    if issuer and not all(described):
        names = ("client_id", "name", "client_secret_file")
        missing = next(n for n, there in zip(names, described, strict=True) if not there)
        options.refuse(missing, "", "an issuer is named: give this as well")
    if any(described) and not issuer:
        options.refuse("issuer", "", "write whose sign-in it is, https://…, or empty the rest")
    return SignInConfig(passwords=passwords, organisation=organisation if issuer else None)


def _ca(options: Options, folder: Path) -> Path | None:
    ca = options.text("ca", default="")
    if ca and not (folder / ca).is_file():
        fix = f"there is no file {folder / ca}; correct it or leave it empty"
        options.refuse("ca", ca, fix)
    return folder / ca if ca else None


def _issuer(options: Options) -> str:
    issuer = options.text("issuer", default="", max_length=500)
    if (issuer and not may_be_asked(issuer)) or "?" in issuer or "#" in issuer:
        options.refuse(
            "issuer", issuer, "write the issuer exactly as the organisation does, https://…"
        )
    return issuer


def may_be_asked(url: str) -> bool:
    """Return whether an address is one over HTTPS, or on this computer."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or not url.isascii() or not url.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)


def _algorithms(options: Options) -> tuple[str, ...]:
    chosen = options.texts("algorithms", default=("RS256", "ES256"))
    if not chosen or not set(chosen) <= set(ALGORITHMS):
        options.refuse("algorithms", list(chosen), f"choose among {', '.join(ALGORITHMS)}")
    return chosen


__all__ = ["ALGORITHMS", "RETURN_PATH", "Organisation", "SignInConfig", "may_be_asked", "read"]
