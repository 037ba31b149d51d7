"""The owner's page: a process of its own beside the device, on this computer; and, for ten
minutes after the button was held for five seconds, on the home network.

It reads the device's store, edits the owner's file like an editor would, and leaves the
device word of what the owner wants. It writes no ledger and sends nothing: only the device
does. Nothing on it comes from elsewhere, and it works without a line of JavaScript.

==============  ==================================================================
``markup``      HTML that cannot be broken by what people write
``phrases``     every sentence, in English and in French, one table a page
``household``   what there is to show, read once a request
``gate``        who may look: Host, key, session, and a token in every form
``pages``       values in, markup out: ``frame`` around ``today``, ``noticed``, ``gone_out``,
                ``switches`` and ``everything``
``smile``       what the first page begins with; ``afterwards``: what it asks about what was
``exchange``    what a browser asks for and what it gets, as values
``looking``     what can be seen and taken away
``forms``       what each form does
``inside``      what whoever was let in can see and do
``site``        a request in, a response out
``http_edge``   bytes in, a request out, within limits
``server``      HTTP, also from a socket that systemd holds
==============  ==================================================================

And for the home network, loaded only where and while it is needed:

===============  =================================================================
``opening``      what device and page tell each other about a press
``doorway``      the device's side: numbers for the light, and until when
``pairing``      the one browser that was let in
``home_gate``    who may look, and for how long
``door``         the form for the numbers
``home_site``    a request in, a response out
``certificate``  with what the page proves itself
``home_server``  HTTPS, while it is open
``at_home``      where it is found, for ``demitasse status`` and the page itself
===============  =================================================================
"""
