"""On the Pi: from readings to a question at home and, if need be, an alert.

The core takes values and returns values:

==================  ==============================================================
``brews``           readings → brews
``exposure``        when could a brew have been seen?
``metering``        gives a brew its volume, where only the flow is told
``device_check``    is the machine sound? Its rooms are in ``checks``
``faults``          which faults are known, so that each is told once
``routine``         what is usual here, and has it changed? (``observed_days``,
                    ``baseline``, ``departures``, ``budget``)
``answers``         what the owner's answers teach
``concerns``        what to do about a change: the table, and which move is due
``grace``           how long has the question waited?
``consent``         may this leave the house? (``consent_file``, ``notices``)
``settings``        what the operator configured
==================  ==============================================================

The shell does what it is told:

==================  ==============================================================
``main``            the ``demitasse`` command; wires bridge and agent
``assembly``        settings in, a device out
``device``          the loop: follow consent, observe, care, serve, send
``observer``        keeps what was seen, and the routine, between steps and restarts
``care``            sees a concern through
``service``         takes a fault to a technician
``machine_memory``  keeps the last device check, and how long warming up takes
``absence``         notes coffee that is made during a pause
``letters``         writes the messages
``mailroom``        slots, acknowledgements, what comes back
``publisher``       MQTT
``consent_keeper``  keeps file and ledger in agreement
``store``           SQLite; its tables: ``ledger``, ``outbox``, ``memory``
``key_files``       the device's identity; ``desk_pin``: whose it is; ``desk_seal``: sealing
``broker_events``   what the line to the broker tells
``enrolment``       a bundle becomes a certificate; ``enrolment_line``: over HTTPS
``certificates``    that certificate and its key; ``renewal``: the next one in time
``durable_file``    writes a small file whole or not at all
``clock``           the kernel's
``journal``         what the agent tells about itself
``history``         reads recorded histories; ``backtest`` replays them
``routine_report``  ``demitasse routine``; ``routine_chart`` and ``routine_phrases``
``diagnosis``       ``demitasse check`` and ``demitasse diag``
``home_report``     ``demitasse status``; ``consent_report``: ``demitasse consent show``
``commands``        what the other words after ``demitasse`` do
``page``            the owner's page: a process of its own
``beside``          what both of them do for the owner beside a running device
``errands``         what they ask of the device; ``owner_wishes``, ``farewell`` do it
``consent_editor``  changes the owner's file, and nothing in it that was not asked for
``exporting``       everything to take away; ``withheld``: what is not in it
``forgetting``      erases, with a proof; ``retention``: what is old goes by itself
==================  ==============================================================
"""
