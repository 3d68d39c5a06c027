"""Run every measurement, one after another: ``python -m bench``."""

from bench import acks, calls, ingest, small

for measurement in (acks, ingest, calls, small):
    print(f"\n{measurement.__doc__.splitlines()[0]}")
    measurement.main()
