"""What alembic runs: the migrations, on the connection that `ingest.database.migrate` hands over."""

from alembic import context

from alerts.schema import metadata
from ingest import schema  # noqa: F401 - its tables join the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
