#!/usr/bin/python3
"""What clients of Python write to a pool and find there:

    placing.py pylibmc|pymemcache|python-memcached SERVERS PREFIX WRITTEN FOUND [SETTING=VALUE...]

SERVERS are ADDRESS@WEIGHT, with commas between. WRITTEN and FOUND are files of a key per line, each without PREFIX,
whose value is the key with it. Prints the client's version, and how many it found as they should be. A setting is the
client's own; its value is Python. Status 77: the client is not installed.
"""
import ast
import importlib
import sys

MODULES = {"pylibmc": "pylibmc", "pymemcache": "pymemcache", "python-memcached": "memcache"}


def split(server):
    address, weight = server.rsplit("@", 1)
    return address, int(weight)


def connect_pylibmc(library, servers, settings):
    addresses = [address if address.startswith("/") else f"{address}:{weight}" for address, weight in servers]
    return library.Client(addresses, behaviors=settings)


def connect_pymemcache(library, servers, settings):
    from pymemcache.client.hash import HashClient

    addresses = []
    for address, _ in servers:
        host, _, port = address.rpartition(":")
        addresses.append(address if address.startswith("/") else (host, int(port)))
    return HashClient(addresses, encoding="utf8", allow_unicode_keys=True, **settings)


def connect_memcache(library, servers, settings):
    return library.Client([("unix:" + address if address.startswith("/") else address, weight)
                           for address, weight in servers], **settings)


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def main():
    name, servers, prefix, written, found, *settings = sys.argv[1:]
    try:
        library = importlib.import_module(MODULES[name])
    except ImportError:
        print(name, "is not installed")
        sys.exit(77)
    connect = {"pylibmc": connect_pylibmc, "pymemcache": connect_pymemcache, "python-memcached": connect_memcache}[name]
    options = {key: ast.literal_eval(value) for key, value in (each.split("=", 1) for each in settings)}
    # With a prefix of its own the client is given the keys without it.
    own = prefix if "key_prefix" in options else ""
    if own:
        options["key_prefix"] = own.encode()
    client = connect(library, [split(each) for each in servers.split(",")], options)
    for key in open(written, encoding="utf8").read().split():
        client.set((prefix + key)[len(own):], prefix + key)
    keys = open(found, encoding="utf8").read().split()
    good = sum(text(client.get((prefix + key)[len(own):])) == prefix + key for key in keys)
    print(name, library.__version__)
    print(good)


main()
