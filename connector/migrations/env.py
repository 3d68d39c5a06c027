"""Alembic's entry: the tables of the whole service, on the URL it is given."""

from alembic import context

from connector.schema import METADATA


def run() -> None:
    """Run the migrations on the connection handed in by ``connector.schema``."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=METADATA,
        render_as_batch=True,
        compare_type=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
