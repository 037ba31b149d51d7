"""``demitasse-desk check``: everything that a desk needs, each with a verdict and the fix.

It reads, and changes nothing: it works before the desk was ever started, beside one that
serves, and with half of it missing. Each look stands alone, so that one that fails hides no
other. *wrong* keeps the desk, or its alarm, from doing its work; *look* is worth a thought.
"""
