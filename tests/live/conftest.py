"""A running server for each test, and sockets that are closed after it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from direct_pages import Server
from live_house import Client, LiveHouse, person


@pytest.fixture(params=["auto", "stock"])
def socket_path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two ways in which the sockets of a server may be served."""
    path: str = request.param
    monkeypatch.setenv("AUCTION_SOCKET_PATH", path)
    return path


@pytest.fixture
def new_house(tmp_path: Path, socket_path: str) -> Iterator[Callable[..., LiveHouse]]:
    """`new_house(countdown_seconds=15)`: a running server with a lot and three bidders."""
    made: list[LiveHouse] = []

    def make(**durations: int) -> LiveHouse:
        folder = tmp_path / f"data-{len(made)}"
        folder.mkdir()
        house = LiveHouse(folder, **durations)
        made.append(house)
        house.open_lot(["bidder-a", "bidder-b"], unqualified=["bidder-c"])
        house.start()
        return house

    yield make
    for house in made:
        for client in house.clients:
            client.close()
        house.stop()


@pytest.fixture
def house(new_house: Callable[..., LiveHouse]) -> LiveHouse:
    return new_house()


@pytest.fixture
def client_of(house: LiveHouse) -> Callable[..., Client]:
    """`client_of("bidder-a")`: a socket with this person's session; None watches."""

    def make(person_id: str | None = None) -> Client:
        return Client(house, person(house, person_id) if person_id else None).connect()

    return make


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """`new_server(path="stock")`: a running server of direct_server.py."""
    made: list[Server] = []

    def make(**settings: Any) -> Server:
        server = Server(tmp_path / f"direct-{len(made)}.log", **settings)
        made.append(server)
        return server.start()

    yield make
    for server in made:
        server.stop()
