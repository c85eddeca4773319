#!/usr/bin/python3
"""The smallest BitTorrent tracker (BEP 3, 7, 23): `tracker.py PORT`. Keeps everyone who announced, in memory."""
import socket
import struct
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

# Seconds between announces. Short, so that peers which start together soon know all of one another.
INTERVAL = 3

swarms = {}


class Tracker(BaseHTTPRequestHandler):
    def do_GET(self):
        query = urlsplit(self.path).query
        fields = dict(part.split('=', 1) for part in query.split('&') if '=' in part)
        address = (self.client_address[0].removeprefix('::ffff:'), int(parse_qs(query)['port'][0]))
        swarm = swarms.setdefault(unquote_to_bytes(fields['info_hash']), {})
        others = [other for other in swarm if other != address]
        peers = b''.join(socket.inet_aton(host) + struct.pack('>H', port) for host, port in others if ':' not in host)
        peers6 = b''.join(socket.inet_pton(socket.AF_INET6, host) + struct.pack('>H', port) for host, port in others if ':' in host)
        if fields.get('event') == 'stopped':
            swarm.pop(address, None)
        else:
            swarm[address] = True
        answer = b'd8:intervali%de12:min intervali%de5:peers%d:%s6:peers6%d:%se' % (
            INTERVAL, INTERVAL, len(peers), peers, len(peers6), peers6)
        self.send_response(200)
        self.send_header('Content-Length', str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        print(address[0], flush=True)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    address_family = socket.AF_INET6  # and IPv4 by mapped addresses


if __name__ == '__main__':
    server = Server(('', int(sys.argv[1])), Tracker)
    print('ready', flush=True)
    server.serve_forever()
