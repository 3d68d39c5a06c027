"""Run every measurement, one after another: ``python -m bench``."""

from bench import acks, calls, ingest, server, small

for measurement in (acks, ingest, calls, small, server):
    print(f"\n{measurement.__doc__.splitlines()[0]}")
    measurement.main()
