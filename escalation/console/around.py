"""What the console needs around its pages: languages, health, and whom to tell of a hole."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from escalation import clock
from escalation.models import Staff


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Switch between French and English, for good once somebody is logged in."""
    language = request.POST.get("language", "")
    back = request.POST.get("next", "/")
    here = {request.get_host()}
    if not url_has_allowed_host_and_scheme(back, here, require_https=request.is_secure()):
        back = "/"
    response = redirect(back)
    if language not in dict(settings.LANGUAGES):
        return response
    if isinstance(request.user, Staff):
        request.user.language = language
        request.user.save(update_fields=["language"])
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 60 * 60,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer when the console and its database do."""
    Staff.objects.exists()
    return HttpResponse("well\n", content_type="text/plain")


@require_GET
def security_txt(request: HttpRequest) -> HttpResponse:
    """Say who hears of a security problem, as RFC 9116 writes it."""
    expires = (clock.now() + timedelta(days=90)).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = (
        f"Contact: {settings.CONFIG.web.security_contact}",
        f"Expires: {expires}",
        "Preferred-Languages: fr, en",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
