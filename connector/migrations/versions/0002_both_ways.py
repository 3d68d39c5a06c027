"""What flows back, hints, watched forms and chores

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_budget",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("allowed", sa.Integer(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider", "account", "day"),
    )
    op.create_table(
        "chore_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("chore", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("programme", "chore"),
    )
    op.create_table(
        "form_watch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("design", sa.JSON(), nullable=False),
        sa.Column("design_version", sa.Text(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("programme", "provider", "form"),
    )
    op.create_table(
        "hint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("sightings", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("programme", "provider", "key"),
    )
    with op.batch_alter_table("hint", schema=None) as batch_op:
        batch_op.create_index(
            "hint_waiting", ["programme", "provider", "settled_at"], unique=False
        )

    op.create_table(
        "signing_secret",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("webhook", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("programme", "provider", "webhook"),
    )
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.Text(), nullable=True))
        batch_op.alter_column("kind", nullable=True)
        batch_op.alter_column("title", nullable=True)

    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.alter_column("state", nullable=True)

    with op.batch_alter_table("communication", schema=None) as batch_op:
        batch_op.add_column(sa.Column("clicks", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("unsubscribed", sa.Integer(), nullable=True))
        batch_op.alter_column("kind", nullable=True)
        batch_op.alter_column("title", nullable=True)
        batch_op.alter_column("sent_on", nullable=True)

    with op.batch_alter_table("evidence_note", schema=None) as batch_op:
        batch_op.alter_column("kind", nullable=True)
        batch_op.alter_column("noted_on", nullable=True)
        batch_op.alter_column("about", nullable=True)
        batch_op.alter_column("text", nullable=True)

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("participation_id", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("state", sa.Text(), nullable=True))
        batch_op.alter_column("match_id", nullable=True)
        batch_op.alter_column("held_on", nullable=True)
        batch_op.create_index(
            batch_op.f("ix_session_participation_id"),
            ["participation_id"],
            unique=False,
        )
        batch_op.create_foreign_key(
            "session_participation", "participation", ["participation_id"], ["id"]
        )


def downgrade() -> None:
    # What flows back cannot be told in the older tables; the tools hold it still.
    for table in ("attendance", "session", "activity", "communication"):
        op.execute(sa.table(table).delete())
    op.execute(sa.table("evidence_note").delete())
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_constraint("session_participation", type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_session_participation_id"))
        batch_op.alter_column("held_on", nullable=False)
        batch_op.alter_column("match_id", nullable=False)
        batch_op.drop_column("state")
        batch_op.drop_column("participation_id")

    with op.batch_alter_table("evidence_note", schema=None) as batch_op:
        batch_op.alter_column("text", nullable=False)
        batch_op.alter_column("about", nullable=False)
        batch_op.alter_column("noted_on", nullable=False)
        batch_op.alter_column("kind", nullable=False)

    with op.batch_alter_table("communication", schema=None) as batch_op:
        batch_op.alter_column("sent_on", nullable=False)
        batch_op.alter_column("title", nullable=False)
        batch_op.alter_column("kind", nullable=False)
        batch_op.drop_column("unsubscribed")
        batch_op.drop_column("clicks")

    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.alter_column("state", nullable=False)

    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.alter_column("title", nullable=False)
        batch_op.alter_column("kind", nullable=False)
        batch_op.drop_column("state")

    op.drop_table("signing_secret")
    with op.batch_alter_table("hint", schema=None) as batch_op:
        batch_op.drop_index("hint_waiting")

    op.drop_table("hint")
    op.drop_table("form_watch")
    op.drop_table("chore_run")
    op.drop_table("call_budget")
