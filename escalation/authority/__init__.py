"""Who may come in: enrolment bundles, certificates, revocation, and the desk's next keys.

``local_ca``   a small certificate authority whose keys are files: the embedded default
``signing``    which authority signs: that one, or a maker's own through a command
``bundles``    what a device is given to find its desk and to be let in
``enrolling``  judges a device's request and answers it; ``views`` carries that over HTTPS
``register``   what was let in, until when, and what was revoked; the revocation list
               (``revoked_file`` keeps that beside the keys, whatever backup is put back)
``rotation``   the desk's next keys, and how devices learn of them (``generations``: which
               of them each device has)
``commands``   ``demitasse-desk authority …``

Everything that may be asked over the network is judged in ``enrolling`` alone.
"""
