"""Starts Django for a command, and says in one line what keeps the desk from starting.

Django must not be imported before its settings are named, so the imports of Django and of
everything that needs it stand inside the functions here and in the commands.
"""
# ruff: noqa: PLC0415

import os
from pathlib import Path

from escalation import clock, desk_config, desk_keys
from escalation.desk_config import DeskConfig
from escalation.keeping import desk_epoch
from wire.options import ConfigError


def start(config_path: Path, clock_file: Path | None = None) -> DeskConfig:
    """Start Django with the options in ``config_path``."""
    config = desk_config.load(config_path)
    os.environ["DEMITASSE_DESK_CONFIG"] = str(config_path.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "escalation.settings"
    if clock_file is not None:
        _check_clock(clock_file)
        os.environ["DEMITASSE_DESK_CLOCK"] = str(clock_file.resolve())
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise ConfigError(
            f"{config_path} [database] url: {_first_line(error)}: for PostgreSQL, "
            "pip install 'psycopg[binary]'"
        ) from None
    return config


def start_initialised(config_path: Path, clock_file: Path | None = None) -> DeskConfig:
    """Start Django for a desk that ``init`` has made, or say that it has to."""
    config = start_with_keys(config_path, clock_file)
    _check_database(config_path)
    return config


def start_with_keys(config_path: Path, clock_file: Path | None = None) -> DeskConfig:
    """Start Django for a desk that has its keys, and perhaps no database."""
    config = desk_config.load(config_path)
    desk_keys.load(config.keys_folder)
    desk_keys.load_secret(config.keys_folder)
    desk_epoch.read(config.keys_folder)
    start(config_path, clock_file)
    return config


def initialise(config_path: Path) -> None:
    """Make keys and secret where they are missing, and bring the database up to date."""
    config = desk_config.load(config_path)
    desk_keys.create(config.keys_folder)
    desk_epoch.create(config.keys_folder)
    if config.database.url is None:
        _make_folder(config.database.path.parent)
    start(config_path)
    from django.core.management import call_command
    from django.db import DatabaseError

    from escalation.intake import tombstones

    tombstones.create(config.keys_folder)

    try:
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        raise ConfigError(
            f"{config_path} [database]: the database cannot be used "
            f"({_first_line(error)}): check path, url and permissions"
        ) from None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"[database] path: {folder} cannot be made ({error.strerror}): make it writable "
            "for the desk, or name another place"
        ) from None


def _check_clock(path: Path) -> None:
    try:
        clock.read(path)
    except (OSError, ValueError) as error:
        raise ConfigError(f"--clock-file {path}: cannot tell the time: {error}") from None


def _check_database(config_path: Path) -> None:
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise ConfigError(
            f"{config_path} [database]: the database cannot be used "
            f"({_first_line(error)}): {desk_keys.INIT_HINT}"
        ) from None
    if behind:
        raise ConfigError(
            f"{config_path} [database]: the database is older than this program: "
            f"{desk_keys.INIT_HINT}"
        )


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
