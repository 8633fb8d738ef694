"""Lays out the commands and files of a saved plan for the script that makes the same cluster by hand."""
import json
import pathlib

PRELUDE = """PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive
export PATH LC_ALL DEBIAN_FRONTEND
umask 022
set -eu
"""
GROUPS = {"/var/lib/martlet/packages": "packages", "/usr/local/bin": "bin", "/opt/cni/bin": "cni", "/var/lib/martlet/images": "images"}


def write(folder, plan, bundle):
    """`plan` is what `martlet plan --out` saved for fresh hosts, `bundle` the folder of the bundle."""
    blobs = {file["sha256"]: pathlib.Path(bundle).resolve() / file["path"]
             for file in json.loads((pathlib.Path(bundle) / "bundle.json").read_text())["files"]}
    for step in json.loads(pathlib.Path(plan).read_text())["steps"]:
        name, host = step["id"].split("@")
        for action in step["actions"]:
            ((kind, content),) = action.items()
            if kind == "putFile":
                put_file(folder / host / "root", content)
            elif kind == "putBlob":
                put_blob(folder / host, content, blobs)
            else:
                put_script(folder / host / "steps" / name, content["_0"])


def put_file(root, content):
    path = root / content["path"].lstrip("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content["text"])
    path.chmod(content["mode"])


def put_blob(host, content, blobs):
    path = pathlib.PurePosixPath(content["path"])
    group = GROUPS[str(path.parent)]
    (host / "root" / str(path.parent).lstrip("/")).mkdir(parents=True, exist_ok=True)
    folder = host / "blobs" / group
    folder.mkdir(parents=True, exist_ok=True)
    folder.with_suffix(".folder").write_text(str(path.parent))
    (folder / path.name).symlink_to(blobs[content["blob"]["sha256"]])


def put_script(folder, script):
    folder.mkdir(parents=True, exist_ok=True)
    number = len(list(folder.glob("*.sh")))
    (folder / f"{number}.sh").write_text(PRELUDE + script["text"])
    (folder / f"{number}.in").write_text(script["input"])
