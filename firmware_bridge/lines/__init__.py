"""What every driver shares that listens: frames, lines of text, the link, what is steady.

=================  ===================================================
``listener``       what every driver does that listens
``link``           whether the controller is still heard
``steady``         when a state that a machine shows is to be believed
``brew_span``      when a machine that shows "brewing" has made a brew
``frame_scanner``  binary frames in a stream
``text_lines``     lines of text in a stream
``tally``          what was seen of a line, counted by one meaning
``misread``        recognises an inverted line and another speed
``uart``           what a receiver makes of a line, bit by bit
=================  ===================================================
"""
