#!/bin/sh
set -e

if [ "$1" = configure ]; then
    getent group gpio > /dev/null || groupadd --system gpio
    if ! getent passwd demitasse > /dev/null; then
        useradd --system --user-group --home-dir /var/lib/demitasse --no-create-home \
            --shell /usr/sbin/nologin --comment "Demitasse" demitasse
    fi
    usermod --append --groups dialout,gpio demitasse
    install -d -o demitasse -g demitasse -m 0700 /var/lib/demitasse
    # The owner's word: nobody else on this computer reads it. The page replaces it whole, in
    # this folder, where everybody may replace no file but their own.
    chown demitasse:demitasse /etc/demitasse/consent.toml
    chmod 0600 /etc/demitasse/consent.toml
    chown root:demitasse /etc/demitasse
    chmod 1775 /etc/demitasse

    # Compiled here, once: the root file system may be read-only afterwards.
    for python in 3.11 3.13; do
        if [ -x "/usr/bin/python$python" ]; then
            for folder in /opt/demitasse/common "/opt/demitasse/python$python/lib"; do
                "/usr/bin/python$python" -m compileall -q -j 0 \
                    --invalidation-mode unchecked-hash "$folder" > /dev/null
            done
        fi
    done

    for unit in demitasse.service demitasse-page.socket demitasse-page-home.path; do
        deb-systemd-helper unmask "$unit" > /dev/null || true
        if deb-systemd-helper --quiet was-enabled "$unit"; then
            deb-systemd-helper enable "$unit" > /dev/null || true
        fi
    done
    if [ -d /run/systemd/system ]; then
        systemctl --system daemon-reload > /dev/null || true
        udevadm control --reload || true
        udevadm trigger --subsystem-match=tty --subsystem-match=gpio || true
        deb-systemd-invoke restart demitasse.service demitasse-page.socket \
            demitasse-page-home.path > /dev/null || true
    fi
    if [ -z "$2" ]; then
        echo "Demitasse is installed, and everything is off: nothing is learned or sent."
        echo "What it sees:  demitasse check      What an owner can allow:  demitasse notice"
    fi
fi
