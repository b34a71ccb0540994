"""Add a biography."""

import sqlalchemy as sa
from alembic import op

revision = "4d5e6f"
down_revision = "1a2b3c"


def upgrade() -> None:
    op.add_column("users", sa.Column("bio", sa.Text))


def downgrade() -> None:
    op.drop_column("users", "bio")
