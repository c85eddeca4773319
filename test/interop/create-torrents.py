"""Makes torrents with libtorrent: cases on standard input (JSON), what came out on standard output (JSON).

A case is {path, pieceLength, v2Only, links} and perhaps v1Only and padded (with padding files). `links` are [path, target] pairs, both from the torrent's root: libtorrent 2.0
writes the targets of links as the file system has them, against BEP 47, so links below the root are not left on disk but
added by hand. With {load: base64} it reads a .torrent file instead.
"""

import base64
import json
import os
import sys

import libtorrent as lt


def describe(info):
    hashes = info.info_hashes()
    storage = info.files()
    return {
        "v1": str(hashes.v1) if hashes.has_v1() else None,
        "v2": str(hashes.v2) if hashes.has_v2() else None,
        "files": [
            [storage.file_path(i), storage.file_size(i)]
            for i in range(storage.num_files())
            if not storage.file_flags(i) & lt.file_flags_t.flag_pad_file
        ],
    }


def create(case):
    if "load" in case:
        return describe(lt.torrent_info(lt.bdecode(base64.b64decode(case["load"]))))
    storage = lt.file_storage()
    flags = lt.create_torrent.symlinks
    if case["v2Only"]:
        flags |= lt.create_torrent.v2_only
    if case.get("v1Only"):
        flags |= lt.create_torrent.v1_only
    if case.get("padded"):
        flags |= lt.create_torrent.canonical_files
    lt.add_files(storage, case["path"], flags=flags)
    name = os.path.basename(case["path"])
    # lstat says of every link that it is executable
    link_flags = lt.file_flags_t.flag_symlink | lt.file_flags_t.flag_executable
    for path, target in case["links"]:
        storage.add_file(os.path.join(name, path), 0, link_flags, 0, target)
    torrent = lt.create_torrent(storage, case["pieceLength"], flags)
    lt.set_piece_hashes(torrent, os.path.dirname(case["path"]))
    torrent_file = lt.bencode(torrent.generate())
    info = lt.torrent_info(lt.bdecode(torrent_file))
    return {
        **describe(info),
        "info": base64.b64encode(info.info_section()).decode(),
        "torrent": base64.b64encode(torrent_file).decode(),
    }


print(json.dumps([create(case) for case in json.load(sys.stdin)]))
