#!/usr/bin/python3
"""DHT nodes of libtorrent for interop tests: `libtorrent-nodes.py ADDRESS...`, one session an address.

Reads one JSON command a line on standard input, answers each with one JSON line, ends when the input closes.
Bytes are hexadecimal.
"""
import hashlib
import json
import sys
import time
import warnings

import libtorrent as lt

warnings.simplefilter('ignore', DeprecationWarning)

SETTINGS = {
    'enable_dht': True, 'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
    # All nodes have loopback addresses.
    'dht_restrict_routing_ips': False, 'dht_restrict_search_ips': False, 'dht_ignore_dark_internet': False,
    'dht_prefer_verified_node_ids': False, 'dht_bootstrap_nodes': '', 'dht_block_ratelimit': 1000,
    'dht_upload_rate_limit': 1000000, 'alert_queue_size': 5000,
    'alert_mask': lt.alert.category_t.dht_notification | lt.alert.category_t.dht_operation_notification,
}


def sha1_of(text):
    return lt.sha1_hash(bytes.fromhex(text))


class Nodes:
    def __init__(self, addresses):
        self.sessions = [lt.session({**SETTINGS, 'listen_interfaces': one + ':0'}) for one in addresses]
        self.addresses = addresses

    def start(self):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not all(one.listen_port() for one in self.sessions):
            time.sleep(0.05)
        endpoints = [[a, s.listen_port()] for a, s in zip(self.addresses, self.sessions)]
        for session in self.sessions:
            for address, port in endpoints:
                if port != session.listen_port():
                    session.add_dht_node((address, port))
        return {'endpoints': endpoints}

    def sizes(self):
        return {'sizes': [one.status().dht_nodes for one in self.sessions]}

    def forget(self):
        for session in self.sessions:
            session.pop_alerts()

    def announce(self, node, name):
        """As the peer of a torrent: the binding has no type for the flags of `dht_announce`."""
        params = lt.parse_magnet_uri('magnet:?xt=urn:btih:' + name)
        params.save_path = '/nonexistent'
        self.sessions[node].add_torrent(params).force_dht_announce()
        return {}

    def find(self, node, name):
        self.sessions[node].dht_get_peers(sha1_of(name))
        found = set()
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline and not found:
            for alert in self.alerts(node):
                if alert.what() == 'dht_get_peers_reply' and str(alert.info_hash) == name:
                    found.update((ip, port) for ip, port in alert.peers())
        return {'peers': sorted(found)}

    def put(self, node, value):
        return {'target': str(self.sessions[node].dht_put_immutable_item(value))}

    def get(self, node, target):
        self.sessions[node].dht_get_immutable_item(sha1_of(target))
        for alert in self.wait(node, 'dht_immutable_item'):
            if str(alert.target) == target:
                return {'value': as_text(alert.item['value'] if isinstance(alert.item, dict) else alert.item)}
        return {}

    def put_mutable(self, node, seed, public, value, salt):
        # The form that libtorrent takes: RFC 8032, section 5.1.5, steps 1 and 2.
        key = bytearray(hashlib.sha512(bytes.fromhex(seed)).digest())
        key[0] &= 248
        key[31] = key[31] & 63 | 64
        session = self.sessions[node]
        session.dht_put_mutable_item(bytes(key), bytes.fromhex(public), value.encode(), salt.encode())
        for alert in self.wait(node, 'dht_put'):
            return {'message': alert.message(), 'stored': alert.num_success}
        return {}

    def get_mutable(self, node, public, salt):
        self.sessions[node].dht_get_mutable_item(bytes.fromhex(public), salt.encode())
        best = {}
        for alert in self.wait(node, 'dht_mutable_item'):
            value = alert.item['value'] if isinstance(alert.item, dict) else alert.item
            if value is not None:
                best = {'value': as_text(value), 'seq': alert.seq}
            if alert.authoritative:
                break
        return best

    def alerts(self, node):
        self.sessions[node].wait_for_alert(100)
        return self.sessions[node].pop_alerts()

    def wait(self, node, what):
        deadline = time.monotonic() + 8
        while time.monotonic() < deadline:
            for alert in self.alerts(node):
                if alert.what() == what:
                    yield alert


def as_text(value):
    return value.decode() if isinstance(value, bytes) else value


nodes = Nodes(sys.argv[1:])
for line in sys.stdin:
    command = json.loads(line)
    nodes.forget()
    try:
        answer = getattr(nodes, command.pop('verb'))(**command)
    except Exception as error:  # whatever it is, the test has to read it
        answer = {'failed': repr(error)}
    print(json.dumps(answer, default=str), flush=True)
