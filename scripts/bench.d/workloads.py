"""What the servers under test are asked to do, and what Tandem is to reach beside them.

`load` are options of bench_load. `targets` are bounds of the ratio Tandem : peer in processor time per request.
"""
import dataclasses

ALL = ("memcached", "haproxy", "nutcracker", "tandem")
NOT_NUTCRACKER = ("memcached", "haproxy", "tandem")
REDIS = ("redis", "nutcracker", "tandem")
CORES = ("memcached, 1 thread", "memcached, 2 threads", "tandem, 1 worker", "tandem, 2 workers")


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    what: str
    servers: tuple = ALL
    load: dict = dataclasses.field(default_factory=dict)
    targets: dict = dataclasses.field(default_factory=dict)
    redis: bool = False
    half_rate: bool = False  # at half of what nutcracker reaches in `single`


SMALL = {"value-size": 100, "keys": 10_000}
MEDIUM = {"value-size": 10 * 1024, "keys": 1_000}
LARGE = {"value-size": 500 * 1024, "keys": 50}
ONLY_GETS = {"sets": 0}
PIPELINED = {"pipeline": 32}

WORKLOADS = [
    Workload("single", "gets to sets 10:1, 100 bytes, 50 connections", load=SMALL,
             targets={"nutcracker": 0.85, "haproxy": 0.90}),
    Workload("pipelined", "the same, 32 requests sent together", load=SMALL | PIPELINED,
             targets={"nutcracker": 0.35, "memcached": 1.1}),
    Workload("fixed-rate", "as single, at half of the rate that nutcracker reaches", load=SMALL, half_rate=True),
    Workload("sets", "sets only", load=SMALL | {"gets": 0}),
    Workload("multi-get-10", "gets of 10 keys", load=SMALL | ONLY_GETS | {"keys-per-get": 10}),
    Workload("multi-get-100", "gets of 100 keys", load=SMALL | ONLY_GETS | {"keys-per-get": 100},
             targets={"nutcracker": 0.40}),
    Workload("10KiB", "values of 10 KiB", load=MEDIUM, targets={"nutcracker": 0.85}),
    Workload("500KiB", "values of 500 KiB", load=LARGE, targets={"nutcracker": 0.85}),
    Workload("thousand", "as single, 1,000 connections", load=SMALL | {"connections": 1_000}),
    Workload("idle", "as single, with 10,000 idle connections besides", load=SMALL | {"idle": 10_000}),
    Workload("stuck", "as 10KiB, one client more, which asks and never reads",
             load=MEDIUM | {"connections": 49, "one-stuck": True}),
    Workload("redis", "as single, clients of memcached or (beside) of Redis, a Redis behind", REDIS, SMALL,
             {"nutcracker": 0.90}, redis=True),
    Workload("redis-pipelined", "the same, 32 requests sent together", REDIS, SMALL | PIPELINED, {"nutcracker": 0.50},
             redis=True),
    Workload("binary", "as single, the binary protocol", NOT_NUTCRACKER, SMALL | {"protocol": "binary"}),
    Workload("meta", "as single, the meta protocol", NOT_NUTCRACKER, SMALL | {"protocol": "meta"}),
    # The generator takes part of the cores, and the less the more there is to do for a request.
    Workload("workers", "8 gets of 100 keys together, which nobody has set, from own memory, over a Unix socket, on all cores",
             CORES, SMALL | ONLY_GETS | {"keys-per-get": 100, "pipeline": 8, "protocol": "absent"}),
]


def load_options(workload, server):
    """bench_load's options, as a dictionary."""
    found = dict(workload.load)
    found["key-prefix"] = f"v{found['value-size']}:"
    if workload.redis and server != "tandem":
        found["protocol"] = "redis"
    return found


def as_arguments(found):
    arguments = []
    for name, value in found.items():
        arguments += [f"--{name}"] if value is True else [f"--{name}", str(value)]
    return arguments
