"""How readings come in: from bytes and edges to the readings of ``wire``.

Drivers do no I/O: bytes and a time go in, readings come out. The same driver therefore
serves the port, ``demitasse decode``, the tests and the fuzzer. Bridges listen; all that
one may send is a request to introduce itself, never a command that changes a machine.

=====================  ===========================================================
``driver``             what a driver is, and how one is found by name
``reference``          the driver of the reference protocol
``reference_frames``   its frames: bytes to typed facts and back
``cobs``               its byte stuffing
``link``               whether the controller is still heard
``profile``            which driver, pins and limits a machine has
``options``            its file: strict reading, errors that say what to do
``serial_source``      a serial port as a source of readings
``gpio``               the light and the button on the pins of a Pi
``twin``               the firmware of the reference controller, in Python
``twin_sensing``       its pins: temperature, level, tank switch
``twin_brewing``       its brews
``twin_memory``        its counters, kept through power cuts
``simulated_machine``  a coffee machine around that twin
``boiler``             its boiler
``pty_machine``        that machine on a real pty
``decode``             ``demitasse decode``: what do these bytes say?
``simulate``           ``demitasse simulate``: a machine to talk to
=====================  ===========================================================

``PROTOCOL.md`` describes the reference protocol, ``vectors.json`` proves that Python and
C agree on it, and ``firmware/`` is the controller itself.
"""
