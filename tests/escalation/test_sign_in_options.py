"""``[sign_in]`` and its check: what is wrong is named with file, option, range and fix."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from escalation import desk_config
from escalation.checking import sign_in
from escalation.checking.findings import Finding, Verdict
from escalation.entrance import options
from escalation.entrance.options import Organisation, SignInConfig
from tests.escalation.hostile_provider import CLIENT, SECRET, HostileProvider
from tests.peers.certificates import Authority
from wire.options import ConfigError

SHIPPED = Path("config/desk.toml")
OIDC = {
    "issuer": "https://id.example",
    "client_id": "desk",
    "client_secret_file": "secret",
    "name": "Hospital",
}


def load(folder: Path, **changes: object) -> desk_config.DeskConfig:
    """Return what a file with these options configures; ``None`` leaves one out."""
    said = {name: value for name, value in (OIDC | changes).items() if value is not None}
    file = folder / "desk.toml"
    lines = [f"{name} = {str(value).replace(chr(39), chr(34))}" for name, value in said.items()]
    quoted = [
        f'{name} = "{value}"' if isinstance(value, str) else line
        for line, (name, value) in zip(lines, said.items(), strict=True)
    ]
    file.write_text("\n".join(["[sign_in]", *quoted]), encoding="utf-8")
    return desk_config.load(file)


def test_a_described_organisation_is_read_and_the_rest_has_defaults(tmp_path: Path) -> None:
    """The return address follows from where the console is, and from nothing a browser says."""
    found = load(tmp_path).sign_in
    assert found.passwords is True
    described = found.organisation
    assert described is not None
    assert described.algorithms == ("RS256", "ES256")
    assert described.secret_file == tmp_path / "secret"
    assert described.return_url == "http://127.0.0.1:8080/login/organisation/return"
    assert described.second_factor_amr == frozenset()


def test_without_the_section_there_is_no_organisation() -> None:
    assert desk_config.load(SHIPPED).sign_in == SignInConfig(passwords=True, organisation=None)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"issuer": "http://id.example"}, "[sign_in] issuer"),
        ({"issuer": "https://user@id.example"}, "exactly as the organisation does"),
        ({"issuer": "https://id.example?x"}, "exactly as the organisation does"),
        ({"issuer": None}, "write whose sign-in it is"),
        ({"client_id": None}, "client_id = '': an issuer is named"),
        ({"client_secret_file": None}, "client_secret_file = '': an issuer is named"),
        ({"name": None}, "name = '': an issuer is named"),
        ({"algorithms": ["none"]}, "choose among RS256"),
        ({"algorithms": ["HS256"]}, "choose among RS256"),
        ({"algorithms": []}, "choose among RS256"),
        ({"ca": "missing.pem"}, "there is no file"),
        ({"client_secret": "shh"}, "client_secret"),
    ],
    ids=str,
)
def test_what_is_wrong_is_named_with_its_fix(
    tmp_path: Path, changes: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, **changes)
    assert complaint in str(refused.value)
    assert "desk.toml" in str(refused.value)


def test_a_desk_that_nothing_opens_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text("[sign_in]\npasswords = false\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="describe"):
        desk_config.load(file)


# ----------------------------------------------------------------------------------- check


@pytest.fixture
def provider() -> Iterator[HostileProvider]:
    """Return an honest provider."""
    with HostileProvider() as started:
        yield started


@pytest.fixture
def described(tmp_path: Path, provider: HostileProvider) -> Organisation:
    """Return it as ``desk.toml`` describes it."""
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "secret").chmod(0o600)
    found = load(tmp_path, issuer=provider.issuer, client_id=CLIENT).sign_in.organisation
    assert found is not None
    return found


def looked(described: Organisation | None) -> Finding:
    """Return what ``check`` finds."""
    (found,) = sign_in.organisation(SignInConfig(passwords=True, organisation=described))
    return found


def test_an_organisation_that_answers_is_well_and_the_address_to_register_is_said(
    described: Organisation,
) -> None:
    found = looked(described)
    assert found.verdict is Verdict.WELL
    assert "http://127.0.0.1:8080/login/organisation/return" in found.found
    assert looked(None).verdict is Verdict.WELL


def test_each_thing_that_keeps_people_out_is_found(
    described: Organisation, provider: HostileProvider
) -> None:
    absent = looked(replace(described, issuer="http://127.0.0.1:1"))
    assert (absent.verdict, "cannot be reached" in absent.found) == (Verdict.WRONG, True)
    other = looked(replace(described, issuer=f"{provider.issuer}/"))
    assert (other.verdict, "another issuer" in other.found) == (Verdict.WRONG, True)
    keys, provider.keys = provider.keys, []
    assert "no key" in looked(described).found
    provider.keys = keys
    provider.discovery = {"code_challenge_methods_supported": []}
    assert looked(described).verdict is Verdict.LOOK
    provider.discovery = {"id_token_signing_alg_values_supported": ["PS512"]}
    assert "algorithms" in looked(described).found


def test_a_private_authority_is_believed_where_it_is_named_and_nowhere_else(
    tmp_path: Path, described: Organisation
) -> None:
    """And over HTTPS nothing is asked without it."""
    authority = Authority.create(tmp_path / "ca")
    with HostileProvider(authority.issue("id", server=True)) as provider:
        over_tls = replace(described, issuer=provider.issuer)
        assert "SSLCertVerificationError" in looked(over_tls).found
        known = replace(over_tls, ca=authority.certificate)
        assert looked(known).verdict is Verdict.WELL
        provider.discovery = {"token_endpoint": provider.issuer.replace("https:", "http:")}
        assert "no address over HTTPS" in looked(known).found


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_secret_that_others_may_read_is_named_and_never_said(
    described: Organisation, mode: int
) -> None:
    described.secret_file.chmod(mode)
    with pytest.raises(ConfigError) as refused:
        looked(described)
    assert "chmod 600" in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"a\nb", b"\xff\xfe", b"x" * 501])
def test_a_file_that_holds_no_secret_is_named(described: Organisation, content: bytes) -> None:
    described.secret_file.write_bytes(content)
    with pytest.raises(ConfigError, match="there is no secret"):
        described.secret()
    described.secret_file.unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        described.secret()


def test_no_address_but_one_over_https_or_on_this_computer_is_asked() -> None:
    for url in ("https://id.example", "http://localhost:1/x", "http://[::1]/"):
        assert options.may_be_asked(url)
    for url in ("http://id.example", "file:///etc/passwd", "https://", "https://a:b", "//x"):
        assert not options.may_be_asked(url)
