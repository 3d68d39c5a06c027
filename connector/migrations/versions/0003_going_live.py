"""Corrections, matters and their tasks, forms that were made, and the worker's pulse

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "chore_run",
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_correction_delivery_id", "correction", ["delivery_id"])
    op.add_column(
        "address", sa.Column("wrong_since", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "digest_sent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("programme", "week"),
    )
    op.create_table(
        "form_made",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("round", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("programme", "provider", "mapping", "language", "round"),
    )
    op.create_table(
        "matter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("task_state", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("placed", sa.Text(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("programme", "key"),
    )
    op.create_table(
        "pulse",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    _links_anew(one_a_kind=False)


def _links_anew(*, one_a_kind: bool) -> None:
    """Let a participation have several links of a kind, or the oldest alone.

    The constraint that forbids several bears another name on every database, so the
    table is made anew.
    """
    rules = [sa.UniqueConstraint("participation_id", "kind")] if one_a_kind else []
    op.create_table(
        "evaluation_link_anew",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("participation_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["participation_id"], ["participation.id"]),
        sa.PrimaryKeyConstraint("token"),
        *rules,
    )
    columns = "token, programme, participation_id, kind, created_at"
    only = (
        " WHERE NOT EXISTS (SELECT 1 FROM evaluation_link AS other"
        " WHERE other.participation_id = evaluation_link.participation_id"
        " AND other.kind = evaluation_link.kind"
        " AND (other.created_at < evaluation_link.created_at"
        " OR (other.created_at = evaluation_link.created_at"
        " AND other.token < evaluation_link.token)))"
    )
    op.execute(
        f"INSERT INTO evaluation_link_anew ({columns})"  # noqa: S608 - our own words
        f" SELECT {columns} FROM evaluation_link" + (only if one_a_kind else "")
    )
    op.drop_table("evaluation_link")
    op.rename_table("evaluation_link_anew", "evaluation_link")
    op.create_index(
        "ix_evaluation_link_participation_id", "evaluation_link", ["participation_id"]
    )


def downgrade() -> None:
    op.drop_index("ix_evaluation_link_participation_id", table_name="evaluation_link")
    _links_anew(one_a_kind=True)
    op.drop_index("ix_evaluation_link_participation_id", table_name="evaluation_link")
    op.drop_table("pulse")
    op.drop_table("matter")
    op.drop_table("form_made")
    op.drop_table("digest_sent")
    op.drop_column("address", "wrong_since")
    op.drop_index("ix_correction_delivery_id", table_name="correction")
    op.drop_table("correction")
    with op.batch_alter_table("chore_run") as table:
        table.drop_column("failing_since")
