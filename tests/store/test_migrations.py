"""Migrations: they lead to exactly the models' tables, and back to nothing, on both databases."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect

from auction.store import migrate
from auction.store.models import Base


def differences(engine: Engine) -> list[object]:
    """What a new migration would have to do; before the first release:
    `python -m auction.store.migrate regenerate`."""
    with engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def test_there_is_one_newest_revision() -> None:
    assert len(migrate.heads()) == 1


def test_an_empty_database_is_brought_to_the_tables_of_the_models(empty_engine: Engine) -> None:
    assert migrate.current(empty_engine) is None
    assert differences(empty_engine)
    migrate.upgrade(empty_engine)
    assert differences(empty_engine) == []
    assert (migrate.current(empty_engine),) == migrate.heads()


def test_down_to_nothing_and_up_again(empty_engine: Engine) -> None:
    migrate.upgrade(empty_engine)
    migrate.downgrade(empty_engine, "base")
    assert inspect(empty_engine).get_table_names() == ["alembic_version"]
    assert migrate.current(empty_engine) is None
    migrate.upgrade(empty_engine)
    assert differences(empty_engine) == []


def test_a_second_upgrade_changes_nothing(empty_engine: Engine) -> None:
    migrate.upgrade(empty_engine)
    migrate.upgrade(empty_engine)
    assert differences(empty_engine) == []


def test_a_url_will_do(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new 50%.sqlite3'}"
    migrate.upgrade(url)
    assert (migrate.current(url),) == migrate.heads()


def test_migrations_stand_alone() -> None:
    """An old migration must still run when the code it was written with is gone."""
    for file in (Path(migrate.__file__).parent / "migrations" / "versions").glob("*.py"):
        assert "auction" not in file.read_text(encoding="utf-8").replace("auctioneer", "")
