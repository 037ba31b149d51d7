#!/bin/sh
set -e

if [ "$1" = remove ] && command -v deb-systemd-helper > /dev/null; then
    deb-systemd-helper mask demitasse.service demitasse-page.socket > /dev/null || true
fi
if [ "$1" = purge ]; then
    if command -v deb-systemd-helper > /dev/null; then
        deb-systemd-helper purge demitasse.service demitasse-page.socket > /dev/null || true
        deb-systemd-helper unmask demitasse.service demitasse-page.socket > /dev/null || true
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
