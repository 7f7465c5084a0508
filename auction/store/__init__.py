"""What is kept: tables, the logs' rows, projections of the lots, queries, migrations."""
