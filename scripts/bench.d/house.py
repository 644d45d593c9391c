"""The processes of a benchmark: started on free loopback ports, pinned to a core, stopped by their id.

Everything lives in one temporary directory, and ends with this process even if that is killed.
"""
import contextlib
import os
import pathlib
import pwd
import resource
import shutil
import socket
import subprocess
import tempfile
import time

START_SECONDS = 20
STOP_SECONDS = 10


class Failed(Exception):
    """A program did not start, or ended with an error."""


def raise_file_limit():
    """As many open files as the system allows; the number."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


class House:
    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tandem-bench-"))
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.files_max = raise_file_limit()
        cores = sorted(os.sched_getaffinity(0))
        self.all_cores = set(cores)
        self.proxy_cores = {cores[-1]}
        self.other_cores = set(cores[:-1]) or self.proxy_cores
        self._running = []
        self._files = 0

    def close(self):
        for process in reversed(self._running):
            self._end(process)
        self._running.clear()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def new_path(self, name):
        self._files += 1
        return self.directory / f"{self._files}-{name}"

    def file(self, name, content=""):
        path = self.new_path(name)
        path.write_text(content)
        return path

    @staticmethod
    def free_port():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    def start(self, command, cores, address):
        """Starts a program, and waits until something accepts connections at `address`."""
        log = self.file("log")
        cores = ",".join(map(str, sorted(cores)))
        with open(log, "wb") as output:
            process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "taskset", "--cpu-list", cores, *command],
                                       stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        self._running.append(process)
        deadline = time.monotonic() + START_SECONDS
        while not accepts(address):
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop(process)
                raise Failed(f"{command[0]} did not start (status {process.returncode}): "
                             f"{log.read_text(errors='replace')[-500:]}")
            time.sleep(0.02)
        return process

    def stop(self, process):
        if process in self._running:
            self._running.remove(process)
        self._end(process)

    @staticmethod
    def _end(process):
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def accepts(address):
    family, where = socket.AF_INET, address
    if address.startswith("unix:"):
        family, where = socket.AF_UNIX, address.removeprefix("unix:")
    else:
        host, port = address.rsplit(":", 1)
        where = (host, int(port))
    with socket.socket(family) as probe:
        probe.settimeout(1)
        return probe.connect_ex(where) == 0
