"""`vidensbro sandbox`: the stand-ins of the hosted tools, started by hand."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--port", default=8001, show_default=True, help="Port on this machine.")
@click.option(
    "--path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that keeps its records; without it they are gone when it stops.",
)
@click.option("--audience", default="demo-audience", show_default=True,
              help="Id of its one newsletter audience.")  # fmt: skip
def sandbox(port: int, path: Path | None, audience: str) -> None:
    """Run HubSpot, Mailchimp, SurveyMonkey and Typeform, small and local.

    Give their base URLs to the service as you would the real ones:
    http://127.0.0.1:PORT/hubspot, /mailchimp/3.0, /surveymonkey/v3 and /typeform.
    """
    from werkzeug.serving import WSGIRequestHandler, make_server

    from connector.demo import sandbox_options
    from sandbox.app import create_sandbox
    from sandbox.store import Store

    class Quiet(WSGIRequestHandler):
        """Keep-alive, and no line a request: the service asks every few seconds."""

        protocol_version = "HTTP/1.1"

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    store = Store(str(path) if path else None)
    app = create_sandbox(store, options=dict(sandbox_options(audience)))
    try:
        server = make_server(
            "127.0.0.1", port, app, threaded=True, request_handler=Quiet
        )
    except SystemExit as error:  # werkzeug's own way of saying that it cannot
        raise click.ClickException(
            f"Port {port} is taken on this machine. Choose another: --port 8011"
        ) from error
    click.echo(f"The sandbox answers at http://127.0.0.1:{port}/  Stop: Ctrl-C")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        store.close()
