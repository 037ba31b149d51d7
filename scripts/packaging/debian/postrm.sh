#!/bin/sh
set -e
units="demitasse.service demitasse-page.socket demitasse-page-home.path"

if [ "$1" = remove ] && command -v deb-systemd-helper > /dev/null; then
    deb-systemd-helper mask $units > /dev/null || true
fi
if [ "$1" = purge ]; then
    if command -v deb-systemd-helper > /dev/null; then
        deb-systemd-helper purge $units > /dev/null || true
        deb-systemd-helper unmask $units > /dev/null || true
    fi
    # Brews, keys, ledger and whatever else the device knew. `demitasse forget`, before this,
    # is the way that also asks the desk to erase its part.
    rm -rf /var/lib/demitasse /etc/demitasse
    if getent passwd demitasse > /dev/null; then
        userdel demitasse || true
    fi
fi
if [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload > /dev/null || true
fi
