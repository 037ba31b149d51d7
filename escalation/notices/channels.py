"""Where a member of staff wants to be reached: typed once by themselves, then shown to nobody.

An address is an apprise URL. Only services that reach a person somewhere else are taken: the
list is closed, because apprise also knows schemes that act on the computer it runs on, and
some that let whoever types them choose the words of a request to any computer nearby.
"""

from datetime import datetime

from escalation.models import Staff
from escalation.notices import sealed_text, trip
from escalation.notices.models import Channel

CHANNELS_MAX = 5
URL_LENGTH_MAX = 500

SERVICES = {
    "mailto": "E-mail",
    "mailtos": "E-mail",
    "ntfy": "ntfy",
    "ntfys": "ntfy",
    "gotify": "Gotify",
    "gotifys": "Gotify",
    "signal": "Signal",
    "signals": "Signal",
    "tgram": "Telegram",
    "threema": "Threema",
    "whatsapp": "WhatsApp",
    "matrix": "Matrix",
    "matrixs": "Matrix",
    "nctalk": "Nextcloud Talk",
    "nctalks": "Nextcloud Talk",
    "rocket": "Rocket.Chat",
    "rockets": "Rocket.Chat",
    "mmost": "Mattermost",
    "mmosts": "Mattermost",
    "zulip": "Zulip",
    "slack": "Slack",
    "workflows": "Microsoft Teams",
    "discord": "Discord",
    "pover": "Pushover",
    "pbul": "Pushbullet",
    "freemobile": "Free Mobile",
    "sfr": "SFR",
    "twilio": "Twilio",
    "vonage": "Vonage",
    "clickatell": "Clickatell",
    "bulksms": "BulkSMS",
}
"""The schemes that are taken, and what a page calls them: proper names, in every language."""


class Refused(ValueError):
    """The address is none that the desk can use."""


def add(staff: Staff, url: str, now: datetime) -> Channel:
    """Keep a channel for ``staff``, sealed; raises ``Refused``."""
    url = url.strip()
    scheme = scheme_of(url)
    if staff.channels.count() >= CHANNELS_MAX or not trip.understood(url):
        raise Refused
    return Channel.objects.create(
        staff=staff, service=scheme, sealed=sealed_text.close(url, "channel"), added_at=now
    )


def scheme_of(url: str) -> str:
    """Return the scheme of an address that may be used; raises ``Refused``."""
    scheme, found, rest = url.partition("://")
    scheme = scheme.lower()
    if not found or not rest or len(url) > URL_LENGTH_MAX or scheme not in SERVICES:
        raise Refused
    if any(ord(character) <= 32 for character in url) or "," in url:
        raise Refused  # One address: apprise reads a list where there are commas.
    return scheme


def remove(staff: Staff, number: int) -> None:
    """Forget a channel, and what was on its way to it."""
    Channel.objects.filter(staff=staff, pk=number).delete()
