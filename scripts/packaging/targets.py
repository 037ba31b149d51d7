"""The computers that the package is for: their wheels, and what Debian brings there.

One package serves Debian 12 and 13 and Raspberry Pi OS alike: whatever is pure Python or
speaks Python's stable binary interface is in it once, the rest once for each Python.
"""

from dataclasses import dataclass

PYTHONS = ("3.11", "3.13")
"""What Debian 12 and 13 call ``python3``, and Raspberry Pi OS with them."""

GLIBCS = ("manylinux2014", "manylinux_2_17", "manylinux_2_28", "manylinux_2_31")
"""Debian 12 has glibc 2.36: every wheel for an older one runs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrowed:
    """A library that nobody publishes as a wheel here, and that Debian maintains.

    The package asks for Debian's and links ``files`` of it, and no more, into its own
    environments.
    """

    distribution: str
    """As the lock names it; left out of what is fetched."""
    debian_package: str
    required: bool
    """Whether the device cannot run without it; the pins' library is for bare sensors alone,
    and Raspberry Pi OS has it where Debian 12 has not."""
    files: tuple[str, ...]
    """In Debian's folder of Python modules; ``{abi}`` is such as 311-aarch64-linux-gnu."""


LGPIO = Borrowed(
    distribution="lgpio",
    debian_package="python3-lgpio",
    required=False,
    files=("lgpio.py", "_lgpio.cpython-{abi}.so"),
)
NUMPY = Borrowed(
    distribution="numpy", debian_package="python3-numpy", required=True, files=("numpy",)
)
CFFI = Borrowed(
    distribution="cffi",
    debian_package="python3-cffi-backend",
    required=True,
    files=("_cffi_backend.cpython-{abi}.so",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One architecture, under the names that Debian and Python have for it."""

    debian: str
    machine: str
    """As in the names of wheels."""
    triplet: str
    """As in the names of compiled modules of Debian's Python."""
    borrowed: tuple[Borrowed, ...] = ()

    @property
    def wheel_platforms(self) -> tuple[str, ...]:
        """Return the platform tags of the wheels that run on this target."""
        return tuple(f"{glibc}_{self.machine}" for glibc in GLIBCS)

    def abi(self, python: str) -> str:
        """Return how Debian's ``python`` marks its compiled modules on this target."""
        return f"{python.replace('.', '')}-{self.triplet}"


TARGETS = {
    target.debian: target
    for target in (
        Target(debian="amd64", machine="x86_64", triplet="x86_64-linux-gnu"),
        Target(
            debian="arm64", machine="aarch64", triplet="aarch64-linux-gnu", borrowed=(LGPIO,)
        ),
        Target(
            debian="armhf",
            machine="armv7l",
            triplet="arm-linux-gnueabihf",
            borrowed=(LGPIO, NUMPY, CFFI),
        ),
    )
}
