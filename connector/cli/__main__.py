"""``python -m connector.cli`` is ``vidensbro``."""

from connector.cli import main

main()
