"""Data of a model as the Node side wrote them: one file of float64, columns one after another, described by JSON."""

import json
import pathlib

import numpy as np


def read_data(folder):
    folder = pathlib.Path(folder)
    described = json.loads((folder / "columns.json").read_text())
    values = np.fromfile(folder / "columns.f64")
    columns = {name: values[k * described["rows"] : (k + 1) * described["rows"]] for k, name in enumerate(described["columns"])}
    data = {name: column for name, column in columns.items() if not name.startswith("x")}
    design = [columns[f"x{j + 1}"] for j in range(25) if f"x{j + 1}" in columns]
    if design:
        data["x"] = np.ascontiguousarray(np.stack(design, axis=1))
        data["signs"] = 2 * columns["y"] - 1
    if "county" in data:
        data["county"] = data["county"].astype(np.int64)
    return data
