"""Commands: in fences and in code spans. A request claims its URL and what it answers, a service command its units.

`curl -fsS http://127.0.0.1:4000/health` claims that this path answers with success and without a key, from the host
where the command is run: the one of the text around it, or of an `ssh HOST` before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from trueup.canon.clauses import Clause, Scope, within
from trueup.canon.roles import Role
from trueup.canon.scope import leads
from trueup.reading.lexicon import Lexicon
from trueup.reading.markdown import Block, Text, lines
from trueup.reading.mentions import Mention, find_mentions
from trueup.vocabulary import Modality, Reach, reach_of

_SHELLS = frozenset(
    {"", "sh", "bash", "zsh", "shell", "console", "terminal", "shell-session", "shellsession", "fish", "text"}
)
_REQUEST = re.compile(r"(?:^|[\s|&;('\"$])(?:curl|wget|xh|https?ie|http)\s")
_COMMAND = re.compile(
    r"^(?:sudo\s+)?(?:curl|wget|xh|http|ssh|systemctl|journalctl|launchctl|service|mlxctl|python3?|ollama|docker|podman|vllm|uvicorn|npm|uv|pip|brew|git|make)\s"
    # Whatever else begins with a program and has options, or with an assignment, is typed too.
    r"|^[a-z][\w./-]*\s(?:\S+\s)*--?[A-Za-z]|^[A-Z][A-Z0-9_]*=\S+\s"
)
_SENDS_BODY = re.compile(
    r"\s(?:-X\s*|--request[ =])['\"]?(?:POST|PUT|PATCH|DELETE)|\s(?:-d|--data\S*|--json|-F|--form)\b|\sPOST\s"
)
_SENDS_KEY = re.compile(r"(?:authorization|x-api-key|api-key)\s*:|\s(?:-u|--user|--oauth2-bearer)[ =]", re.IGNORECASE)
# A header, file or variable that may hold a key: whether one goes along cannot be told.
_MAY_SEND_KEY = re.compile(
    r"\s(?:-H|--header)\s*=?['\"]?[$@]|\$\{?\w*(?:AUTH|HEADER)"
    r"|\s(?:--config|-K|--netrc|-n|--auth|--auth-type|-A|-a|--cert|-b|--cookie)[ =]",
    re.IGNORECASE,
)
# What the line behind a command shows of its answer: a comment, or the first line of a transcript.
_ANSWERED = re.compile(r"\s*(?:HTTP/[\d.]+ \d{3}|#\s*(?:→|->|=>|⇒|expect|prints?|returns?|answers?|\d{3}\b))")
_PRINTS_STATUS = re.compile(r"%\{(?:http_code|response_code)\}")
# Behind a tunnel a local port is another machine's.
_TUNNEL = re.compile(r"\bssh\b[^\n]{0,200}?\s-[A-Za-z]*L\s?(?:[\w.*]+:)?(?P<port>\d{1,5}):[\w.]+:\d")
_SSH = re.compile(r"(?:^|\s)ssh\s+(?:-\w+\s+(?:[\w./:][\w./:-]*\s+(?=\S))?)*(?:[\w.-]+@)?(?P<host>[\w.-]+)")
_UNIT_COMMAND = re.compile(
    r"\bsystemctl\s+(?:-[\w=-]+\s+)*(?P<verb>status|start|restart|reload|try-restart|enable|is-active|is-enabled|is-failed|cat|show)\s+"
    r"(?P<names>[^|&;#\n)'\"`]+)"
    r"|\bjournalctl\s(?:[^|;\n]{0,200}?\s)?(?:-u|--unit)[ =]+(?P<journal>[\w@.-]+)"
    r"|\blaunchctl\s+(?:print|kickstart|kill\s+\w+|enable|start)\s+(?:-\w+\s+)*(?:(?:system|gui/\S+?|user/\S+?)/)?(?P<label>[a-zA-Z][\w-]*\.[\w.-]+)"
)
_ASSIGNMENT = re.compile(
    r"^\s*(?:export\s+|set\s+-gx\s+)?(?P<name>[A-Z][A-Z0-9_]*(?:URL|BASE|HOST|ENDPOINT)[A-Z0-9_]*)[= ]"
)
_SUFFIXES = (".service", ".socket", ".timer", ".target", ".mount", ".path")


@dataclass(frozen=True, slots=True)
class _Command:
    """One shell command, continuation lines joined: text[start:end], with its comments (own line end, lines around)."""

    start: int
    end: int
    comments: tuple[tuple[int, int], ...]


def spans(text: Text, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Return the code spans of text[start:end] that hold a command."""
    codes = [mark for mark in text.marks_between(start, end) if mark.kind == "code"]
    return tuple((mark.start, mark.end) for mark in codes if _COMMAND.match(text.text[mark.start : mark.end]))


