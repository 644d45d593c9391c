#!/usr/bin/python3
"""Clients of Python, which ask one server as they are told on their standard input:

    asking.py CLIENT PORT text|binary [SETTING=VALUE...]

A line there is a verb and keys: `set` stores each key as its own value, `get` reads each by itself, `many` all in one call,
`fill` reads each and stores it unless it was found, `delete` removes each. The answer is a line of `= ` and a letter for
each key, the read's where there is one:

    +  done, or the right value      -  refused, or not found      !  an error      x  a wrong value

The first line is `= ` and the client's version. A setting is the client's own; its value is Python. Time-outs are long, so that
a busy machine makes no failures of its own. Status 77: the client is not installed.
"""
import ast
import importlib
import importlib.metadata
import sys

name, port, protocol = sys.argv[1], int(sys.argv[2]), sys.argv[3]
settings = {key: ast.literal_eval(value) for key, value in (each.split("=", 1) for each in sys.argv[4:])}
address = f"127.0.0.1:{port}"
PATIENCE = 60  # seconds


def pylibmc(library):
    return library.Client([address], binary=protocol == "binary",
                          behaviors={"connect_timeout": PATIENCE * 1000, "_poll_timeout": PATIENCE * 1000} | settings)


def pymemcache(library):
    from pymemcache.client.base import Client

    return Client(("127.0.0.1", port), default_noreply=False, encoding="utf8", **settings)


def hash_client(library):
    from pymemcache.client.hash import HashClient

    return HashClient([("127.0.0.1", port)], default_noreply=False, encoding="utf8", **settings)


def python_memcached(library):
    return library.Client([address], socket_timeout=PATIENCE, **settings)


def binary_memcached(library):
    return library.Client([address], socket_timeout=PATIENCE, **settings)


CLIENTS = {
    "pylibmc": ("pylibmc", pylibmc),
    "pymemcache": ("pymemcache", pymemcache),
    "pymemcache.HashClient": ("pymemcache", hash_client),
    "python-memcached": ("memcache", python_memcached),
    "python-binary-memcached": ("bmemcached", binary_memcached),
}


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def seen(key, value):
    return "-" if value is None or value is False else "+" if text(value) == key else "x"


def guarded(call, key):
    try:
        return call(key)
    except Exception:  # whatever a program may have to bear
        return "!"


def told(done):
    return "+" if done else "-"


def fill(client, key):
    found = guarded(lambda each: seen(each, client.get(each)), key)
    if found != "+":
        guarded(lambda each: client.set(each, each), key)
    return found


def many(client, keys):
    found = client.get_multi(keys) if hasattr(client, "get_multi") else client.get_many(keys)
    return "".join(seen(key, found.get(key)) for key in keys)


def answer(client, verb, keys):
    if verb == "many":
        try:
            return many(client, keys)
        except Exception:
            return "!" * len(keys)
    one = {"set": lambda key: told(client.set(key, key)), "get": lambda key: seen(key, client.get(key)),
           "delete": lambda key: told(client.delete(key)), "fill": lambda key: fill(client, key)}[verb]
    return "".join(guarded(one, key) for key in keys)


def main():
    module, connect = CLIENTS[name]
    try:
        library = importlib.import_module(module)
    except ImportError:
        print(name, "is not installed")
        sys.exit(77)
    client = connect(library)
    print("=", getattr(library, "__version__", None) or importlib.metadata.version(name), flush=True)
    for line in sys.stdin:
        verb, *keys = line.split()
        print("=", answer(client, verb, keys), flush=True)


main()
