"""What holds for every test: the checkout is on the path, and garbage can wait.

Most of what a test makes lives as long as the test. Looking through it all at every few
hundred new objects, as Python does by itself, took a seventh of the suite's time.
"""

import gc

gc.set_threshold(50_000, 20, 50)
