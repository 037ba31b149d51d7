"""Where people take over: the desk, a Django project. Its rooms stand in the order of the data.

================  ================================================================
``main``          the ``demitasse-desk`` command, and what it is wired from
``startup``       what keeps a desk from starting, said in one line
``desk_config``   ``desk.toml`` as typed, frozen values; ``settings``: as Django's
``desk_keys``     the desk's own secrets on disk; ``desk``: read once a process
``checking``      everything that a desk needs, each with a verdict and the fix
``serving``       console and intake as two processes that end together
``authority``     which devices are let in: bundles, certificates, the desk's next keys
``broker``        one connection that carries envelopes in and out, and who keeps it going
``intake``        envelopes in: opened, judged, committed, acknowledged; what was not heard
``models``        what the desk remembers
``cases``         the one table of case states, and who may move a case
``casework``      what moves them: staff, the desk itself, the clock
``notices``       how people hear that they are needed, and that the desk is in order
``entrance``      who comes in, by password or organisation, and who only tried
``team``          who works here: accounts, skills, practice, hours, presence
``console``       the pages that staff see, their forms and their words
``keeping``       what must stay true over years: audit, retention, backups
================  ================================================================

Owners never meet Django, MQTT or a case number; staff never meet a device id.
"""
