"""The stand: the cache servers behind the proxies, and one run of the load generator at a time."""
import json
import os
import pathlib
import subprocess
import time

from house import Failed
from proxies import FILLED_EACH_TIME, ON_ALL_CORES, STARTERS, memcached_command, redis_command, tcp_address
from workloads import as_arguments, load_options

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
RUN_SECONDS_BESIDES = 60
FILL_KEYS = ("protocol", "key-prefix", "keys", "value-size")


class Stand:
    def __init__(self, house, tandem, generator):
        self.house = house
        self.tandem = tandem
        self.generator = generator
        self.wrapper = []   # a command in front of the one that starts a server under test
        self.redis = False  # whether Redis is behind the proxies, or the two memcached
        self.redis_server = tcp_address(house)
        self.memcached_servers = [tcp_address(house) for _ in range(2)]
        self._filled = set()
        for address in self.memcached_servers:
            house.start(memcached_command(house, address), house.other_cores, address)
        house.start(redis_command(house, self.redis_server), house.other_cores, self.redis_server)

    def start(self, workload, server):
        """Starts a server under test with what the workload needs behind it, all items stored."""
        self.redis = workload.redis
        started = STARTERS[server](self)
        options = {key: value for key, value in load_options(workload, server).items() if key in FILL_KEYS}
        if options.get("protocol") == "absent":
            return started
        if self.redis or server in FILLED_EACH_TIME:
            self._fill(started.address, options)
        else:
            self._fill_memcached(options | {"protocol": "text"})
        return started

    def run(self, workload, server, seconds, rate=0):
        """One run against a fresh process; what bench_load found, and how busy the machine was besides."""
        started = self.start(workload, server)
        try:
            options = load_options(workload, server) | {"seconds": seconds, "watch": started.process.pid}
            if rate:
                options["rate"] = rate
            if server == "haproxy" and "idle" in options:
                options["idle"] = min(options["idle"], self.house.files_max // 2 - 500)
            cores = self.house.all_cores if server in ON_ALL_CORES else self.house.other_cores
            before = core_account(self.house.proxy_cores, started.process.pid)
            found = self.load(started.address, options, cores)
            found["noise"] = noise_of(before, core_account(self.house.proxy_cores, started.process.pid))
            found["idle_connections"] = options.get("idle", 0)
            return found
        finally:
            self.house.stop(started.process)

    def load(self, address, options, cores=None):
        cores = ",".join(map(str, sorted(cores or self.house.other_cores)))
        command = ["taskset", "--cpu-list", cores, str(self.generator), "--address", address, *as_arguments(options)]
        try:
            done = subprocess.run(command, capture_output=True, text=True,
                                  timeout=options.get("seconds", 0) + RUN_SECONDS_BESIDES)
        except subprocess.TimeoutExpired as problem:
            raise Failed("the load generator does not end") from problem
        if done.returncode != 0:
            raise Failed(done.stderr.strip() or f"the load generator ended with {done.returncode}")
        return json.loads(done.stdout)

    def _fill(self, address, options):
        self.load(address, options | {"fill": True, "connections": 1, "pipeline": 16})

    def _fill_memcached(self, options):
        """Each server holds all items, so that it does not matter which one a proxy asks."""
        if options["key-prefix"] in self._filled:
            return
        for address in self.memcached_servers:
            self._fill(address, options)
        self._filled.add(options["key-prefix"])


def core_account(cores, process):
    """Seconds so far: by the clock, of others than this process on its cores, and taken away by the host."""
    busy = stolen = 0
    with open("/proc/stat", encoding="ascii") as lines:
        for line in lines:
            name, *numbers = line.split()
            if name in {f"cpu{core}" for core in cores}:
                user, nice, system, _, _, irq, softirq, steal = map(int, numbers[:8])
                busy += user + nice + system + irq + softirq
                stolen += steal
    own = sum(int(thread.joinpath("schedstat").read_text().split()[0])
              for thread in pathlib.Path(f"/proc/{process}/task").iterdir())
    return time.monotonic(), busy / TICKS_PER_SECOND - own / 1e9, stolen / TICKS_PER_SECOND


def noise_of(before, after):
    """Shares of the core under test."""
    elapsed, others, stolen = (end - begin for begin, end in zip(before, after))
    return {"others": max(others, 0) / elapsed, "stolen": stolen / elapsed}
