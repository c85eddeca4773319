#!/usr/bin/python3
"""A libtorrent peer for interop tests: `libtorrent-peer.py SETTINGS`, a JSON object of libtorrent's settings.

Reads one JSON command a line on standard input, answers each with one JSON line, ends when the input closes.
"""
import json
import os
import sys

import libtorrent as lt

VERSIONS = {'v1': lt.create_torrent.v1_only, 'v2': lt.create_torrent.v2_only, 'hybrid': 0}

DEFAULTS = {
    'enable_dht': False, 'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
    'allow_multiple_connections_per_ip': True, 'announce_to_all_tiers': True, 'announce_to_all_trackers': True,
    # The hosts of the lab have addresses that nobody has on the internet, and all in one /24.
    'dht_restrict_routing_ips': False, 'dht_restrict_search_ips': False, 'dht_ignore_dark_internet': False,
    'dht_prefer_verified_node_ids': False, 'dht_bootstrap_nodes': '',
    'ssrf_mitigation': False, 'min_announce_interval': 1, 'local_service_announce_interval': 5,
    'alert_mask': lt.alert.category_t.error_notification | lt.alert.category_t.peer_notification
    | lt.alert.category_t.connect_notification | lt.alert.category_t.tracker_notification,
    'alert_queue_size': 5000,
}


def make(path, torrent, version, trackers=(), webSeeds=(), private=False, pieceLength=0):
    files = lt.file_storage()
    lt.add_files(files, path)
    maker = lt.create_torrent(files, pieceLength, flags=VERSIONS[version])
    for tier, url in enumerate(trackers):
        maker.add_tracker(url, tier)
    for url in webSeeds:
        maker.add_url_seed(url)
    maker.set_priv(private)
    lt.set_piece_hashes(maker, os.path.dirname(path))
    made = maker.generate()
    with open(torrent, 'wb') as out:
        out.write(lt.bencode(made))
    info = lt.torrent_info(made)
    return {'magnet': bare_magnet(info), 'private': info.priv()}


def bare_magnet(info):
    """Only the hashes: whoever gets it must find peers by itself."""
    hashes = info.info_hashes()
    topics = []
    if hashes.has_v1():
        topics.append('xt=urn:btih:%s' % hashes.v1)
    if hashes.has_v2():
        topics.append('xt=urn:btmh:1220%s' % hashes.v2)
    return 'magnet:?' + '&'.join(topics)


class Peer:
    def __init__(self, settings):
        self.session = lt.session({**DEFAULTS, **settings})
        self.handle = None
        self.log = []

    def port(self):
        return {'port': self.session.listen_port()}

    def add(self, folder, torrent=None, magnet=None, seed=False, idle=False, peers=()):
        params = lt.parse_magnet_uri(magnet) if magnet else lt.add_torrent_params()
        if torrent:
            params.ti = lt.torrent_info(torrent)
        params.save_path = folder
        params.flags &= ~lt.torrent_flags.auto_managed & ~lt.torrent_flags.paused
        if seed:
            params.flags |= lt.torrent_flags.seed_mode
        if idle:
            params.file_priorities = [0] * params.ti.num_files()
        self.handle = self.session.add_torrent(params)
        self.connect(peers)
        return {}

    def connect(self, peers):
        for peer in peers:
            host, port = peer.rsplit(':', 1)
            self.handle.connect_peer((host.strip('[]'), int(port)))
        return {}

    def dht(self, nodes):
        for node in nodes:
            host, port = node.rsplit(':', 1)
            self.session.add_dht_node((host.strip('[]'), int(port)))
        return {}

    def announce(self):
        self.handle.force_reannounce()
        return {}

    def status(self):
        self.log += ['%s: %s' % (alert.what(), alert.message()) for alert in self.session.pop_alerts()]
        self.log = self.log[-60:]
        answer = {'dhtNodes': self.session.status().dht_nodes, 'log': self.log}
        if self.handle is None:
            return answer
        status = self.handle.status()
        peers = [
            {
                'address': peer.ip[0], 'port': peer.ip[1], 'client': peer.client.decode('utf-8', 'replace'),
                'pex': bool(peer.source & lt.peer_info.pex), 'lsd': bool(peer.source & lt.peer_info.lsd),
                'dht': bool(peer.source & lt.peer_info.dht), 'tracker': bool(peer.source & lt.peer_info.tracker),
                'utp': bool(peer.flags & UTP), 'rc4': bool(peer.flags & lt.peer_info.rc4_encrypted),
                'handshake': not peer.flags & (lt.peer_info.handshake | lt.peer_info.connecting),
            }
            for peer in self.handle.get_peer_info()
        ]
        return {**answer, 'done': status.is_finished or status.is_seeding, 'seeding': status.is_seeding,
                'state': str(status.state), 'progress': status.progress, 'peers': peers,
                'uploaded': status.total_payload_upload, 'downloaded': status.total_payload_download,
                'error': status.errc.message() if status.errc.value() else ''}


# peer_info::utp_socket, which the Python binding does not name.
UTP = 1 << 17

if __name__ == '__main__':
    peer = Peer(json.loads(sys.argv[1]))
    for line in sys.stdin:
        command = json.loads(line)
        verb = command.pop('verb')
        try:
            answer = make(**command) if verb == 'make' else getattr(peer, verb)(**command)
        except Exception as error:  # whatever it is, the test has to read it
            answer = {'failed': repr(error)}
        print(json.dumps(answer), flush=True)
