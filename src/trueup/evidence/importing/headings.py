"""What headings and labels say about the lines below them: host, operating system, service, topics, tool."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from trueup.reading.lexicon import Lexicon
from trueup.reading.markdown import Document

_NO_NAMES = {"host", "hosts", "machine", "server", "system", "network", "the", "current", "docker", "services"}
# Headings in lower case that are no machine's name either.
_COMMON = re.compile(
    r"overview|background|context|purpose|scope|intro|introduction|about|details|evidence|results|"
    r"result|observed|observations|raw|output|outputs|logs|log|misc|other|others|todo|next|plan|"
    r"appendix|references|links|status|state|checks|check|tests|test|commands|setup|stack|gateway|"
    r"monitoring|models|inference|storage|backup|security|firewall|hardware|software|tools|apps|"
    r"containers|containerd|podman|images|volumes|users|cron|timers|dns|proxy|tailscale|vpn|wifi|"
    r"router|gpu|cpu|disk|disks|memory|facts|snapshot|reality|timeline|history|changelog|legend|"
    r"key|keys|metrics|alerts|web|chat|llm|llms|ai|before|after|today|yesterday|morning|evening|"
    r"local|remote|internal|external|public|private|production|staging"
)
LONGEST_TITLE = 300
_OS = (
    r"(?:mac ?os|os x|darwin|linux|ubuntu|debian|fedora|centos|rhel|rocky|alma|arch|nixos|alpine|suse|opensuse"
    r"|raspbian|raspberry pi os|proxmox|freebsd|openbsd|windows|wsl2?)"
)
_HOST_HEADING = re.compile(
    rf"(?:host:?\s+)?(?P<name>[A-Za-z][\w.-]*)(?:\s*[(,—–:-]+\s*(?P<os>{_OS})\b[^)]*\)?)?"
    r"(?P<tail>\s*[—–:-]+\s*(?:evidence|observed|observations|snapshot|facts|state|reality)\b.*)?",
    re.IGNORECASE,
)
_HOSTNAME = re.compile(r"[a-z][a-z0-9]{2,}(?:-[a-z0-9]+){0,3}(?:\.(?:local|lan|home|internal))?")
_TITLE_HOSTS = re.compile(r"\(([^()]*)\)\s*$|(?:of|for|:)\s+([\w .+&,-]+)$")
_OF_NAMES = re.compile(r"\s*(?:\+|&|,|\band\b)\s*")
_TOOL = re.compile(
    r"\b(?:lsof|ss|netstat|curl|docker|podman|[a-z]+ctl)\b(?:\s+(?:-{1,2}[\w-]+|status|list|show|print|ps)\b)*"
)
_TOPICS = {
    "listeners": re.compile(r"listen|sockets?\b|\bports?\b|\bbinds?\b|bound", re.IGNORECASE),
    "units": re.compile(
        r"\bunits?\b|systemd|launchd|launch ?(?:agents?|daemons?)|\bservices\b|\bjobs?\b", re.IGNORECASE
    ),
    "answers": re.compile(
        r"health|\bapis?\b|\bhttps?\b|endpoints?|prob(?:e|ing)|answer|respon|\bcurl\b", re.IGNORECASE
    ),
    "models": re.compile(r"/models\b|model[ _-]ids?\b", re.IGNORECASE),
    "lanes": re.compile(r"\blanes?\b|\bmodel ports?\b|\bmlxctl\b", re.IGNORECASE),
    "absent": re.compile(r"not (?:present|running|installed|found)|absent|missing|\bdown\b|\bgone\b", re.IGNORECASE),
    "notes": re.compile(r"drift|\bnotes?\b|conclusion|finding|differences?|summary|follow[- ]?ups?", re.IGNORECASE),
    "planned": re.compile(
        r"^\W*(?:\w+ )?(?:plan(?:s|ned)?|to-?do|wish ?list|desired|target state|future"
        r"|proposed|next steps?|next|expected)\b.{0,30}$",
        re.IGNORECASE,
    ),
    "everything": re.compile(r"\b(?:all|complete|every|full)\b", re.IGNORECASE),
}

_PLANNED = frozenset({"planned"})


@dataclass(frozen=True)
class Section:
    """What is in force for a block. `line` is the line of the nearest heading, 0 before the first one."""

    line: int = 0
    heading: str = ""
    host: str | None = None
    os: str | None = None
    service: str | None = None
    topics: frozenset[str] = frozenset()
    tool: str | None = None

    def under(self, label: str, lexicon: Lexicon) -> Section:
        """Return the section as a label (a leading paragraph or item) narrows it."""
        return _narrowed(self, label, lexicon)


def hosts_of(document: Document, lexicon: Lexicon) -> dict[str, str]:
    """Find the hosts that the headings name: a host's words in lower case → its name."""
    known = dict(lexicon.hosts)
    titles = [block.text.text[:LONGEST_TITLE] for block in document.blocks if block.kind == "heading"]
    named = _title_names(titles[0]) if titles else set()
    for title in titles[1:]:
        match = _HOST_HEADING.fullmatch(title.strip())
        if match is None or lexicon.find(title) or match["name"].lower() in _NO_NAMES:
            continue
        if match["os"] or match["tail"] or match["name"].lower() in named or title.lower().startswith("host"):
            known.setdefault(match["name"].lower(), match["name"].lower())
    return known


