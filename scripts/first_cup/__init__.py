"""``./scripts/demo``: the whole path from a sensor to a person and back, in a minute.

The device path is the real one; only the clock, the machine and the broker's address are
the demonstration's own. ``director`` wires these parts and has no other job:

===================  =============================================================
``options``          what the viewer asks for
``virtual_clock``    the one clock; weeks pass on it in a minute
``household``        what a household is: when coffee is made, when the device is off
``resident``         one with habits, made up from a seed, and three stories
``replay``           one out of a real history
``broker``           an MQTT 5 broker on a free port (Mosquitto or rumqttd)
``desk``             the real ``demitasse-desk``, with staff, in a temporary folder
``witness``          counts what the broker carried, and can read none of it
``reviewer``         works the console's forms where no viewer does; reads ``pages``
``steps``            what happened, as frozen records
``narrator``         tells them, keeps their order, fills in days and weeks (``tally``)
``human_voice``      in words, on a ``terminal``; its ``phrases`` in French and English
``json_voice``       one JSON object a line
``path``             whether everything promised has happened
``child``            processes that never outlive the demonstration (``tether``)
===================  =============================================================

How they fit together, without the device::

    with Broker(folder) as broker, Witness(broker.port) as witness:
        home = Resident(story=Story.SURGE, seed=7, today=today)
        clock = VirtualClock(start)
        with Desk(folder / "desk", broker_port=broker.port,
                  timezone=home.timezone, language=language) as desk:
            answer = desk.sign(request_made_with(desk.bundle()))
            desk.time_is(clock.utc)
            console = desk.serve()
            narrator = Narrator(voice, Tally(timezone=home.timezone, starts_at=start,
                                             days_from=home.breaks_on))
            narrator.tell(Started(...))
            for brew in home.brews(home.first_day, home.last_day):
                clock.advance_to(brew.at)  # the machine brews, the device sees it
                narrator.tell(Brew(at=clock.utc, number=1, water_ml=brew.water_ml))
            reviewer = ScriptedReviewer(console)
            reviewer.log_in(login.username, login.password)
            while (case := reviewer.find_case()) is None:
                ...  # let the device live on
            reviewer.claim(case)
            reviewer.decide(case, choice="call", reason="…")
            missing = narrator.path.missing(Ending.DECIDED)  # None: exit 0

Nothing here has global state, and nothing but ``broker``, ``desk``, ``witness``,
``reviewer`` and ``child`` touches the world outside.
"""
