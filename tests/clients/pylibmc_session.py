#!/usr/bin/python3
"""What a program does with pylibmc (libmemcached), and what came of it, a line each.

pylibmc_session.py PORT PREFIX text|binary. The output is the same for every server that answers as memcached does.
"""
import os
import sys
import time

import pylibmc

port, prefix, protocol = int(sys.argv[1]), sys.argv[2], sys.argv[3]


def connect(**behaviors):
    return pylibmc.Client([f"127.0.0.1:{port}"], binary=protocol == "binary",
                          behaviors={"cas": True, "tcp_nodelay": True} | behaviors)


def key(name):
    return prefix + name


def show(what, made):
    print(what, made)


def refusal(call, *arguments):
    """The error's type: its message names the server."""
    try:
        return call(*arguments)
    except pylibmc.Error as error:
        return type(error).__name__


def reads_empty_values():
    """1.6.3 aborts the process that reads one (lericson/pylibmc, issue 291), so a child tries."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        client = connect()
        client.set(key("empty"), b"")
        client.get(key("empty"))
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def items(client):
    empty = [b""] if reads_empty_values() else []
    for value in ({"nested": [1, 2.5, None]}, "text: \u00e9", b"\x00\r\n\xff", *empty, 2**40, True, None):
        show("object", [client.set(key("o"), value, time=100), client.get(key("o"))])
    show("compressed", client.set(key("z"), ["z" * 300000], min_compress_len=1000))
    show("compressed", len(client.get(key("z"))[0]))
    show("large", [client.set(key("l"), bytes(range(256)) * 2000), client.get(key("l")) == bytes(range(256)) * 2000])
    show("too large", refusal(client.set, key("l"), b"x" * 3000000))
    show("after too large", client.get(key("l")))
    long_key = key("").ljust(250, "k")
    show("long key", [client.set(long_key, "x"), client.get(long_key)])


def conditions(client):
    show("get missing", client.get(key("none")))
    show("add", [client.add(key("b"), "text"), client.add(key("b"), "x")])
    show("replace", [client.replace(key("b"), "more text"), refusal(client.replace, key("none"), "x")])
    show("append", [client.append(key("b"), "+"), client.prepend(key("b"), "-"), client.get(key("b"))])
    show("append missing", [refusal(client.append, key("none"), "+"), refusal(client.prepend, key("none"), "-")])
    show("delete", [client.delete(key("b")), client.delete(key("b"))])


def many(client):
    names = [f"m{n}" for n in range(200)]
    show("set_multi", client.set_multi({name: n for n, name in enumerate(names)}, key_prefix=prefix))
    found = client.get_multi(names + ["none"], key_prefix=prefix)
    show("get_multi", [len(found), sum(found.values())])
    show("add_multi", client.add_multi({"m1": 0, "m2": 0}, key_prefix=prefix) == ["m1", "m2"])
    show("delete_multi", client.delete_multi(names, key_prefix=prefix))
    show("get_multi", client.get_multi(names, key_prefix=prefix))


def cas(one, other):
    one.set(key("c"), 0)
    lost = 0
    for _ in range(20):
        for client, rival in ((one, other), (other, one)):
            value, number = client.gets(key("c"))
            rival.cas(key("c"), value + 1, rival.gets(key("c"))[1])
            while not client.cas(key("c"), value + 1, number):
                lost += 1
                value, number = client.gets(key("c"))
    show("cas", [one.get(key("c")), lost])
    show("gets missing", one.gets(key("none")))
    show("cas missing", refusal(one.cas, key("none"), "x", 1))


def counters(client):
    show("incr", [client.set(key("n"), 9), client.incr(key("n"), 3), client.decr(key("n")), client.decr(key("n"), 99)])
    show("incr missing", [refusal(client.incr, key("none")), refusal(client.decr, key("none"))])
    show("incr text", [client.set(key("t"), "text"), refusal(client.incr, key("t"))])
    show("incr large", [client.set(key("w"), str(2**63 - 1)), client.incr(key("w"), 2)])
    client.set_multi({"n1": 1, "n2": 2}, key_prefix=prefix)
    client.incr_multi(["n1", "n2"], key_prefix=prefix, delta=5)
    show("incr_multi", [client.get(key("n1")), client.get(key("n2"))])


def quietly(client, reader):
    for n in range(100):
        client.set(key(f"q{n}"), n)
    client.delete(key("q50"))
    client.append(key("q51"), "1")
    client.disconnect_all()
    # Another connection may be ahead of some of it, since the keys are on several servers.
    expected = {f"q{n}": n for n in range(100)} | {"q51": 511}
    del expected["q50"]
    names = [*expected, "q50"]
    show("noreply", await_true(lambda: reader.get_multi(names, key_prefix=prefix) == expected))


def await_true(condition):
    end = time.monotonic() + 10
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def brief(client):
    """What expires while the rest of the session goes on. What a touch kept would be gone before e1."""
    show("touch", [client.set(key("e4"), "x", time=3), client.touch(key("e4"), 0)])
    show("set", [client.set(key("e1"), "x", time=3), client.set(key("e2"), "x", time=int(time.time()) + 1)])
    show("touch", [client.set(key("e3"), "x", time=100), client.touch(key("e3"), 1), client.touch(key("none"), 1)])


def expired(client):
    for name in ("e1", "e2", "e3"):
        show("expired", await_true(lambda name=name: client.get(key(name)) is None))
    show("still there", client.get(key("e4")))


plain, second = connect(), connect(no_block=True)
show("client pylibmc", f"{pylibmc.__version__}")
brief(plain)
items(plain)
conditions(plain)
many(plain)
cas(plain, second)
counters(plain)
quietly(connect(_noreply=True), plain)
expired(second)
