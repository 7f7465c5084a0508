"""The server under its real entry point takes the path that its settings say."""

import websocket
from direct_pages import client_frame
from live_house import LiveHouse

from auction.live.direct.frames import CLOSE, TEXT


def test_only_the_direct_path_names_the_fault_in_its_close_frame(
    house: LiveHouse, socket_path: str
) -> None:
    address = house.origin.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
    line = websocket.create_connection(address, timeout=10)
    try:
        assert line.recv().startswith("0{")
        line.sock.sendall(client_frame(TEXT, b"42", head=0xC0))
        opcode, body = line.recv_data(control_frame=True)
        assert opcode == CLOSE
        assert body[:2] == (b"\x03\xea" if socket_path == "auto" else b"")
    finally:
        line.shutdown()
