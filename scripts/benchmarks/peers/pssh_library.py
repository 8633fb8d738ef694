"""pssh_library.py RIG COUNT: `true` on all hosts with the parallel-ssh library, 64 at a time."""
import pathlib
import sys

from pssh.clients import ParallelSSHClient

rig = pathlib.Path(sys.argv[1])
hosts = (rig / f"hosts.{sys.argv[2]}").read_text().split()
port = int((rig / "env").read_text().split("=")[1])
client = ParallelSSHClient(
    hosts, pool_size=64, identity_auth=False, user="root", port=port, pkey=str(rig / "client/id"), allow_agent=False, num_retries=1)
output = client.run_command("true")
client.join(output)
bad = [one.host for one in output if one.exit_code != 0]
if bad:
    sys.exit(f"failed on {bad}")
