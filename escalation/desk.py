"""The desk's identity for this process: read once, from the folder that is configured."""

import functools

from django.conf import settings

from escalation import desk_keys


@functools.cache
def identity() -> desk_keys.DeskIdentity:
    """Return who the desk is, or raise ``ConfigError`` with the fix."""
    return desk_keys.load(settings.CONFIG.keys_folder)
