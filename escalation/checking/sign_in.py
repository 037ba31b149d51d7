"""Whether staff can come in by their organisation: its secret, its answers, its keys."""

from escalation.checking.findings import Look, look, well, wrong
from escalation.entrance.asking import Nonsense, Unreachable
from escalation.entrance.options import SignInConfig
from escalation.entrance.provider import Provider

SUBJECT = "[sign_in]"


def organisation(config: SignInConfig) -> Look:
    """Look at the secret first, then ask the organisation as a sign-in would."""
    described = config.organisation
    if described is None:
        yield well("sign-in", "by password; no organisation is described")
        return
    described.secret()
    provider = Provider(described)
    issuer = f"{SUBJECT} issuer = {described.issuer!r}"
    try:
        addresses = provider.addresses()
        keys = provider.keys()
    except Unreachable as error:
        yield wrong(
            "sign-in",
            f"{issuer}: it cannot be reached ({error})",
            "compare it with what the organisation says, and see that this computer may ask "
            "it; `ca` names the authority of a private one",
        )
        return
    except Nonsense as error:
        yield wrong(
            "sign-in",
            f"{issuer}: {error}",
            "write issuer and algorithms exactly as its /.well-known/openid-configuration has "
            "them",
        )
        return
    if not keys:
        yield wrong("sign-in", f"{issuer}: it shows no key", "tell whoever runs it")
    elif not addresses.knows_pkce:
        yield look(
            "sign-in",
            f"{issuer}: it does not say that it knows PKCE (S256), which the desk uses",
            "see that it is switched on for this client",
        )
    else:
        yield well(
            "sign-in", f"{described.name} answers; there, register {described.return_url}"
        )
