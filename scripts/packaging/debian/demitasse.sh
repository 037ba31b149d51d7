#!/bin/sh
# The device's one command, with the environment that fits this system's Python.
home=/opt/demitasse
here=$(readlink -f /usr/bin/python3)
for python in "$here" /usr/bin/python3.13 /usr/bin/python3.11; do
    mine=$home/${python##*/}/bin/python
    if [ -x "$mine" ]; then
        exec "$mine" -P -m agent.main "$@"
    fi
done
echo "demitasse: needs Python 3.11 or 3.13 of Debian: sudo apt install python3" >&2
exit 2
