"""Every outcome of injection that a person may ask about: its name, and the sentence they read."""

from dataclasses import dataclass
from enum import Enum

from kinds import names

LONGEST_SHOWN = 80
SKIPPED, DENIED, WARNED, BROKEN = "skipped", "denied", "warned", "broken"
"""What comes of it: the Pod stays as it is, is refused, is injected all the same, or was injected
and changed afterwards so that it cannot work."""


class Reason(Enum):
    """Why a Pod is left alone, refused or worth a word: (name, what comes of it, sentence)."""

    NOT_ASKED = (
        "NotAsked",
        SKIPPED,
        f'neither the Pod nor its namespace says {names.INJECT}: "true"',
    )
    POD_DECLINES = ("PodDeclines", SKIPPED, f'{{where}} says {names.INJECT}: "false"')
    NAMESPACE_DECLINES = (
        "NamespaceDeclines",
        SKIPPED,
        f'namespace {{namespace}} has the label {names.INJECT}: "false"',
    )
    UNKNOWN_VALUE = (
        "UnknownValue",
        SKIPPED,
        f'{{where}} says {names.INJECT}: {{value}}; only "true" and "false" are understood',
    )
    NOTHING_NAMED = (
        "NothingNamed",
        SKIPPED,
        f"only the namespace asks, and the Pod has neither {names.CONTAINER_CHOICE} "
        f"nor {names.COMMAND_CHOICE}",
    )
    EXCLUDED_NAMESPACE = (
        "ExcludedNamespace",
        SKIPPED,
        "Pods in namespace {namespace} are never changed",
    )
    MIRROR_POD = (
        "MirrorPod",
        SKIPPED,
        "the kubelet runs this Pod from a file, so it cannot be changed",
    )
    HOST_NETWORK = (
        "HostNetwork",
        SKIPPED,
        "spec.hostNetwork is true, so the adapter's ports would be open on the node: remove it",
    )
    WINDOWS = ("Windows", SKIPPED, "the Pod is for Windows; the adapter runs on Linux")
    NOT_PENDING = ("NotPending", SKIPPED, "the Pod is {phase}: only a new one can be changed")

    NO_SUCH_CONTAINER = (
        "NoSuchContainer",
        DENIED,
        f"annotation {names.CONTAINER_CHOICE}: there is no container {{value}}; there is {{known}}",
    )
    AMBIGUOUS_CONTAINER = (
        "AmbiguousContainer",
        DENIED,
        "which container is the MCP server: {known}? Say it with the annotation "
        f"{names.CONTAINER_CHOICE}",
    )
    NO_CONTAINER = ("NoContainer", DENIED, "the Pod has no container that could be the MCP server")
    NO_COMMAND = (
        "NoCommand",
        DENIED,
        "{field}.command is empty and what the image would start cannot be seen from here: "
        f"""add the annotation {names.COMMAND_CHOICE}, such as '["python", "server.py"]'""",
    )
    TERMINAL = (
        "Terminal",
        DENIED,
        "{field}.tty is true, and a terminal rewrites what an MCP server says: remove it",
    )
    PORT_TAKEN = (
        "PortTaken",
        DENIED,
        "{field} is {port}, which the adapter needs: choose another with the annotation "
        "{annotation}",
    )
    NAME_TAKEN = (
        "NameTaken",
        DENIED,
        "{field} is called {name}, which is kmcp's own: take another name",
    )
    MOUNT_TAKEN = (
        "MountTaken",
        DENIED,
        f"{{field}}: {names.SOCKET_FOLDER} belongs to kmcp: mount it elsewhere",
    )
    BAD_ANNOTATION = ("BadAnnotation", DENIED, "annotation {annotation}: {mend}")

    COMMAND_REPLACED = (
        "CommandReplaced",
        WARNED,
        f"{{field}}: command and args are not used, {names.COMMAND_CHOICE} is the whole command",
    )
    UNKNOWN_ANNOTATION = (
        "UnknownAnnotation",
        WARNED,
        "annotation {annotation} means nothing to kmcp",
    )
    SHORT_GRACE = (
        "ShortGrace",
        WARNED,
        "terminationGracePeriodSeconds leaves {seconds} s to drain, not the {delay} that "
        f"drainDelay in {names.CONFIG_CHOICE} asks for",
    )
    STOP_SIGNAL = (
        "StopSignal",
        WARNED,
        "{field}.lifecycle.stopSignal is {value}: only SIGTERM lets the adapter drain",
    )

    ADAPTER_MISSING = (
        "AdapterMissing",
        BROKEN,
        f"the Pod asks for the adapter, and the container {names.ADAPTER_CONTAINER} is not there",
    )
    ADAPTER_TWICE = (
        "AdapterTwice",
        BROKEN,
        f"there is more than one container {names.ADAPTER_CONTAINER}",
    )
    RESTART_POLICY_LOST = (
        "RestartPolicyLost",
        BROKEN,
        "{field}.restartPolicy is not Always any more, so the Pod would never start: a webhook "
        "that knows no native sidecars dropped it; update that one, or set "
        f'{names.NATIVE_CHOICE}: "false"',
    )
    INSTALLER_MISSING = (
        "InstallerMissing",
        BROKEN,
        "nothing installs the launcher any more: another webhook removed it",
    )
    LAUNCHER_MISSING = (
        "LauncherMissing",
        BROKEN,
        f"{{field}}.command does not start {names.LAUNCHER}: another webhook changed it",
    )
    COMMAND_CHANGED = (
        "CommandChanged",
        BROKEN,
        "{field}.command has another server command behind the launcher than was injected",
    )
    VOLUME_MISSING = (
        "VolumeMissing",
        BROKEN,
        f"the volume {names.SOCKET_VOLUME} is not an emptyDir: another webhook changed it",
    )
    MOUNT_MISSING = (
        "MountMissing",
        BROKEN,
        f"{{field}} has no mount of {names.SOCKET_VOLUME} at {names.SOCKET_FOLDER}",
    )
    MOUNT_WRITABLE = (
        "MountWritable",
        BROKEN,
        f"{{field}} mounts {names.SOCKET_FOLDER} writable, so that the server could replace "
        "the launcher",
    )

    @property
    def code(self) -> str:
        """Return the name, for Events, metrics and logs."""
        return self.value[0]

    @property
    def outcome(self) -> str:
        """Return what comes of it; where only a namespace asks, nothing is denied but skipped."""
        return self.value[1]

    @property
    def sentence(self) -> str:
        """Return the sentence, with {places} that a finding fills."""
        return self.value[2]


@dataclass(frozen=True)
class Finding:
    """A reason, said of one Pod."""

    reason: Reason
    sentence: str

    def __str__(self) -> str:
        """Return what a person reads."""
        return self.sentence


def found(reason: Reason, **places: object) -> Finding:
    """Return the finding whose sentence has these words in its places."""
    return Finding(reason, reason.sentence.format(**places))


def bad(annotation: str, mend: str) -> Finding:
    """Return the finding about an annotation that cannot be used."""
    return found(Reason.BAD_ANNOTATION, annotation=annotation, mend=mend)


def quoted(value: str) -> str:
    """Return somebody's word between quotes, on one line, cut when it is long."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in value)
    cut = plain if len(plain) <= LONGEST_SHOWN else f"{plain[:LONGEST_SHOWN]}…"
    return f'"{cut}"'
