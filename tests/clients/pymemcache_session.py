#!/usr/bin/python3
"""What a program does with pymemcache, and what came of it, a line each: pymemcache_session.py PORT PREFIX.

The output is the same for every server that answers as memcached does.
"""
import sys

from pymemcache.client.base import Client
from pymemcache.exceptions import MemcacheError

port, prefix = int(sys.argv[1]), sys.argv[2]
client = Client(("127.0.0.1", port), default_noreply=False, connect_timeout=5, timeout=5)


def key(name):
    return prefix + name


def show(what, made):
    print(what, made)


show("set", client.set(key("a"), b"one", expire=100))
show("get", client.get(key("a")))
show("get missing", client.get(key("none")))
show("add", client.add(key("a"), b"two"))
show("add", client.add(key("b"), b"two"))
show("replace", client.replace(key("b"), b"three"))
show("replace missing", client.replace(key("none"), b"x"))
show("append", client.append(key("a"), b"+"))
show("prepend", client.prepend(key("a"), b"-"))
show("get_many", sorted(v for v in client.get_many([key("a"), key("b"), key("none")]).values()))
show("set_many", client.set_many({key(f"m{n}"): b"%d" % n for n in range(50)}))
show("get_many", len(client.get_many([key(f"m{n}") for n in range(60)])))
value, cas = client.gets(key("a"))
show("gets", value)
show("cas", client.cas(key("a"), b"four", cas))
show("cas, old", client.cas(key("a"), b"five", cas))
show("cas missing", client.cas(key("none"), b"x", cas))
show("set", client.set(key("n"), b"10"))
show("incr", client.incr(key("n"), 5))
show("decr", client.decr(key("n"), 20))
show("incr missing", client.incr(key("none"), 1))
try:
    show("incr text", client.incr(key("a"), 1))
except MemcacheError as refused:
    show("incr text", refused)
show("touch", client.touch(key("a"), 100))
show("noreply", client.set(key("q"), b"quiet", noreply=True))
show("get", client.get(key("q")))
show("delete", client.delete(key("a")))
show("delete missing", client.delete(key("a")))
show("delete_many", client.delete_many([key("b"), key("n")]))
show("large", client.set(key("l"), b"x" * 500000))
show("large", len(client.get(key("l"))))
show("version", client.version().startswith(b"1.6."))
client.quit()
