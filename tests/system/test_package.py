"""The Debian package as it is built: what is in it, what is not, what it says of itself.

That it installs, upgrades and goes without a trace is shown in clean systems by
``./scripts/bench package``, which takes minutes.
"""

import gzip
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from agent.main import MOUNTED
from scripts.packaging import deb
from scripts.packaging.targets import TARGETS

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "config" / "systemd" / "demitasse.service"
EXPOSURE_MAX = 2.0

needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg is not here")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the package for this kind of computer, built as a maker builds it."""
    out = tmp_path_factory.mktemp("package")
    os.environ.setdefault("SOURCE_DATE_EPOCH", "1790000000")
    return deb.build(TARGETS["amd64"], "1.2.3", out)


@pytest.fixture(scope="module")
def unpacked(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the package's files were unpacked into."""
    folder = tmp_path_factory.mktemp("unpacked")
    subprocess.run(("dpkg-deb", "--extract", str(package), str(folder)), check=True)
    return folder


@needs_dpkg
def test_the_device_is_in_it_and_the_queue_is_not(unpacked: Path) -> None:
    common = unpacked / "opt" / "demitasse" / "common"

    assert (common / "agent" / "main.py").is_file()
    assert (common / "firmware_bridge" / "PROTOCOL.md").is_file()
    assert not (common / "escalation").exists()
    assert not list(common.glob("[Dd]jango*"))


@needs_dpkg
def test_every_python_of_debian_has_an_environment(unpacked: Path) -> None:
    for python in ("3.11", "3.13"):
        environment = unpacked / "opt" / "demitasse" / f"python{python}"
        site = environment / "lib" / f"python{python}" / "site-packages"
        assert (environment / "bin" / "python").readlink() == Path(f"/usr/bin/python{python}")
        assert (site / "common.pth").read_text() == "/opt/demitasse/common\n"
        assert (site / "numpy" / "__init__.py").is_file()


@needs_dpkg
def test_nothing_in_it_tells_of_the_computer_that_built_it(
    package: Path, unpacked: Path
) -> None:
    places = (str(ROOT).encode(), str(package.parent).encode(), b"demitasse-package-")
    for file in unpacked.rglob("*"):
        if file.is_file() and not file.is_symlink():
            content = file.read_bytes()
            assert not [place for place in places if place in content], file


@needs_dpkg
def test_configuration_survives_upgrades_and_nothing_in_it_consents(
    package: Path, unpacked: Path
) -> None:
    listed = subprocess.run(
        ("dpkg-deb", "--info", str(package), "conffiles"),
        check=True,
        capture_output=True,
        text=True,
    )
    kept = set(listed.stdout.split())
    shipped = {
        f"/{file.relative_to(unpacked)}"
        for file in (unpacked / "etc").rglob("*")
        if file.is_file()
    }

    assert kept == shipped
    consent = (unpacked / "etc" / "demitasse" / "consent.toml").read_text(encoding="utf-8")
    assert not re.search(r"(?m)^on = true", consent)


@needs_dpkg
def test_the_man_page_and_the_completion_know_every_command(unpacked: Path) -> None:
    page = gzip.decompress((unpacked / "usr/share/man/man1/demitasse.1.gz").read_bytes())
    completion = (unpacked / "usr/share/bash-completion/completions/demitasse").read_text()

    for command in MOUNTED:
        assert f"'demitasse {command}'".encode() in page.replace(b"\\-", b"-"), command
        assert re.search(rf"_shtab_demitasse_subparsers=\(.*\b{command}\b", completion), command


@needs_dpkg
def test_the_bill_of_materials_is_the_lock(unpacked: Path) -> None:
    document = json.loads((unpacked / "usr/share/doc/demitasse/sbom.cdx.json").read_text())
    lock = (ROOT / "scripts" / "locks" / "device.txt").read_text(encoding="utf-8")
    pinned = {name.lower() for name in re.findall(r"(?m)^([\w.-]+==[^\s;]+)", lock)}
    named = {f"{c['name'].lower()}=={c['version']}" for c in document["components"]}

    # setuptools builds the project and is no part of it.
    assert named == {pin for pin in pinned if not pin.startswith("setuptools==")}
    assert all(component["licenses"] for component in document["components"])
    assert document["metadata"]["component"]["name"] == "demitasse"


@needs_dpkg
@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm"])
def test_a_maintainer_script_is_plain_shell(package: Path, script: str) -> None:
    shown = subprocess.run(
        ("dpkg-deb", "--info", str(package), script), check=True, capture_output=True
    )
    subprocess.run(("sh", "-n"), input=shown.stdout, check=True)


def test_the_command_takes_an_environment_that_is_there(tmp_path: Path) -> None:
    script = (ROOT / "scripts" / "packaging" / "debian" / "demitasse.sh").read_text()
    home = tmp_path / "opt"
    chosen = home / Path(os.path.realpath("/usr/bin/python3")).name / "bin"
    chosen.mkdir(parents=True)
    (chosen / "python").write_text('#!/bin/sh\necho "chosen $@"\n')
    (chosen / "python").chmod(0o755)
    launcher = tmp_path / "demitasse"
    launcher.write_text(script.replace("home=/opt/demitasse", f"home={home}"))
    words = ("sh", str(launcher), "status")

    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    (chosen / "python").unlink()
    lost = subprocess.run(words, capture_output=True, text=True, check=False)

    assert ran.stdout == "chosen -P -m agent.main status\n"
    assert lost.returncode == 2
    assert "needs Python 3.11 or 3.13" in lost.stderr


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here"
)
def test_the_service_can_touch_a_port_and_pins_and_little_else() -> None:
    analysed = subprocess.run(
        ("systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT)),
        capture_output=True,
        text=True,
        check=False,
    )
    exposure = re.search(r"Overall exposure level for \S+ ([\d.]+)", analysed.stdout)

    assert exposure, analysed.stderr
    assert float(exposure[1]) <= EXPOSURE_MAX
    text = UNIT.read_text()
    # It would hide what the kernel says of this start of the computer, which the clock reads.
    assert "ProcSubset=" not in text
    for needed in ("char-ttyUSB rw", "char-ttyACM rw", "char-ttyAMA rw", "char-gpiochip rw"):
        assert f"DeviceAllow={needed}" in text
