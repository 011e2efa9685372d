"""A component of the tests: an HTTP server on PORT that does what its path says."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = os.environ["PORT"]
PIECE = 1 << 16


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/health":
            sick = os.path.exists(f"sick-{PORT}")
            self.answer("sick" if sick else "well", 500 if sick else 200)
        elif self.path == "/who":
            self.answer(PORT)
        elif self.path == "/headers":
            self.answer(json.dumps([[name.lower(), value] for name, value in self.headers.items()]))
        elif self.path == "/die":
            os._exit(3)
        elif self.path == "/half":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
            self.wfile.flush()
            os._exit(4)
        elif self.path == "/upgrade":
            self.upgrade()
        else:
            self.answer("no such path", 404)

    def do_POST(self):
        left = int(self.headers.get("Content-Length", 0))
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while left:
            piece = self.rfile.read1(min(left, PIECE))
            left -= len(piece)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def upgrade(self):
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", self.headers["Upgrade"])
        self.end_headers()
        self.close_connection = True
        while piece := self.rfile.read1(PIECE):
            self.wfile.write(piece.upper())
            self.wfile.flush()

    def answer(self, text, status=200):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Keep-Alive", "timeout=5")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, text, *values):
        if self.path != "/health":
            print(text % values, file=sys.stderr, flush=True)


ThreadingHTTPServer(("127.0.0.1", int(PORT)), Handler).serve_forever()
