#!/usr/bin/python3
"""The demonstration's first clients, pymemcache and pylibmc, each talking to Tandem as to one memcached:
client.py PORT. Exits with 1 if an answer is not what memcached would have given."""
import sys

import pylibmc
from pymemcache.client.base import Client


def expect(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: expected {wanted!r}, got {got!r}")
    print(f"  {what:<44} -> {got!r}")


def with_pymemcache(port):
    client = Client(("127.0.0.1", port), default_noreply=False)
    expect("set page:home", client.set("page:home", b"<h1>Welcome</h1>", expire=600), True)
    expect("get page:home", client.get("page:home"), b"<h1>Welcome</h1>")
    expect("set session:ada", client.set("session:ada", b"signed in"), True)
    expect("append session:ada", client.append("session:ada", b", again"), True)
    expect("get session:ada", client.get("session:ada"), b"signed in, again")
    expect("add scratch:hits", client.add("scratch:hits", b"41"), True)
    expect("incr scratch:hits", client.incr("scratch:hits", 1), 42)
    value, cas = client.gets("session:ada")
    expect("cas session:ada", client.cas("session:ada", b"moved on", cas), True)
    expect("cas session:ada, with the old number", client.cas("session:ada", b"too late", cas), False)
    expect("delete page:home", client.delete("page:home"), True)
    expect("get page:home", client.get("page:home"), None)


def with_pylibmc(port):
    client = pylibmc.Client([f"127.0.0.1:{port}"])
    pages = {f"page:{number}": f"page {number}" for number in range(60)}
    users = {f"user:{number}": {"name": f"user {number}", "visits": number} for number in range(60)}
    expect("set_multi of 60 pages", client.set_multi(pages), [])
    expect("set_multi of 60 users, pickled", client.set_multi(users), [])
    everything = client.get_multi([*pages, *users, "page:none"])
    expect("get_multi of all, from pool and cluster", everything == {**pages, **users}, True)


print("pymemcache:")
with_pymemcache(int(sys.argv[1]))
print("pylibmc (libmemcached):")
with_pylibmc(int(sys.argv[1]))
