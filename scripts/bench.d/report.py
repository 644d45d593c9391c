"""What is printed: one table of medians, and the targets that no single ratio shows."""
import os
import platform
import statistics
import subprocess

from workloads import CORES

HEADINGS = ["workload", "server", "requests/s", "us/request", "cores", "p50 us", "p99 us", "MiB", "peak MiB",
            "Tandem : it", "target", ""]
IDLE_MIB_MAX = 10
IDLE_CONNECTION_KIB_MAX = 2
LARGE_PEAK_MIB_MAX = 60
TWO_WORKERS_MIN = 1.7


def shown(value, form):
    return "-" if value is None else format(value, form)


def verdict(value, bound):
    if value is None or bound is None:
        return ""
    return "met" if value <= bound else "missed"


def row(results, workload, server):
    figure = {name: results.median(workload.name, server, name)
              for name in ("per_second", "cpu_us", "cores", "p50_us", "p99_us", "resident_mib", "peak_mib")}
    ratio = results.ratio(workload.name, "tandem", server, "cpu_us") if server != "tandem" else None
    bound = workload.targets.get(server)
    return [workload.name, server, shown(figure["per_second"], ",.0f"), shown(figure["cpu_us"], ".2f"),
            shown(figure["cores"], ".2f"), shown(figure["p50_us"], ",.0f"), shown(figure["p99_us"], ",.0f"),
            shown(figure["resident_mib"], ".1f"), shown(figure["peak_mib"], ".1f"),
            "" if ratio is None else f"{ratio:.3f}", "" if bound is None else f"<= {bound:.2f}", verdict(ratio, bound)]


def table(results, plan):
    rows = [HEADINGS]
    for workload, servers in plan:
        for index, server in enumerate(servers):
            cells = row(results, workload, server)
            rows.append(cells if index == 0 else ["", *cells[1:]])
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(HEADINGS))]
    lines = []
    for number, cells in enumerate(rows):
        if number > 0 and cells[0]:
            lines.append("")
        lines.append("  ".join(cell.ljust(width) if column < 2 else cell.rjust(width)
                               for column, (cell, width) in enumerate(zip(cells, widths))).rstrip())
    return "\n".join(lines)


def checks(results):
    """The targets besides: what, measured, bound, and whether it is met. Those that were not measured are left out."""
    found = []

    def at_most(what, value, bound, unit):
        if value is not None and bound is not None:
            found.append({"what": what, "value": value, "unit": unit, "bound": f"<= {bound:.4g}",
                          "verdict": verdict(value, bound)})

    at_most("memory before the first client", results.median("single", "tandem", "start_mib"), IDLE_MIB_MAX, "MiB")
    at_most("memory of an idle connection", results.median("idle", "tandem", "idle_kib_each"),
            IDLE_CONNECTION_KIB_MAX, "KiB")
    at_most("peak memory, fifty values of 500 KiB in flight", results.median("500KiB", "tandem", "peak_mib"),
            LARGE_PEAK_MIB_MAX, "MiB")
    at_most("p99 at half of nutcracker's rate, Tandem : nutcracker",
            results.ratio("fixed-rate", "tandem", "nutcracker", "p99_us"), 1, "")
    more = results.ratio("workers", "tandem, 2 workers", "tandem, 1 worker", "per_second")
    if more is not None:
        found.append({"what": "two workers : one, requests per second", "value": more, "unit": "",
                      "bound": f">= {TWO_WORKERS_MIN}", "verdict": "met" if more >= TWO_WORKERS_MIN else "missed"})
    return found


def checks_text(found):
    return "\n".join(f"{each['what']}: {each['value']:.3f} {each['unit']}".rstrip() +
                     f" (target {each['bound']}, {each['verdict']})" for each in found)


def notes(results):
    """What the table has no column for."""
    return "\n".join([*idle_notes(results), *stuck_notes(results), *worker_notes(results)])


def idle_notes(results):
    for server in ("memcached", "haproxy", "nutcracker", "tandem"):
        each = results.median("idle", server, "idle_kib_each")
        if each is not None:
            yield f"idle: {server} takes {each:.2f} KiB for each idle connection"


def stuck_notes(results):
    for server in ("memcached", "haproxy", "nutcracker", "tandem"):
        taken = results.median("stuck", server, "babbled")
        if taken is None:
            continue
        yield f"stuck: {server} " + "; ".join(
            f"{name} peak {shown(results.median(name, server, 'peak_mib'), '.1f')} MiB, "
            f"p99 {shown(results.median(name, server, 'p99_us'), ',.0f')} us, "
            f"{shown(results.median(name, server, 'per_second'), ',.0f')} requests/s" for name in ("stuck", "10KiB")
        ) + f"; {taken / 1024:,.0f} KiB of requests were taken from the stuck client"


def worker_notes(results):
    for server in CORES:
        used, generator = (results.median("workers", server, name) for name in ("cores", "generator_cores"))
        if used is not None:
            yield (f"workers: {server}: {used:.2f} cores of {len(os.sched_getaffinity(0))}, the generator "
                   f"{generator:.2f}")
    more = results.ratio("workers", CORES[-1], CORES[-2], "cpu_us")
    if more is not None:
        yield f"workers: us/request of two workers : one {more:.2f}"


def noise(runs):
    """What others used of the core under test, and what the host took of it: medians over runs, in words."""
    # On all cores the generator is one of the others.
    measured = [run["noise"] for run in runs if "failed" not in run and run["server"] not in CORES]
    if not measured:
        return ""
    others, stolen = (statistics.median(each[name] for each in measured) for name in ("others", "stolen"))
    return f"Others used {others:.0%} of the server's core, the host took {stolen:.0%}."


def failures(runs):
    return "\n".join(f"failed: {run['workload']}, {run['server']}: {run['failed']}" for run in runs if "failed" in run)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
    return {"processor": model, "cores": len(os.sched_getaffinity(0)), "kernel": platform.release()}


def versions(tandem):
    commands = {"tandem": [str(tandem), "--version"], "memcached": ["memcached", "-V"], "haproxy": ["haproxy", "-v"],
                "nutcracker": ["nutcracker", "-V"], "redis": ["redis-server", "--version"]}
    found = {}
    for name, command in commands.items():
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=10)
            found[name] = (done.stdout + done.stderr).strip().splitlines()[0]
        except (OSError, IndexError, subprocess.TimeoutExpired):
            found[name] = "not there"
    return found
