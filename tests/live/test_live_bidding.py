"""Bidding over WebSockets against a server under its real entry point."""

from collections.abc import Callable

import requests
import websocket
from live_house import Client, LiveHouse, person
from requests.cookies import RequestsCookieJar

from auction.demo.client import RemotePerson


def test_two_bidders_outbid_each_other_and_everybody_hears_of_it(
    house: LiveHouse, client_of: Callable[..., Client]
) -> None:
    a, b, watcher = client_of("bidder-a"), client_of("bidder-b"), client_of()
    assert a.join()["plate"] == house.plates["bidder-a"]
    assert watcher.join()["plate"] is None
    b.join()

    first = a.bid(1549)
    assert first["ok"]
    assert first["code"] == "BID_ACCEPTED"
    assert "1,549 万元，您领先" in first["said"]["title"]
    second = b.bid(1649)
    assert second["state"]["leader"] == house.plates["bidder-b"]

    watcher.wait(lambda: any(n["state"]["price_fen"] == 1_649_000_000 for n in watcher.news))
    told = [r for n in watcher.news for r in n["records"] if r["kind"] == "bid"]
    assert [(r["plate"], r["amount_fen"]) for r in told] == [
        (house.plates["bidder-a"], 1_549_000_000),
        (house.plates["bidder-b"], 1_649_000_000),
    ]
    assert watcher.news[-1]["head"]["size"] == watcher.news[-1]["seq"]


def test_a_refused_bid_is_told_to_its_bidder_and_is_only_a_hash_to_the_others(
    house: LiveHouse, client_of: Callable[..., Client]
) -> None:
    a, b, watcher = client_of("bidder-a"), client_of("bidder-b"), client_of()
    for client in (a, b, watcher):
        client.join()
    a.bid(1549)
    refused = b.bid(1549)
    assert (refused["ok"], refused["code"]) == (False, "BID_TOO_LOW")
    assert refused["record"]["kind"] == "refused"
    assert refused["receipt"].startswith("c2sp.org/tlog-proof@v1")

    number = refused["record"]["seq"]
    watcher.wait(lambda: watcher.news and watcher.news[-1]["seq"] >= number)
    seen = [r for r in house.state()["records"] if r["seq"] >= number - 1]
    assert {r["kind"] for r in seen} == {"sealed"}
    assert all(set(r) == {"seq", "kind", "hash"} for r in seen)
    own = b.join()["records"]
    assert own[-1]["plate"] == house.plates["bidder-b"]
    proof = f"{house.origin}{house.path}/records/{number}.tlog-proof"
    assert requests.get(proof, timeout=10).status_code == 404


def test_resync_from_any_number_gives_what_a_full_look_gives(
    house: LiveHouse, client_of: Callable[..., Client]
) -> None:
    a, b = client_of("bidder-a"), client_of("bidder-b")
    a.join()
    b.join()
    for n, client in enumerate((a, b, a, b)):
        assert client.bid(1549 + 100 * n)["ok"]
    watcher = client_of()
    whole = watcher.join()
    assert [r["seq"] for r in whole["records"]] == list(range(1, whole["seq"] + 1))
    for after in range(whole["seq"] + 1):
        part = watcher.join(after)
        assert part["records"] == whole["records"][after:]
        assert part["head"] == whole["head"]
        assert house.state(after)["records"] == part["records"]


def test_the_same_statement_is_recorded_once_whichever_way_it_comes(
    house: LiveHouse, client_of: Callable[..., Client]
) -> None:
    a = client_of("bidder-a")
    a.join()
    signed = a.statement(1549)
    first = a.call("bid", signed)
    assert a.person is not None
    again = a.person.post_json(f"/my{house.path}/bids", signed)
    assert again["record"] == first["record"]
    assert again["said"] == first["said"]
    asked = a.person.get_json(f"/my{house.path}/bids/{first['statement']}")
    assert asked["record"] == first["record"]
    assert len([r for r in house.state()["records"] if r["kind"] == "bid"]) == 1


def test_who_watches_cannot_bid(house: LiveHouse, client_of: Callable[..., Client]) -> None:
    a, stranger, officer = client_of("bidder-a"), client_of(), client_of("auditor")
    unqualified = client_of("bidder-c")
    for client in (stranger, officer, unqualified):
        client.join()
    before = house.state()["seq"]
    assert a.call("bid", {})["code"] == "JOIN_FIRST"
    assert stranger.call("bid", {})["code"] == "NOT_SIGNED_IN"
    assert officer.call("bid", {})["code"] == "NOT_A_BIDDER"
    assert unqualified.bid(1549)["code"] == "NOT_QUALIFIED"
    assert unqualified.join()["plate"] is None
    assert house.state()["seq"] == before


