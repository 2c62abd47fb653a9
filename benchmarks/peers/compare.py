"""Time the customers table of crmlib beside other libraries for marketing.

    python benchmarks/peers/compare.py                                     # 10M lines
    python benchmarks/peers/compare.py --lines 1000000 --customers 100000  # a smaller shop

Each library runs in an environment of its own, made on demand in
``.cache/peers`` (2.2 GB from PyPI), reads the same lines from Parquet, and
times its calls in its own process; the processes take turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import venv
from pathlib import Path

import attrs

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from order_lines import Kind, load_order_lines  # noqa: E402 -- of the folder above
from results import describe_machine, write_section  # noqa: E402

CACHE = HERE.parents[1] / ".cache" / "peers"
TITLES: dict[Kind, str] = {"int": "Integers as ids", "str": "Texts as ids"}


@attrs.frozen(kw_only=True)
class Peer:
    """A call that is timed.

    Parameters
    ----------
    script : str
        File beside this one.
    requirements : tuple of str
        What is installed for it; nothing if it runs in this environment.
    rival : str
        The call of crmlib that does as much.
    claim : float
        How many times as long as its rival it takes at least.
    """

    script: str
    requirements: tuple[str, ...] = ()
    rival: str = "crmlib"
    claim: float = 0.0


PEERS = {
    "crmlib": Peer(script="with_crmlib.py"),
    "crmlib + RFMSegmenter": Peer(script="with_crmlib_rfm.py"),
    "lifetimes": Peer(
        script="with_lifetimes.py",
        requirements=("lifetimes==0.11.3", "pandas==3.1.1", "pyarrow==26.0.1"),
        claim=10.0,
    ),
    "pymc-marketing": Peer(
        script="with_pymc_marketing.py",
        requirements=("pymc-marketing==0.19.2", "pandas==3.1.1", "pyarrow==26.0.1"),
        claim=10.0,
    ),
    "openretailscience": Peer(
        script="with_openretailscience.py",
        requirements=("openretailscience==0.48.1",),
        rival="crmlib + RFMSegmenter",
        claim=4.0,
    ),
}


def main() -> None:
    """Measure, print, and keep the result in RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--kinds", nargs="*", default=list(TITLES), choices=list(TITLES))
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    pythons = {name: make_environment(name, peer) for name, peer in PEERS.items()}
    parts = [
        f"""\
The claims: crmlib makes the customers table at least 10 times as fast as lifetimes and
pymc-marketing make theirs, and at least 4 times as fast as openretailscience, which scores
customers in the same query and is therefore measured against `summarize_customers` and
`RFMSegmenter` together. Their tables have three or four columns, ours has nine.

`python benchmarks/peers/compare.py --lines {given.lines} --customers {given.customers}`: each in
an environment and a process of its own, from a pandas table without zones; medians of
{given.rounds} rounds in turn."""
    ]
    versions: dict[str, str] = {}
    for kind in given.kinds:
        path = CACHE / f"{given.lines}-{given.customers}-{kind}.parquet"
        write_lines(path, given.lines, given.customers, kind)
        seconds = take_turns(pythons, path, given.rounds, versions)
        parts.append(f"### {TITLES[kind]}\n\n{tell(seconds)}")
        path.unlink()
    parts += [
        "\n".join(f"- {name}: {told}" for name, told in versions.items()),
        describe_machine("crmlib", "numpy", "pandas", "pyarrow"),
    ]
    text = "\n\n".join(parts)
    print(text)
    write_section("peers", text)


def make_environment(name: str, peer: Peer) -> Path:
    """Give the Python in which *peer* runs, and install it there if that was not done."""
    if not peer.requirements:
        return Path(sys.executable)
    folder = CACHE / name
    python, done = folder / "bin" / "python", folder / "requirements.txt"
    wanted = "\n".join(peer.requirements)
    if not done.exists() or done.read_text(encoding="utf-8") != wanted:
        print(f"installing {name} ...", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *peer.requirements], check=True)
        done.write_text(wanted, encoding="utf-8")
    return python


def write_lines(path: Path, n_lines: int, n_customers: int, kind: Kind) -> None:
    """Write order lines as all libraries read them: instants in UTC, without a zone."""
    lines = load_order_lines(n_lines, n_customers, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    naive = lines.assign(ordered_at=lines["ordered_at"].dt.tz_localize(None))
    naive.to_parquet(path, index=False)


def take_turns(
    pythons: dict[str, Path], path: Path, rounds: int, versions: dict[str, str]
) -> dict[str, list[float]]:
    """Give the seconds of every round, and keep what versions are told."""
    processes = {
        name: subprocess.Popen(
            [python, HERE / PEERS[name].script, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name, python in pythons.items()
    }
    for name, process in processes.items():
        told = json.loads(_read(process))
        versions[name] = ", ".join(f"{package} {number}" for package, number in told.items())
    seconds: dict[str, list[float]] = {name: [] for name in processes}
    names = list(processes)
    for turn in range(rounds):
        for place in range(len(names)):
            name = names[(turn + place) % len(names)]
            process = processes[name]
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
            seconds[name].append(json.loads(_read(process))[0])
    for process in processes.values():
        process.communicate()
    return seconds


def _read(process: subprocess.Popen[str]) -> str:
    """Give the next line of JSON that a process prints; banners are skipped."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(("[", "{")):
            return line
    raise RuntimeError(f"{process.args} ended with {process.wait()}")


def tell(seconds: dict[str, list[float]]) -> str:
    """Give a table of Markdown."""
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    rows = []
    for name, peer in PEERS.items():
        times = medians[name] / medians[peer.rival]
        claim = f"{times:.1f} times {peer.rival} (claimed: {peer.claim:.0f})" if peer.claim else ""
        rows.append(f"| {name} | {medians[name]:.2f} | {min(seconds[name]):.2f} | {claim} |")
    return "\n".join(["| library | median s | fastest s | |", "|---|---:|---:|---|", *rows])


if __name__ == "__main__":
    main()
