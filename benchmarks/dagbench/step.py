"""One step of the bare script: `python step.py FUNCTION NUMBER OUTPUT INPUT...`, files of JSON lines."""

from __future__ import annotations

import json
import sys

from dagbench import work


def read(path: str) -> list[dict[str, int]]:
    """The rows of a file."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def main() -> None:
    """Read the inputs, call the function, write the output."""
    function, number, output, *inputs = sys.argv[1:]
    rows = {f"x{i}": read(path) for i, path in enumerate(inputs)}
    made = getattr(work, function)(**rows, step=int(number))
    with open(output, "w", encoding="utf-8") as file:
        for row in made:
            file.write(json.dumps(row, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
