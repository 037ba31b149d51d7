"""What every answer of the console carries: a strict content policy and a language."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from escalation.models import Staff
from escalation.team import presence

GetResponse = Callable[[HttpRequest], HttpResponse]

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing inline, nothing from elsewhere: a name that contains a tag stays a name."""


def content_security_policy(get_response: GetResponse) -> GetResponse:
    """Send the policy, and keep personal pages out of every cache."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=()")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def staff_language(get_response: GetResponse) -> GetResponse:
    """Speak the language, and the time zone, of the staff member; before, the browser's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        language = (
            user.language
            if isinstance(user, Staff)
            else translation.get_language_from_request(request)
        )
        # Hours are written as they are where the reader is.
        zone = presence.zone_of(user) if isinstance(user, Staff) else None
        with translation.override(language), timezone.override(zone):
            response = get_response(request)
        response.headers["Content-Language"] = language
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response

    return middleware
