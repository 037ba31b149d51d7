"""The desk's identity and life for this process: read once, from the folder of its keys."""

import functools

from django.conf import settings

from escalation import desk_keys
from escalation.keeping import desk_epoch


@functools.cache
def identity() -> desk_keys.DeskIdentity:
    """Return who the desk is, or raise ``ConfigError`` with the fix."""
    return desk_keys.load(settings.CONFIG.keys_folder)


@functools.cache
def life() -> desk_epoch.Life:
    """Return which life of the desk this is, or raise ``ConfigError`` with the fix."""
    return desk_epoch.read(settings.CONFIG.keys_folder)
