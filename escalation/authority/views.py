"""Certificates over HTTPS: the one address of the desk that devices speak to.

There is no login and no cookie: a request carries its own proof, and ``enrolling`` judges
it. The proxy that ends TLS for the console ends it here as well.
"""

import logging

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from escalation import clock, desk_keys
from escalation.authority import enrolling
from escalation.authority.enrolling import Desk, Refused
from escalation.authority.signing import SigningFailed, signer_of
from wire import enrolment
from wire.options import ConfigError

log = logging.getLogger("escalation.authority")


def this_desk() -> Desk:
    """Return what judging needs of the desk that is configured."""
    config = settings.CONFIG
    return Desk(
        secret=desk_keys.load_secret(config.keys_folder),
        folder=config.authority.folder,
        signer=signer_of(config.authority),
        clock=clock.now,
    )


@csrf_exempt
@require_POST
def certificate(request: HttpRequest) -> HttpResponse:
    """Answer a device that asks for a certificate."""
    try:
        answer = enrolling.answer(request.body, this_desk(), online=True)
    except (Refused, RequestDataTooBig) as error:
        return JsonResponse({"refused": str(error)}, status=403)
    except (SigningFailed, ConfigError) as error:
        log.error("a device asked for a certificate, and none can be signed: %s", error)
        return JsonResponse({"refused": "the desk cannot sign just now"}, status=503)
    return HttpResponse(enrolment.write(answer), content_type="application/json")
