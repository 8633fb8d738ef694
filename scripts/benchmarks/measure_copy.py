"""copy.*: a file of 100 MB to one and to ten hosts, against scp as installed and against the C loop."""
import hashlib
import os
import statistics

from results import pairwise

SIZE = 100_000_000
ROUNDS = 5


def measure(rig, results):
    source = rig.folder / "big"
    content = os.urandom(SIZE)
    source.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    del content
    for count in (1, 10):
        cases = {
            "martlet": [rig.martlet, "measure", "copy", "--target", rig.targets(count), "--source", source, "--sha256", digest,
                        "--to", "/srv/in/big"],
            "scp": ["xargs", "-a", rig.hosts(count), "-P", "16", "-I@", "scp", "-q", "-F", rig.folder / "ssh_config", source,
                    "@:/srv/in/big.@"],
            "floor": rig.floor(count, "-u", source, "-d", "/srv/in/big"),
        }
        runs = {name: [] for name in cases}
        for turn in range(ROUNDS):
            names = list(cases)
            for name in names[turn % 3:] + names[:turn % 3]:
                rig.clear_landing()
                runs[name].append(rig.run(cases[name]))
                landed = [file.stat().st_size for file in rig.landing.iterdir()]
                assert landed == [SIZE] * count, f"{name} left {landed}"
        rig.clear_landing()
        results.ratio(f"copy.scp.{count}", pairwise([r.wall for r in runs["martlet"]], [r.wall for r in runs["scp"]]))
        for name, several in runs.items():
            results.figure(f"copy.wall.{count}.{name}.s", statistics.median(r.wall for r in several))
            results.figure(f"copy.cpu.{count}.{name}.ms-per-mb", statistics.median(r.cpu for r in several) * 1e9 / SIZE / count)
    results.ratio("copy.cpu", pairwise([r.cpu for r in runs["martlet"]], [r.cpu for r in runs["floor"]]))
    source.unlink()
