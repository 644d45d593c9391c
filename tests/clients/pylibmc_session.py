#!/usr/bin/python3
"""What a program does with pylibmc (libmemcached), and what came of it, a line each: pylibmc_session.py PORT PREFIX.

The output is the same for every server that answers as memcached does.
"""
import sys

import pylibmc

port, prefix = int(sys.argv[1]), sys.argv[2]
client = pylibmc.Client([f"127.0.0.1:{port}"], behaviors={"cas": True, "tcp_nodelay": True})


def key(name):
    return prefix + name


def show(what, made):
    print(what, made)


show("set", client.set(key("a"), {"nested": [1, 2.5, None]}, time=100))
show("get", client.get(key("a")))
show("get missing", client.get(key("none")))
show("add", client.add(key("a"), "x"))
show("add", client.add(key("b"), "text"))
show("replace", client.replace(key("b"), "more text"))
show("append", client.append(key("b"), "+"))
show("prepend", client.prepend(key("b"), "-"))
show("get", client.get(key("b")))
show("set_multi", client.set_multi({key(f"m{n}"): n for n in range(200)}))
show("get_multi", sum(client.get_multi([key(f"m{n}") for n in range(220)]).values()))
value, cas = client.gets(key("a"))
show("gets", value)
show("cas", client.cas(key("a"), "changed", cas))
show("cas, old", client.cas(key("a"), "again", cas))
show("incr", [client.set(key("n"), 9), client.incr(key("n"), 3), client.decr(key("n"), 1)])
try:
    client.incr(key("none"))
except pylibmc.NotFound:
    show("incr missing", "NotFound")
show("touch", client.touch(key("a"), 100))
show("delete", client.delete(key("a")))
show("delete missing", client.delete(key("a")))
show("delete_multi", client.delete_multi([key("b"), key("n")]))
show("compressed", client.set(key("z"), "z" * 300000, min_compress_len=1000))
show("compressed", len(client.get(key("z"))))
