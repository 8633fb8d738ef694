"""asyncssh_gather.py RIG COUNT: `true` on all hosts with asyncssh, 64 at a time, host keys verified."""
import asyncio
import pathlib
import sys

import asyncssh

rig = pathlib.Path(sys.argv[1])
hosts = (rig / f"hosts.{sys.argv[2]}").read_text().split()
port = int((rig / "env").read_text().split("=")[1])


async def main():
    gate = asyncio.Semaphore(64)
    options = asyncssh.SSHClientConnectionOptions(
        username="root", client_keys=[str(rig / "client/id")], agent_path=None, config=None,
        known_hosts=asyncssh.read_known_hosts(str(rig / "known_hosts")), gss_host=None, kex_algs=["curve25519-sha256"],
        server_host_key_algs=["ssh-ed25519"], encryption_algs=["aes128-gcm@openssh.com"], preferred_auth=["publickey"])

    async def one(host):
        async with gate, asyncssh.connect(host, port, options=options) as connection:
            assert (await connection.run("true")).exit_status == 0

    await asyncio.gather(*map(one, hosts))


asyncio.run(main())
