"""Private copies of inputs, and moving of outputs.

An input may be a hard link into a content store that everybody shares, and whoever runs as root can write to it even
though it is read-only. So whatever shows the user's code a path shows the path of a copy.
"""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat_step._spec import InputSpec, StepSpec

# ioctl_ficlonerange(2): makes a file share another one's blocks until one of them is written to.
_FICLONE = 0x40049409
_CHUNK_SIZE = 1 << 30


def private_copy(spec: StepSpec, one: InputSpec) -> str:
    """The path of a new, writable copy of an input, which is the step's own.

    It is called as the input itself, below `private/<parameter>/`.
    """
    directory = os.path.join(spec.sandbox, "private", one.parameter)
    remove_tree(directory)  # An earlier attempt of the step may have written to its copy.
    if os.path.isdir(one.path):
        copy_tree(one.path, directory)
        return directory
    os.makedirs(directory)
    copy = os.path.join(directory, os.path.basename(one.path))
    copy_file(one.path, copy)
    return copy


def remove_tree(directory: str) -> None:
    """Remove a directory and all in it, if it is there."""
    if os.path.isdir(directory):
        import shutil

        shutil.rmtree(directory)


def copy_file(source: str, target: str) -> None:
    """Copy a file's content to a new, writable file; the file system shares the blocks where it can."""
    with open(source, "rb") as reading, open(target, "wb") as writing:
        if not _clone(reading.fileno(), writing.fileno()):
            _send(reading.fileno(), writing.fileno())


def copy_tree(source: str, target: str) -> None:
    """Copy a directory; links in it become what they lead to, and all of the copy is writable."""
    os.makedirs(target)
    for path, is_directory in walk(source):
        copy = os.path.join(target, os.path.relpath(path, source))
        if is_directory:
            os.mkdir(copy)
        else:
            copy_file(path, copy)


def walk(directory: str) -> Iterator[tuple[str, bool]]:
    """All paths below a directory, in the order of their names, and whether each is a directory.

    Links are followed.

    :raises OSError: if one of them is neither file nor directory, or a link leads nowhere or to what it stands in.
    """
    pending = [(directory, frozenset([os.path.realpath(directory)]))]
    while pending:
        current, above = pending.pop(0)
        for name in sorted(os.listdir(current)):
            path = os.path.join(current, name)
            mode = os.stat(path).st_mode
            if stat.S_ISDIR(mode):
                real = os.path.realpath(path)
                if real in above:
                    raise OSError(errno.ELOOP, "a link leads to a directory that it stands in", path)
                pending.append((path, above | {real}))
            elif not stat.S_ISREG(mode):
                raise OSError(errno.EINVAL, "neither a file nor a directory", path)
            yield path, stat.S_ISDIR(mode)


def is_own(path: str, spec: StepSpec) -> bool:
    """Whether a file or directory may be moved, because nobody but this step has it.

    That is so in the scratch directory, in `private/` and in `out/`, unless it is a link or a file with other names.
    """
    if os.path.islink(path) or has_other_names(path):
        return False
    real = os.path.realpath(path)
    own = [os.path.join(spec.sandbox, "private"), os.path.join(spec.sandbox, "out"), *filter(None, [spec.scratch])]
    return any(real.startswith(os.path.realpath(one) + os.sep) for one in own)


def has_other_names(path: str) -> bool:
    """Whether a file is hard-linked, so that writing to it would change another one."""
    return os.path.isfile(path) and os.stat(path).st_nlink > 1


def replace_links(directory: str) -> None:
    """Put in the place of each link in a directory what it leads to.

    :raises OSError: as `walk` does.
    """
    list(walk(directory))  # Before anything is changed.
    for current, directories, files in os.walk(directory):
        for name in (*directories, *files):
            path = os.path.join(current, name)
            if os.path.islink(path) or has_other_names(path):
                copy = f"{path}.copy"
                (copy_tree if os.path.isdir(path) else copy_file)(os.path.realpath(path), copy)
                os.unlink(path)
                os.rename(copy, path)


def take(path: str, target: str, spec: StepSpec, *, may_move: bool = True) -> None:
    """Move a file or directory to where an output belongs, or copy it if it is not the step's own.

    :raises OSError: for a directory, as `walk` does.
    """
    if os.path.exists(target) and os.path.samefile(path, target):
        return
    is_directory = os.path.isdir(path)
    if is_directory and os.path.isdir(target):
        os.rmdir(target)  # It was made for what was not written to it.
    if may_move and is_own(path, spec):
        if is_directory:
            replace_links(path)
        try:
            os.replace(path, target)
        except OSError as err:
            if err.errno != errno.EXDEV:
                raise
        else:
            return
    (copy_tree if is_directory else copy_file)(path, target)


def _clone(source: int, target: int) -> bool:
    try:
        import fcntl

        fcntl.ioctl(target, _FICLONE, source)
    except (ImportError, OSError):
        return False
    return True


def _send(source: int, target: int) -> None:
    import shutil

    try:
        while os.sendfile(target, source, None, _CHUNK_SIZE):  # From and to the descriptors' own offsets.
            pass
    except (AttributeError, OSError):
        # Not every system sends from file to file. What was sent already is sent again.
        os.lseek(source, 0, os.SEEK_SET)
        os.lseek(target, 0, os.SEEK_SET)
        with os.fdopen(os.dup(source), "rb") as reading, os.fdopen(os.dup(target), "wb") as writing:
            shutil.copyfileobj(reading, writing, 1 << 20)
