"""How readings come in: from bytes and edges to the readings of ``wire``.

Drivers do no I/O: bytes and a time go in, readings come out. The same driver therefore
serves the port, ``demitasse decode``, the tests and the fuzzer. Bridges listen; all that
one may send are requests that read, never a command that changes a machine.

=====================  ===========================================================
``driver``             what a driver is, and how one is found by name
``profile``            which driver, pins and limits a machine has
``load_cell``          what its load cell's counts weigh

``reference``          the driver of the reference protocol
``jura_v1``            the driver of Jura machines, polled, read-only
``philips_2200``       the driver of the Philips 2200 and 3200, by their lamps
``philips_5400``       the driver of the Philips 5400
``lelit_gicar``        the driver of the Lelit Bianca and Elizabeth
``gicar_inverted``     its frames, where the wiring did not turn them round
``lelit_marax``        the driver of the Lelit MaraX
``decent_de1``         the driver of the Decent DE1

``listener``           what every driver does that listens
``link``               whether the controller is still heard
``steady``             when a state that a machine shows is to be believed
``brew_span``          when a machine that shows "brewing" has made a brew
``frame_scanner``      binary frames in a stream
``text_lines``         lines of text in a stream
``tally``              what was seen of a line, counted by one meaning
``reference_frames``   the frames of the reference protocol
``reference_codec``    those frames as payloads
``reference_line``     those payloads as they travel
``cobs``               their byte stuffing
``jura_lines``         the lines of a Jura, of which each byte carries two bits
``jura_requests``      all that may be sent to a Jura
``jura_map``           what the registers of a Jura model mean

``machine_source``     opens what a profile describes: a port, two ports, or pins
``serial_source``      a serial port as a source of readings
``two_ports``          two of them, for a machine that is listened to on two lines
``misread``            recognises an inverted line and another speed
``uart``               what a receiver makes of a line, bit by bit
``typical``            what a machine usually says

``gpio_source``        bare sensors on the pins of a Pi as a source of readings
``bare_machine``       what those sensors show becomes readings
``bare_sensors``       which of them a profile names
``analogue``           temperature, pressure and level from voltages
``flow_meter``         water from pulses, and when some were lost
``water_brew``         brews from water and pressure
``gpio``               the light and the button on the pins of a Pi
``pins``               claims a pin, or says why that cannot be

``twin``               the firmware of the reference controller, in Python
``twin_sensing``       its pins: temperature, level, tank switch
``twin_dose``          its load cell
``twin_brewing``       its brews
``twin_memory``        its counters, kept through power cuts
``simulated_machine``  a coffee machine around that twin
``boiler``             its boiler
``simulated_makes``    machines of other makes, by what their lines say
``misbehaving``        any of them on a bad line
``pty_machine``        a machine on a real pty

``decode``             ``demitasse decode``: what do these bytes say?
``recording``          reads a recording, bytes or hex
``reading_lines``      writes readings as lines
``live``               ``demitasse decode --live``: what does this port say?
``simulate``           ``demitasse simulate``: a machine to talk to
=====================  ===========================================================

``PROTOCOL.md`` describes the reference protocol, ``vectors.json`` proves that Python and
C agree on it, and ``firmware/`` is the controller itself.
"""
