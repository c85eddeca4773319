#!/usr/bin/python3
"""libtorrent as a benchmark opponent, driven over stdin and stdout by JSON lines.

  libtorrent-driver.py make  PATH TORRENT VERSION [TRACKER [WEBSEED]]  hash PATH into a torrent of version v1 or v2
  libtorrent-driver.py seed  ADDRESS TORRENT FOLDER [rc4] [utp]    serve what lies in FOLDER; prints its port
  libtorrent-driver.py get   ADDRESS TORRENT FOLDER [rc4] [utp]    an idle session; a line of "HOST:PORT ..." on stdin starts it
  libtorrent-driver.py add   TORRENT FOLDER                  add a torrent that nobody has; prints how long that took

TCP unless it says utp, unencrypted unless it says rc4, no discovery: nothing but the exchange is measured. Each ends when its stdin closes.
"""
import json
import os
import resource
import sys
import time

import libtorrent as lt

# How often `get` looks whether all is there, in seconds: the error of the measurement.
POLL_SECONDS = 0.002
VERSIONS = {'v1': lt.create_torrent.v1_only, 'v2': lt.create_torrent.v2_only}


def say(**facts):
    print(json.dumps(facts), flush=True)


def session(address, ways=()):
    policy = int(lt.enc_policy.forced if 'rc4' in ways else lt.enc_policy.disabled)
    utp = 'utp' in ways
    return lt.session({
        'listen_interfaces': address + ':0',
        'enable_dht': False, 'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
        'in_enc_policy': policy, 'out_enc_policy': policy, 'allowed_enc_level': int(lt.enc_level.rc4),
        'enable_outgoing_utp': utp, 'enable_incoming_utp': utp,
        'enable_outgoing_tcp': not utp, 'enable_incoming_tcp': not utp,
        'allow_multiple_connections_per_ip': True,
        'alert_mask': 0,
    })


def make(path, torrent, version, tracker=None, web_seed=None):
    files = lt.file_storage()
    lt.add_files(files, path)
    maker = lt.create_torrent(files, 0, flags=VERSIONS[version])
    if tracker:
        maker.add_tracker(tracker)
    if web_seed:
        maker.add_url_seed(web_seed)
    began = time.monotonic()
    lt.set_piece_hashes(maker, os.path.dirname(path))
    seconds = time.monotonic() - began
    with open(torrent, 'wb') as out:
        out.write(lt.bencode(maker.generate()))
    used = resource.getrusage(resource.RUSAGE_SELF)
    say(seconds=seconds, cpuSeconds=used.ru_utime + used.ru_stime, peakMemory=used.ru_maxrss * 1024)


def seed(address, torrent, folder, *ways):
    peer = session(address, ways)
    peer.add_torrent({'ti': lt.torrent_info(torrent), 'save_path': folder, 'flags': lt.torrent_flags.seed_mode})
    say(ready=True, port=peer.listen_port())
    sys.stdin.read()


def get(address, torrent, folder, *ways):
    peer = session(address, ways)
    say(ready=True, port=peer.listen_port())
    sources = sys.stdin.readline().split()
    info = lt.torrent_info(torrent)
    began = time.monotonic()
    first_byte = None
    params = lt.add_torrent_params()
    params.ti, params.save_path = info, folder
    # Its queue looks only every half second what may begin; nothing here is to be queued.
    params.flags &= ~lt.torrent_flags.auto_managed & ~lt.torrent_flags.paused
    handle = peer.add_torrent(params)
    for source in sources:
        host, port = source.rsplit(':', 1)
        handle.connect_peer((host, int(port)))
    while True:
        status = handle.status()
        if first_byte is None and status.total_done > 0:
            first_byte = time.monotonic() - began
        if status.is_seeding:
            break
        time.sleep(POLL_SECONDS)
    say(seconds=time.monotonic() - began, firstByte=first_byte)
    sys.stdin.read()


def add(torrent, folder):
    peer = session('127.0.0.1')
    began = time.monotonic()
    info = lt.torrent_info(torrent)
    handle = peer.add_torrent({'ti': info, 'save_path': folder})
    while handle.status().state in (lt.torrent_status.checking_files, lt.torrent_status.checking_resume_data):
        time.sleep(POLL_SECONDS)
    say(seconds=time.monotonic() - began, memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
    sys.stdin.read()


if __name__ == '__main__':
    {'make': make, 'seed': seed, 'get': get, 'add': add}[sys.argv[1]](*sys.argv[2:])
