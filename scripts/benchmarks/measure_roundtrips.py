"""roundtrips.* and copy.same: counted on the wire by a relay, not timed."""
import hashlib
import re
import time

LINE = re.compile(r"turns (\d+) up (\d+) down (\d+)")
# Far above what the server needs to answer, so that a turn can be told from bytes that cross on the way.
DELAY_MS = 60


def measure(rig, results, has_parts):
    log = rig.folder / "turns"
    with rig.relay(DELAY_MS, log) as port:
        target = rig.targets_at(port, 1)

        def count(*words):
            """Turns and bytes sent of the one connection that the command makes."""
            return one_link(rig, log, [rig.martlet, *words])

        results.figure("roundtrips.first.floor", 1 + one_link(rig, log, rig.floor(1, "-c", "true", port=port))[0])
        first, bare = count("exec", "--target", target, "--", "true")
        results.ratio("roundtrips.first", (first + 1) / 8)
        results.figure("roundtrips.first.martlet", first + 1)
        if not has_parts:
            results.lacks(["roundtrips.batch", "copy.same"], "this martlet has no `measure` command")
            return
        batches(results, count, target)
        same(rig, results, count, target, bare)


def one_link(rig, log, command):
    """Turns and bytes sent of the only connection of a command; the relay tells them some moments after the command's end."""
    log.write_text("")
    rig.run(command)
    return links(log, 1, command[0])[0]


def links(log, count, who):
    """Turns and bytes sent of so many connections, once the relay has told them; those that nobody spoke on do not count."""
    deadline = time.monotonic() + 10
    while True:
        found = [(int(turns), int(up)) for turns, up, _ in LINE.findall(log.read_text()) if up != "0"]
        if len(found) >= count or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    assert len(found) == count, f"{who} made {len(found)} connections, expected {count}"
    return found


def batches(results, count, target):
    one, _ = count("measure", "probes", "--target", target, "--rounds", "1")
    five, _ = count("measure", "probes", "--target", target, "--rounds", "5")
    results.ratio("roundtrips.batch", (five - one) / 4)
    results.figure("roundtrips.probes.first", one + 1)


def same(rig, results, count, target, bare):
    """A file of 1 MB, copied twice: what the second time costs above a connection that runs `true`."""
    content = bytes(range(256)) * 4096
    source = rig.folder / "same"
    source.write_bytes(content)
    words = ("measure", "copy", "--target", target, "--source", str(source), "--sha256", hashlib.sha256(content).hexdigest(),
             "--to", "/srv/in/same")
    _, sent = count(*words)
    assert sent > len(content), "the first copy sent nothing"
    turns, again = count(*words)
    results.ratio("copy.same", max(0, again - bare) / 4096)
    results.figure("copy.same.bytes", again - bare)
    results.figure("copy.same.roundtrips", turns + 1)
    rig.clear_landing()
