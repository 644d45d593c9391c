"""How each server under test is started: Tandem, its peers, and the cache servers themselves.

A starter takes the stand and gives a process and the address that it serves. Each run has a fresh process, so that its
memory tells of that run alone. All serve with one thread.
"""
import collections

Started = collections.namedtuple("Started", "process address")

MEMCACHED_MEBIBYTES = 512


def memcached_command(house, address, threads=1):
    where = ["-s", address.removeprefix("unix:")] if address.startswith("unix:") else \
        ["-l", "127.0.0.1", "-p", address.rsplit(":", 1)[1], "-U", "0"]
    connections = min(12_000, house.files_max - 100)
    return ["memcached", "-u", house.user, *where, "-m", str(MEMCACHED_MEBIBYTES), "-t", str(threads),
            "-c", str(connections)]


def redis_command(house, address):
    return ["redis-server", "--bind", "127.0.0.1", "--port", address.rsplit(":", 1)[1], "--save", "",
            "--dir", str(house.directory)]


def tandem_configuration(address, workers, backend):
    return f"""
listen: [{{address: "{address}"}}]
workers: {workers}
limits: {{connections: 12000}}
backends: {{all: {backend}}}
routes: [{{to: all}}]
"""


def memcached_backend(stand):
    servers = ", ".join(stand.memcached_servers)
    # Where nutcracker puts the keys, and by the same hash.
    return f"{{memcached: {{servers: [{servers}], distribution: twemproxy, hash: fnv1a_64}}, timeout: 5s}}"


def tandem_command(stand, address, workers=1, backend=None):
    if backend is None:
        backend = f"{{redis: {{server: {stand.redis_server}}}, timeout: 5s}}" if stand.redis else memcached_backend(stand)
    configuration = stand.house.file("tandem.yaml", tandem_configuration(address, workers, backend))
    return [str(stand.tandem), "--config", str(configuration)]


def nutcracker_command(stand, address):
    servers = [stand.redis_server] if stand.redis else stand.memcached_servers
    lines = "".join(f"\n    - {server}:1" for server in servers)
    configuration = stand.house.file("nutcracker.yml", f"""
bench:
  listen: {address}
  hash: fnv1a_64
  distribution: ketama
  redis: {str(stand.redis).lower()}
  backlog: 4096
  preconnect: true
  timeout: 5000
  server_connections: 1
  servers:{lines}
""")
    return ["nutcracker", "-c", str(configuration), "-s", str(stand.house.free_port()), "-a", "127.0.0.1"]


def haproxy_command(stand, address):
    lines = "".join(f"\n  server server{index} {server}" for index, server in enumerate(stand.memcached_servers))
    # It needs two descriptors for each connection.
    connections = (stand.house.files_max - 200) // 2
    configuration = stand.house.file("haproxy.cfg", f"""
global
  nbthread 1
  maxconn {connections}
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend clients
  bind {address}
  default_backend servers
backend servers
  balance roundrobin{lines}
""")
    return ["haproxy", "-db", "-f", str(configuration)]


def tcp_address(house):
    return f"127.0.0.1:{house.free_port()}"


def socket_address(house):
    return f"unix:{house.new_path('socket')}"


def _pinned(command):
    def start(stand):
        address = tcp_address(stand.house)
        command_line = [*stand.wrapper, *command(stand, address)]
        return Started(stand.house.start(command_line, stand.house.proxy_cores, address), address)
    return start


def _on_all_cores(command):
    def start(stand):
        address = socket_address(stand.house)
        return Started(stand.house.start(command(stand, address), stand.house.all_cores, address), address)
    return start


def _tandem_of_memory(workers):
    return _on_all_cores(lambda stand, address: tandem_command(stand, address, workers, "{memory: {size: 64MiB}}"))


def _memcached_of_threads(threads):
    return _on_all_cores(lambda stand, address: memcached_command(stand.house, address, threads))


STARTERS = {
    "tandem": _pinned(tandem_command),
    "nutcracker": _pinned(nutcracker_command),
    "haproxy": _pinned(haproxy_command),
    "memcached": _pinned(lambda stand, address: memcached_command(stand.house, address)),
    "redis": _pinned(lambda stand, address: redis_command(stand.house, address)),
    "tandem, 1 worker": _tandem_of_memory(1),
    "tandem, 2 workers": _tandem_of_memory(2),
    "memcached, 1 thread": _memcached_of_threads(1),
    "memcached, 2 threads": _memcached_of_threads(2),
}

ON_ALL_CORES = {name for name in STARTERS if "," in name}
# Those that hold the items themselves.
FILLED_EACH_TIME = {name for name in STARTERS if name not in {"tandem", "nutcracker", "haproxy"}}

