"""copy.*: a file of 100 MB to one and to ten hosts, against scp as installed and against the C loop.

With several hosts martlet sends the file once, and the hosts pass it on to each other (`direct`: every copy comes from here). The
"hosts" are addresses of this machine: what passes between them costs this machine's processors, and no network. So the wall clock
shows that passing on is cheaper than encrypting, sending and decrypting again; what it saves on a slow uplink, the bytes sent from
here show (`copy.sent.*`), and no clock of this rig.
"""
import hashlib
import os
import re
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
        if count > 1:
            cases["direct"] = [*cases["martlet"], "--direct"]
        runs = {name: [] for name in cases}
        for turn in range(ROUNDS):
            names = list(cases)
            for name in names[turn % len(names):] + names[:turn % len(names)]:
                rig.clear_landing()
                runs[name].append(rig.run(cases[name]))
                landed = [file.stat().st_size for file in rig.landing.iterdir()]
                assert landed == [SIZE] * count, f"{name} left {landed}"
        rig.clear_landing()
        results.ratio(f"copy.scp.{count}", pairwise([r.wall for r in runs["martlet"]], [r.wall for r in runs["scp"]]))
        for name, several in runs.items():
            results.figure(f"copy.wall.{count}.{name}.s", statistics.median(r.wall for r in several))
            results.figure(f"copy.cpu.{count}.{name}.ms-per-mb", statistics.median(r.cpu for r in several) * 1e9 / SIZE / count)
        for name in ("martlet", "direct"):
            sent = [int(re.search(r"(\d+) bytes from here", r.output)[1]) for r in runs.get(name, [])]
            if sent:
                results.figure(f"copy.sent.{count}.{name}.mb", statistics.median(sent) / 1e6)
    # Of what is sent: copies that other hosts made cost the client nothing.
    results.ratio("copy.cpu", pairwise([r.cpu for r in runs["direct"]], [r.cpu for r in runs["floor"]]))
    source.unlink()
