"""How readings come in: from bytes and edges to the readings of ``wire``.

Drivers do no I/O: bytes and a time go in, readings come out. The same driver therefore
serves the port, ``demitasse decode``, the tests and the fuzzer. Bridges listen; all that
one may send are requests that read, never a command that changes a machine.

==================  ==========================================================
``driver``          what a driver is, and how one is found by name
``profile``         which driver, pins and limits a machine has
``load_cell``       what its load cell's counts weigh
``lines``           what every driver shares that listens to a line
``reference``       the reference protocol and its driver
``makes``           the drivers of machines on the market
``machine_source``  opens what a profile describes: a port, two ports, or pins
``ports``           serial ports as sources of readings
``pins``            the pins of a Pi: bare sensors, light and button
``simulation``      machines to talk to where there is none
``decode``          ``demitasse decode``: what do these bytes say?
``recording``       reads a recording, bytes or hex
``reading_lines``   writes readings as lines
``live``            ``demitasse decode --live``: what does this port say?
``simulate``        ``demitasse simulate``: a machine to talk to
==================  ==========================================================

``PROTOCOL.md`` describes the reference protocol, ``vectors.json`` proves that Python and
C agree on it, and ``firmware/`` is the controller itself.
"""