def test_what_is_no_bid_is_refused_with_a_reason_and_not_recorded(
    house: LiveHouse, client_of: Callable[..., Client]
) -> None:
    a = client_of("bidder-a")
    a.join()
    before = house.state()["seq"]
    for payload in (None, "bid", [], {}, {"body": 7}, {"body": "{}"}):
        answer = a.call("bid", payload)
        assert not answer["ok"]
        assert answer["code"].startswith("STATEMENT")
        assert answer["said"]["title"]
    assert house.state()["seq"] == before


def test_only_pages_of_this_site_get_a_socket_and_only_as_websocket(house: LiveHouse) -> None:
    address = house.origin.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
    for origin, opens in ((house.origin, True), ("https://evil.example", False)):
        line = websocket.create_connection(address, origin=origin, timeout=10)
        try:
            assert line.recv().startswith("0{") is opens
        finally:
            line.shutdown()
    polling = requests.get(f"{house.origin}/socket.io/?EIO=4&transport=polling", timeout=10)
    assert polling.status_code == 400


def test_a_second_sign_in_with_the_same_certificate_closes_the_first_page(
    house: LiveHouse, client_of: Callable[..., Client]
) -> None:
    a = client_of("bidder-a")
    a.join()
    assert a.person is not None
    elsewhere = RemotePerson(house.origin, "bidder-a")
    elsewhere.key = a.person.key
    elsewhere.sign_in_again()
    elsewhere.http.close()
    assert a.call("bid", a.statement(1549))["code"] == "SESSION_TAKEN"
    a.wait(lambda: a.ended == [{"code": "SESSION_TAKEN"}])


def test_ticks_go_on_until_the_server_is_told_to_stop_and_ends_in_order(house: LiveHouse) -> None:
    watcher = Client(house).connect()
    joined = watcher.join()
    watcher.wait(lambda: len(watcher.ticks) >= 2)
    assert watcher.ticks[-1]["seq"] == joined["seq"]
    assert watcher.ticks[-1]["until_us"] == joined["state"]["until_us"]
    assert watcher.ticks[0]["now_us"] < watcher.ticks[-1]["now_us"]
    assert house.stop() == 0


def test_two_seats_in_one_browser_are_two_bidders(house: LiveHouse) -> None:
    seats = {}
    for mount, person_id in (("/seat/a", "bidder-a"), ("/seat/b", "bidder-b")):
        who = RemotePerson(house.origin + mount, person_id)
        who.sign_in()
        seats[mount] = Client(house, who)
    browser = RequestsCookieJar()
    for client in seats.values():
        browser.update(client.person.http.cookies)
    for mount, client in seats.items():
        client.person.http.cookies = browser
        client.connect(path=f"{mount}/socket.io")
        assert client.join()["plate"] == house.plates[client.person.person_id]


def test_a_round_runs_to_its_end_and_then_everything_is_open(
    new_house: Callable[..., LiveHouse],
) -> None:
    house = new_house(listing_seconds=20, countdown_seconds=15)
    a = Client(house, person(house, "bidder-a")).connect()
    b = Client(house, person(house, "bidder-b")).connect()
    a.join()
    b.join()
    assert a.bid(1549)["ok"]
    assert not b.bid(1549)["ok"]
    assert b.bid(1649)["ok"]
    a.wait(lambda: a.news[-1]["state"]["phase"] == "live", 30)
    raised = a.bid(1749)
    assert raised["record"]["deadline_us"] == raised["record"]["at_us"] + 15_000_000
    a.wait(lambda: a.news[-1]["state"]["phase"] == "award_pending", 30)
    end = house.state()
    assert end["state"]["leader"] == house.plates["bidder-a"]
    assert end["state"]["ended_at_us"] == raised["record"]["deadline_us"]
    assert "sealed" not in {r["kind"] for r in end["records"]}
    assert [r["reason"] for r in end["records"] if r["kind"] == "refused"] == ["BID_TOO_LOW"]
    late = b.bid(1849)
    assert late["code"] == "BID_LATE"


def test_killed_in_a_round_the_server_comes_back_with_every_acknowledged_bid(
    new_house: Callable[..., LiveHouse],
) -> None:
    house = new_house(listing_seconds=20, countdown_seconds=60)
    people = [person(house, "bidder-a"), person(house, "bidder-b")]
    clients = [Client(house, who).connect() for who in people]
    answers = []
    for n, client in enumerate(clients):
        client.join()
        answers.append(client.bid(1549 + 100 * n))
    clients[0].wait(lambda: clients[0].news and clients[0].news[-1]["state"]["phase"] == "live", 30)
    answers.append(clients[0].bid(1749))
    house.kill()
    house.start()
    after = house.state()
    recorded = {r["seq"]: r for r in after["records"]}
    for answer in answers:
        assert answer["ok"]
        assert recorded[answer["record"]["seq"]] == answer["record"]
    assert after["state"]["price_fen"] == 1_749_000_000
    assert after["state"]["phase"] in ("live", "suspended")
    back = Client(house, people[1]).connect()
    assert back.join()["state"]["leader"] == house.plates["bidder-a"]
