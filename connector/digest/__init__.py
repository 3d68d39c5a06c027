"""The weekly e-mail to the programme's staff: all is well, or these things.

It is counted from the programme's own rows; no name, no address and no answer of
anybody is in it.
"""
