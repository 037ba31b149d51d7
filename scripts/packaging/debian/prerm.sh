#!/bin/sh
set -e

if [ -d /run/systemd/system ] && [ "$1" = remove ]; then
    deb-systemd-invoke stop demitasse.service demitasse-page.socket demitasse-page.service \
        demitasse-page-home.path demitasse-page-home.service > /dev/null || true
fi
# What postinst compiled belongs to no package; the next version compiles its own.
find /opt/demitasse -type d -name __pycache__ -prune -exec rm -rf {} +