def hosts_by_their_look(document: Document, lexicon: Lexicon) -> dict[str, str]:
    """For a text that names no known host: its second-level headings that look like hostnames (`gpu-2`)."""
    found: dict[str, str] = {}
    for block in document.blocks:
        title = block.text.text.strip()
        if block.kind != "heading" or _level(document, block.start) != 2 or not _HOSTNAME.fullmatch(title):
            continue
        if not (lexicon.find(title) or topics_of(title) or title in _NO_NAMES or _COMMON.fullmatch(title)):
            found[title] = title
    return found


def with_hosts(lexicon: Lexicon, hosts: Mapping[str, str]) -> Lexicon:
    """Return the lexicon with further host names."""
    return replace(lexicon, hosts={**hosts, **lexicon.hosts})


def sections_of(document: Document, lexicon: Lexicon) -> list[Section]:
    """Return the section of each block; a heading's own section is the one that it opens."""
    opened: list[tuple[int, Section]] = []
    sections: list[Section] = []
    for block in document.blocks:
        if block.kind == "heading":
            level = _level(document, block.start)
            opened = [(depth, section) for depth, section in opened if depth < level]
            outer = opened[-1][1] if opened else Section()
            line = document.position(block.start)[0]
            opened.append((level, _opened(outer, block.text.text[:LONGEST_TITLE], line, lexicon, first=not sections)))
        sections.append(opened[-1][1] if opened else Section())
    return sections


def _level(document: Document, start: int) -> int:
    line = document.source[start:].lstrip().partition("\n")
    hashes = len(line[0]) - len(line[0].lstrip("#"))
    return hashes or (1 if line[2].startswith("=") else 2)


def _opened(outer: Section, title: str, line: int, lexicon: Lexicon, *, first: bool) -> Section:
    if first:
        return Section(line=line)
    match = _HOST_HEADING.fullmatch(title.strip())
    os = match["os"].lower().replace(" ", "") if match and match["os"] else outer.os
    # a heading's own topics replace those above it: a list of units below "Listening sockets" is no list of sockets
    topics = topics_of(title)
    section = replace(outer, line=line, heading=title, os=os, topics=topics | _PLANNED & outer.topics or outer.topics)
    return _narrowed(section, title, lexicon)


def topics_of(text: str) -> frozenset[str]:
    """Return the topics that a heading or label speaks of."""
    return frozenset(topic for topic, pattern in _TOPICS.items() if pattern.search(text))


def tool_in(text: str) -> str | None:
    """Return the first command that a text names, such as `ss -H -tlnp` or `mlxctl status`."""
    match = _TOOL.search(text)
    return match.group() if match else None


def _narrowed(section: Section, text: str, lexicon: Lexicon) -> Section:
    names = lexicon.find(text)
    hosts = list(dict.fromkeys(key for _, _, kind, key in names if kind == "host"))
    services = list(dict.fromkeys(key for _, _, kind, key in names if kind == "service"))
    tool = tool_in(text)
    return replace(
        section,
        host=hosts[0] if len(hosts) == 1 else section.host,
        service=services[0] if len(services) == 1 else section.service,
        tool=tool or section.tool,
        topics=section.topics | topics_of(text),
    )


def _title_names(title: str) -> set[str]:
    match = _TITLE_HOSTS.search(title)
    names = _OF_NAMES.split(match[1] or match[2]) if match else []
    return {name.strip().lower() for name in names if re.fullmatch(r"\s*[\w.-]+\s*", name)}
