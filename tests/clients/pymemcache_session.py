#!/usr/bin/python3
"""What a program does with pymemcache, and what came of it, a line each: pymemcache_session.py PORT PREFIX text.

The output is the same for every server that answers as memcached does.
"""
import re
import sys
import time
import zlib

import pymemcache
from pymemcache.client.base import Client, PooledClient
from pymemcache.exceptions import MemcacheError
from pymemcache.serde import PickleSerde

port, prefix = int(sys.argv[1]), sys.argv[2]
assert sys.argv[3] == "text"


class CompressingSerde(PickleSerde):
    """Marks what it compresses with a flag of its own, beside those of PickleSerde."""
    COMPRESSED = 1 << 20

    def serialize(self, key, value):
        stored, flags = super().serialize(key, value)
        if len(stored) < 1000:
            return stored, flags
        return zlib.compress(stored if isinstance(stored, bytes) else stored.encode()), flags | self.COMPRESSED

    def deserialize(self, key, value, flags):
        if flags & self.COMPRESSED:
            value, flags = zlib.decompress(value), flags & ~self.COMPRESSED
        return super().deserialize(key, value, flags)


def connect(kind=Client, **options):
    return kind(("127.0.0.1", port), default_noreply=False, connect_timeout=10, timeout=10, no_delay=True, **options)


def key(name):
    return prefix + name


def show(what, made):
    print(what, made)


def refusal(call, *arguments):
    try:
        return call(*arguments)
    except MemcacheError as error:
        return f"{type(error).__name__} {error}"


def items(client):
    for value in ({"nested": [1, 2.5, None]}, "text: \u00e9", b"\x00\r\n\xff", b"", 2**40, True, None):
        show("object", [client.set(key("o"), value, expire=100), client.get(key("o"))])
    show("compressed", [client.set(key("z"), ["z" * 300000]), len(client.get(key("z"))[0])])
    show("large", [client.set(key("l"), "x" * 500000), len(client.get(key("l")))])
    long_key = key("").ljust(250, "k")
    show("long key", [client.set(long_key, "x"), client.get(long_key)])


def conditions(client):
    show("get missing", client.get(key("none")))
    show("add", [client.add(key("a"), b"two"), client.add(key("a"), b"x")])
    show("replace", [client.replace(key("a"), b"three"), client.replace(key("none"), b"x")])
    show("append", [client.append(key("a"), b"+"), client.prepend(key("a"), b"-"), client.get(key("a"))])
    show("append missing", [client.append(key("none"), b"+"), client.prepend(key("none"), b"-")])
    show("too large", refusal(client.set, key("a"), b"x" * 3000000))
    show("after too large", client.get(key("a")))
    show("delete", [client.set(key("a"), b"x"), client.delete(key("a")), client.delete(key("a"))])


def many(client):
    values = {key(f"m{n}"): b"%d" % n for n in range(200)}
    show("set_many", client.set_many(values))
    show("get_many", client.get_many([*values, key("none")]) == values)
    found = client.gets_many([key("m1"), key("m2"), key("none")])
    show("gets_many", [[value, number.isdigit()] for value, number in found.values()])
    show("delete_many", client.delete_many(values))
    show("get_many", client.get_many(values))


def cas(one, other):
    one.set(key("c"), b"0")
    lost = 0
    for _ in range(20):
        for client, rival in ((one, other), (other, one)):
            value, number = client.gets(key("c"))
            rival.cas(key("c"), b"%d" % (int(value) + 1), rival.gets(key("c"))[1])
            while not client.cas(key("c"), b"%d" % (int(value) + 1), number):
                lost += 1
                value, number = client.gets(key("c"))
    show("cas", [one.get(key("c")), lost])
    show("gets missing", one.gets(key("none")))
    show("cas missing", one.cas(key("none"), b"x", b"1"))


def counters(client):
    show("incr", [client.set(key("n"), b"9"), client.incr(key("n"), 3), client.decr(key("n"), 1),
                  client.decr(key("n"), 99)])
    show("incr missing", [client.incr(key("none"), 1), client.decr(key("none"), 1)])
    show("incr text", [client.set(key("t"), b"text"), refusal(client.incr, key("t"), 1)])
    show("incr large", [client.set(key("w"), b"%d" % (2**63 - 1)), client.incr(key("w"), 2)])
    show("decr shortens", [client.set(key("s"), b"10"), client.decr(key("s"), 1), client.get(key("s"))])


def quietly(client):
    for n in range(100):
        client.set(key(f"q{n}"), b"%d" % n, noreply=True)
    client.delete(key("q50"), noreply=True)
    client.append(key("q51"), b"1", noreply=True)
    client.incr(key("q52"), 100, noreply=True)
    client.add(key("q53"), b"x", noreply=True)
    client.touch(key("q54"), 100, noreply=True)
    show("noreply", [client.get(key(f"q{n}")) for n in range(49, 55)])
    client.delete_many([key(f"q{n}") for n in range(100)], noreply=True)
    show("noreply", client.get_many([key(f"q{n}") for n in range(100)]))


def brief(client):
    """What expires while the rest of the session goes on. What a touch kept would be gone before e1."""
    show("touch", [client.set(key("e4"), b"x", expire=3), client.touch(key("e4"), 0)])
    show("set", [client.set(key("e1"), b"x", expire=3), client.set(key("e2"), b"x", expire=int(time.time()) + 1)])
    show("touch", [client.set(key("e3"), b"x", expire=100), client.touch(key("e3"), 1), client.touch(key("none"), 1)])
    show("negative", [client.set(key("e6"), b"x", expire=-1), client.get(key("e6"))])


def gone(client, name):
    end = time.monotonic() + 10
    while client.get(key(name)) is not None:
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


plain = connect()
show("client pymemcache", pymemcache.__version__)
brief(plain)
items(connect(serde=CompressingSerde()))
conditions(plain)
many(plain)
many(connect(PooledClient, max_pool_size=2))
cas(plain, connect())
counters(plain)
quietly(plain)
show("version", re.fullmatch(rb"1\.6\.\d+", plain.version()) is not None)
show("stats", plain.stats()[b"threads"] > 0)
for each in ("e1", "e2", "e3"):
    show("expired", gone(plain, each))
show("still there", plain.get(key("e4")))
plain.quit()
