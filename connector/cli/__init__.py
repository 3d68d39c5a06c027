"""The command line. Everything heavy is imported inside the command that needs it."""


def main() -> None:
    """Run the ``vidensbro`` command; it ends the process with its exit code."""
    from connector.cli import lifeline
    from connector.cli.root import root

    lifeline.follow()
    root(prog_name="vidensbro")
