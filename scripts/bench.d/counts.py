"""Figures that repeat on a busy machine: instructions and allocations by callgrind, system calls by strace.

Each is the difference between a long session and a short one, so that start and end cancel out.
"""
import re
import sys
import time

from house import Failed
from workloads import WORKLOADS, load_options

# Workload, and requests of the short session; the long one has three times as many.
INSTRUCTION_SESSIONS = [("single", 2000), ("sets", 2000), ("pipelined", 6400), ("multi-get-10", 1000),
                        ("multi-get-100", 200), ("10KiB", 500), ("redis", 2000), ("binary", 2000), ("meta", 2000)]
SYSTEM_CALL_SESSIONS = [("single", 10_000), ("pipelined", 32_000), ("multi-get-100", 1_000)]
LONG = 3
WRITTEN_SECONDS = 10


def chosen(sessions, names):
    return [(name, requests) for name, requests in sessions if not names or name in names]


def workload_of(name):
    return next(each for each in WORKLOADS if each.name == name)


def session(stand, workload, server, requests, options):
    """Plays exactly so many requests against a fresh process, and waits until that has ended."""
    started = stand.start(workload, server)
    try:
        stand.load(started.address, load_options(workload, server) | options | {"requests": requests})
    finally:
        stand.house.stop(started.process)


def instructions(stand, names):
    """One client, so that what arrives together is the same each time."""
    print(f"{'session':<16}{'requests':>10}{'instructions/request':>24}{'allocations/request':>24}")
    for name, requests in chosen(INSTRUCTION_SESSIONS, names):
        print(f"\r\033[K{name}..." if sys.stderr.isatty() else f"{name}...", end="", file=sys.stderr, flush=True)
        short, long = (counted_instructions(stand, name, count) for count in (requests, LONG * requests))
        each = [(more - less) / ((LONG - 1) * requests) for less, more in zip(short, long)]
        print("\r\033[K" if sys.stderr.isatty() else "\n", end="", file=sys.stderr, flush=True)
        print(f"{name:<16}{LONG * requests:>10,}{each[0]:>24,.0f}{each[1]:>24.3f}", flush=True)
    return 0


def counted_instructions(stand, name, requests):
    output = stand.house.file("callgrind")
    stand.wrapper = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={output}"]
    session(stand, workload_of(name), "tandem", requests, {"connections": 1})
    total = int(awaited(output, r"^(?:totals|summary): (\d+)").group(1))
    return total, allocations(output.read_text())


def allocations(profile):
    """Calls of malloc and its kin, which callgrind writes as "calls=N" behind the function's name or number."""
    numbers = set(re.findall(r"^c?fn=\((\d+)\) (?:malloc|calloc|realloc|aligned_alloc|posix_memalign)$", profile,
                             re.MULTILINE))
    calls = re.findall(r"^cfn=\((\d+)\).*\ncalls=(\d+)", profile, re.MULTILINE)
    return sum(int(count) for number, count in calls if number in numbers)


def system_calls(stand, names):
    """Fifty clients. Being traced makes a server slow, and more arrives for it at a time than otherwise."""
    for name, requests in chosen(SYSTEM_CALL_SESSIONS, names):
        for server in ("nutcracker", "tandem"):
            short, long = (counted_calls(stand, name, server, count) for count in (requests, LONG * requests))
            each = {call: (count - short.get(call, 0)) / ((LONG - 1) * requests) for call, count in long.items()}
            shown = sorted(((count, call) for call, count in each.items() if count >= 0.0005), reverse=True)
            print(f"{name:<14}{server:<12}{sum(each.values()):>7.3f} per request: " +
                  ", ".join(f"{call} {count:.3f}" for count, call in shown), flush=True)
    return 0


def counted_calls(stand, name, server, requests):
    output = stand.house.file("strace")
    # The tracer is the grandchild (-D), so that the process that is started and stopped is the server.
    stand.wrapper = ["strace", "-D", "-f", "-c", "-o", str(output)]
    session(stand, workload_of(name), server, requests, {})
    awaited(output, r"^.* total$")
    rows = (line.split() for line in output.read_text().splitlines())
    return {row[-1]: int(row[3]) for row in rows if len(row) >= 5 and row[3].isdigit() and row[-1] != "total"}


def awaited(path, pattern):
    """The first match in a file that is written when its program has ended."""
    deadline = time.monotonic() + WRITTEN_SECONDS
    while True:
        found = re.search(pattern, path.read_text(), re.MULTILINE)
        if found:
            return found
        if time.monotonic() > deadline:
            raise Failed(f"{path.name} was not written")
        time.sleep(0.05)
