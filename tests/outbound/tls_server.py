"""A server of our own with a certificate of our own."""

import socket
import ssl
import threading
import time
from pathlib import Path

PUBLIC = "93.184.215.14"
NAME = "images.example"


class Server:
    """Answers each connection with the next script, over TLS; remembers requests and the names TLS asked for."""

    def __init__(self, certificate: Path) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self.names: list[str | None] = []
        self.requests: list[bytes] = []
        self.answers: list[list[bytes]] = []
        self.pause = 0.0
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self.listening.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(plain, server_side=True) as secured:
                    self.requests.append(secured.recv(65_536))
                    for piece in self.answers.pop(0):
                        secured.sendall(piece)
                        time.sleep(self.pause)
            except OSError:
                continue