def read_span(
    text: Text,
    span: tuple[int, int],
    around: tuple[Mention, ...],
    modality: Modality,
    scope: Scope,
    lexicon: Lexicon,
    group: int,
) -> Iterator[Clause]:
    """Read a command in a code span; the sentence around it says what it answers and whether a key goes along."""
    elsewhere = [mention for mention in around if not span[0] <= mention.start < span[1]]
    hosts = {mention.value for mention in elsewhere if mention.kind == "host"}
    if len(hosts) == 1:
        scope = replace(scope, host=hosts.pop())
    said = [mention for mention in elsewhere if mention.kind in ("status", "auth", "handle")]
    own = within(around, *span)
    for clause in _clauses(text, _Command(*span, ()), own, said, scope, lexicon, group):
        yield replace(clause, modality=modality)


def read(block: Block, scope: Scope, lexicon: Lexicon, group: int) -> Iterator[Clause]:
    """Read a fenced block of shell commands, or of assignments. An unclosed fence holds no claims."""
    language = block.language.split()[0].lower() if block.language.split() else ""
    if not block.closed or language not in _SHELLS | {"env", "dotenv", "ini"}:
        return
    intro = block.context.intro
    said: list[Mention] = []
    if intro is not None and leads(intro):
        said = [mention for mention in find_mentions(intro.text, lexicon) if mention.kind in ("status", "auth")]
    found = find_mentions(block.text.text, lexicon)
    here = scope
    tunnelled = {int(match["port"]) for match in _TUNNEL.finditer(block.text.text)}
    for number, command in enumerate(_commands(block.text)):
        words = block.text.text[command.start : command.end].strip()
        session = _SSH.fullmatch(words)
        if session or words in ("exit", "logout"):
            # What follows is typed on the other host, whether or not it is one that we know.
            scope = replace(here, host=lexicon.hosts.get(session["host"].lower())) if session else here
            continue
        own = within(found, command.start, command.end)
        comments = [mention for start, end in command.comments for mention in within(found, start, end)]
        expected = [*(m for m in comments if m.kind in ("status", "auth", "handle")), *said]
        away = any(
            m.port in tunnelled and reach_of(m.value) is Reach.LOOPBACK for m in own if m.kind in ("url", "socket")
        )
        meant = replace(scope, modality=Modality.CONDITIONAL) if away else scope
        yield from _clauses(block.text, command, own, expected, meant, lexicon, group + number)


def _commands(text: Text) -> Iterator[_Command]:
    """Cut a block into commands: continuation lines joined, prompts dropped, comments given to the nearest."""
    rows = list(lines(text))
    index = 0
    pending: list[tuple[int, int]] = []
    while index < len(rows):
        offset, line = rows[index]
        index += 1
        bare = line.strip()
        if not bare:
            pending = []
        elif bare.startswith("#"):
            pending.append((offset, offset + len(line)))
        else:
            start = offset + len(line) - len(line.lstrip()) + (2 if bare.startswith(("$ ", "> ", "% ")) else 0)
            end = offset + len(line)
            while line.rstrip().endswith("\\") and index < len(rows):
                offset, line = rows[index]
                end = offset + len(line)
                index += 1
            after = []
            if index < len(rows) and _ANSWERED.match(rows[index][1]):
                after.append((rows[index][0], rows[index][0] + len(rows[index][1])))
            yield _Command(start, end, (*pending, *after))
            pending = []


