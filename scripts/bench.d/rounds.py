"""Rounds: every workload with every server, again and again, so that a busy minute falls on all alike."""
import statistics
import sys
import time

from house import Failed
from workloads import WORKLOADS


class Progress:
    """One line on a terminal, or a line a run elsewhere."""

    def __init__(self, total):
        self._total = total
        self._done = 0
        self._began = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def show(self, text):
        elapsed = time.monotonic() - self._began
        left = elapsed / self._done * (self._total - self._done) if self._done else 0
        line = f"[{self._done + 1}/{self._total}] {text}" + (f", {left:.0f} s left" if left else "")
        print(f"\r\033[K{line}" if self._terminal else line, end="" if self._terminal else "\n", file=sys.stderr,
              flush=True)
        self._done += 1

    def end(self):
        if self._terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


class Rounds:
    def __init__(self, stand, workloads, servers, seconds):
        self._stand = stand
        self._seconds = seconds
        self.plan = [(workload, [name for name in workload.servers if not servers or name.split(",")[0] in servers])
                      for workload in workloads]
        self.runs = []  # a dictionary each

    def play(self, rounds):
        progress = Progress(rounds * sum(len(names) for _, names in self.plan))
        for number in range(rounds):
            for workload, names in self.plan:
                # Who goes first changes, so that nobody always follows the same one.
                turn = number % max(len(names), 1)
                for server in names[turn:] + names[:turn]:
                    progress.show(f"round {number + 1}/{rounds}: {workload.name}, {server}")
                    self._run(number, workload, server)
        progress.end()
        return self.runs

    def _run(self, number, workload, server):
        run = {"round": number, "workload": workload.name, "server": server}
        try:
            rate = self._half_rate() if workload.half_rate else 0
            found = self._stand.run(workload, server, self._seconds, rate)
            run |= flattened(found) | {"rate": rate}
        except Failed as problem:
            run["failed"] = str(problem)
            print(f"\n{workload.name}, {server}: {problem}", file=sys.stderr)
        self.runs.append(run)

    def _half_rate(self):
        reached = [run["per_second"] for run in self.runs
                   if run["workload"] == "single" and run["server"] == "nutcracker" and "failed" not in run]
        if not reached:
            single = next(each for each in WORKLOADS if each.name == "single")
            self._run(-1, single, "nutcracker")
            return self._half_rate() if "failed" not in self.runs[-1] else 1000
        # The same rate for all, whatever later rounds reach.
        return round(reached[0] / 2)


def flattened(found):
    """One run's figures, with those of the server under test by name."""
    server = found["watched"][0]
    seconds = found["seconds"]
    kept = {key: found[key] for key in ("requests", "seconds", "per_second", "p50_us", "p99_us", "max_us", "babbled")}
    return kept | {
        "cpu_us": server["cpu_ns"] / 1000 / max(found["requests"], 1),
        "cores": server["cpu_ns"] / 1e9 / seconds,
        "generator_cores": found["generator_cpu_ns"] / 1e9 / seconds,
        "start_mib": server["start_kib"] / 1024,
        "resident_mib": server["resident_kib"] / 1024,
        "peak_mib": server["peak_kib"] / 1024,
        "idle_kib_each": (server["idle_kib"] - server["start_kib"]) / found["idle_connections"]
        if found["idle_connections"] else None,
        "noise": found["noise"],
    }


class Results:
    """Medians over rounds, and ratios of runs in the same round."""

    def __init__(self, runs):
        self._runs = {}
        for run in runs:
            if "failed" not in run and run["round"] >= 0:
                self._runs.setdefault((run["workload"], run["server"]), {})[run["round"]] = run

    def median(self, workload, server, figure):
        found = [run[figure] for run in self._runs.get((workload, server), {}).values() if run[figure] is not None]
        return statistics.median(found) if found else None

    def ratio(self, workload, server, peer, figure):
        """The median of the rounds' ratios: both were measured one shortly after the other."""
        ours, theirs = (self._runs.get((workload, name), {}) for name in (server, peer))
        found = [ours[number][figure] / theirs[number][figure] for number in ours.keys() & theirs.keys()
                 if theirs[number][figure]]
        return statistics.median(found) if found else None
