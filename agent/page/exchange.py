"""What a browser asks for and what it gets, as values without any HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qs, urlsplit

HTML = "text/html; charset=utf-8"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a browser asks for."""

    method: str
    target: str
    host: str | None = None
    here: str = ""
    """The address of this device at which it was asked."""
    cookies: str | None = None
    body: bytes = b""

    @property
    def path(self) -> str:
        return _parts(self.target).path

    @property
    def query(self) -> Mapping[str, str]:
        try:
            return _first(parse_qs(_parts(self.target).query, max_num_fields=32))
        except ValueError:
            return {}

    def form(self) -> Mapping[str, str]:
        """Return the fields of a form; what is no form has none."""
        try:
            # An emptied field is a word, too: it takes back what stood there.
            text = self.body.decode("utf-8")
            fields = parse_qs(text, keep_blank_values=True, max_num_fields=32)
        except ValueError:
            return {}
        return _first(fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What it gets."""

    status: int
    body: bytes = b""
    kind: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)

    def all_headers(self) -> dict[str, str]:
        """Return every header to send."""
        return HEADERS | {"Content-Type": self.kind} | dict(self.headers)


def html(page: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a whole page."""
    return Response(status=status, body=page.encode(), headers=headers or {})


def see(where: str, headers: Mapping[str, str] | None = None) -> Response:
    """Send the browser on, so that loading again repeats nothing."""
    return Response(status=303, headers={"Location": where, **(headers or {})})


def download(data: bytes, kind: str, name: str) -> Response:
    """Return a file to keep."""
    saved = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(status=200, body=data, kind=kind, headers=saved)


def _parts(target: str) -> SplitResult:
    try:
        return urlsplit(target)
    except ValueError:
        # Half an address in brackets, from whoever writes requests by hand.
        return urlsplit("/")


def _first(fields: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: values[0] for name, values in fields.items()}