def _clauses(
    text: Text,
    command: _Command,
    mentions: tuple[Mention, ...],
    expected: list[Mention],
    scope: Scope,
    lexicon: Lexicon,
    group: int,
) -> Iterator[Clause]:
    words = text.text[command.start : command.end]
    remote = _SSH.search(words)
    if remote:
        scope = replace(scope, host=lexicon.hosts.get(remote["host"].lower()))
    # Names in a command (a config file called litellm.yaml) say nothing about whose URL it is: the port does.
    scope = replace(scope, service=None)
    units = tuple(_unit_mentions(words, command.start))
    if units:
        yield Clause(text, command.start, command.end, units, scope, scope.modality, "command", group)
    is_request = bool(_REQUEST.search(words))
    # curl takes an address without a scheme for http.
    own = tuple(
        replace(m, kind="url", scheme="http") if m.kind == "socket" and is_request else m
        for m in mentions
        if m.kind in ("url", "handle", "status", "auth") or (m.kind == "socket" and is_request)
    )
    assigned = _ASSIGNMENT.match(words)
    if assigned:
        scope = replace(scope, service=_named_by_variable(assigned["name"], lexicon), lead=True)
    if not any(m.kind == "url" for m in own) or not (is_request or assigned):
        return
    told = any(m.kind == "status" for m in (*own, *expected))
    asks = (
        is_request
        and not _SENDS_BODY.search(words)
        and not _MAY_SEND_KEY.search(words)
        and (told or not _PRINTS_STATUS.search(words))
    )
    role: Role | None = "request" if asks else None
    kept = tuple(m for m in own if m.kind in ("url", "handle") or (m.kind in ("status", "auth") and role))
    if _SENDS_KEY.search(words) and not any(m.kind == "auth" and m.wanted for m in kept):
        expected = [Mention("auth", command.end, command.end, "key", wanted=True), *expected]
    own_kinds = {m.kind for m in kept}
    given = tuple(replace(m, start=command.end, end=command.end) for m in expected if m.kind not in own_kinds)
    modality = scope.modality
    if re.search(r"<[\w -]+>|\{\{", words):
        modality = Modality.EXAMPLE
    yield Clause(text, command.start, command.end, kept, scope, modality, "command", group, role, given)


def _named_by_variable(name: str, lexicon: Lexicon) -> str | None:
    """LITELLM_BASE_URL is LiteLLM's: the longest leading words of a variable that name a service."""
    words = name.lower().split("_")
    for length in range(len(words), 0, -1):
        found = lexicon.services.get("_".join(words[:length]))
        if found is not None:
            return found
    return None


def _unit_mentions(words: str, base: int) -> Iterator[Mention]:
    """The units that a service command acts on; a bare name is a `.service`, as systemctl takes it."""
    for match in _UNIT_COMMAND.finditer(words):
        if match["names"]:
            for name in re.finditer(r"[^\s,]+", match["names"]):
                if re.fullmatch(r"[A-Za-z0-9][\w@.:\\-]*", name.group()) and not name.group().startswith("-"):
                    full = name.group() if name.group().endswith(_SUFFIXES) else f"{name.group()}.service"
                    start = base + match.start("names") + name.start()
                    yield Mention("unit", start, start + len(name.group()), full)
        elif match["journal"]:
            name_ = match["journal"]
            full = name_ if name_.endswith(_SUFFIXES) else f"{name_}.service"
            yield Mention("unit", base + match.start("journal"), base + match.end("journal"), full)
        else:
            yield Mention("unit", base + match.start("label"), base + match.end("label"), match["label"])
