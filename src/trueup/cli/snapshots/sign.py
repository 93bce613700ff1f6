"""`trueup snapshot sign`: vouch for a snapshot."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trueup.cli.options import closing
from trueup.cli.snapshots.options import folder_of, with_folder

if TYPE_CHECKING:
    from trueup.evidence.store.keys import Signer


@click.command("sign", epilog=closing("trueup snapshot sign latest --key ~/.ssh/id_ed25519", 0, 2, 3))
@click.argument("reference", metavar="REF")
@with_folder
@click.option("--key", type=click.Path(path_type=Path), metavar="FILE", help="Sign with this OpenSSH private key.")
@click.option(
    "--agent",
    is_flag=False,
    flag_value="",
    metavar="[FINGERPRINT]",
    help="Let ssh-agent sign: with its only Ed25519 key, or the one whose fingerprint (SHA256:…) begins so.",
)
def command(
    reference: str, root: Path, config: Path | None, folder: Path | None, key: Path | None, agent: str | None
) -> None:
    """Sign a snapshot with an Ed25519 key of SSH.

    The signature stands beside the snapshot, in a DSSE envelope with an in-toto statement that names the file, its
    SHA-256 and the snapshot's digest. Others can add theirs. A passphrase is asked for on the terminal. The path of
    the envelope is printed. REF is as for `trueup snapshot show`.
    """
    from trueup.errors import UsageError
    from trueup.evidence.store.references import resolve
    from trueup.evidence.store.signing import sign

    if (key is None) == (agent is None):
        raise UsageError("one of --key and --agent is needed")
    path = resolve(reference, folder_of(root, config, folder))
    click.echo(sign(path, _signer(key, agent)))


def _signer(key: Path | None, agent: str | None) -> Signer:
    from trueup.errors import UsageError
    from trueup.evidence.store.agent import Agent
    from trueup.evidence.store.keys import KeyFile

    if key is not None:
        return KeyFile(key, lambda: _passphrase(key))
    socket = os.environ.get("SSH_AUTH_SOCK")
    if not socket:
        raise UsageError("no ssh-agent is known", hint="SSH_AUTH_SOCK names its socket: `eval $(ssh-agent)`, `ssh-add`")
    return Agent(socket, agent or "")


def _passphrase(key: Path) -> str:
    from trueup.errors import UsageError

    if sys.stdin is None or not sys.stdin.isatty():
        hint = "sign on a terminal, or add the key to an agent and use `--agent`"
        raise UsageError("the key has a passphrase", where=str(key), hint=hint)
    passphrase: str = click.prompt(f"Passphrase of {key}", hide_input=True, err=True, prompt_suffix=": ")
    return passphrase
