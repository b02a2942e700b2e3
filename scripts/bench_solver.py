"""Times one layer's regression in numpy and in tsq-bench (see scripts/bench-solver)."""

import json
import statistics
import subprocess
import sys
import time

import numpy as np


def numpy_layer(rows, inputs, samples, sweeps=10):
    """CPU seconds of the Gram matrix with the cross products, and of coordinate descent."""
    generator = np.random.default_rng(1)
    few = min(samples, 5000)
    mixing = generator.standard_normal((inputs, inputs // 4), dtype=np.float32)
    mixing /= np.float32(np.sqrt(inputs // 4))
    values = mixing @ generator.standard_normal((inputs // 4, few), dtype=np.float32)
    values += 0.4 * generator.standard_normal(values.shape, dtype=np.float32)
    codes = np.clip(np.rint(values / 0.65), 0, 3).astype(np.float32)
    weights = generator.standard_t(5, (rows, inputs)).astype(np.float32) * np.float32(0.1)
    targets = weights @ np.maximum(values, 0)

    start = time.process_time()
    gram = np.zeros((inputs, inputs), np.float32)
    cross = np.zeros((rows, inputs), np.float32)
    for _ in range(samples // few):
        gram += codes @ codes.T
        cross += targets @ codes.T
    moments = time.process_time() - start

    start = time.process_time()
    repeats = samples // few
    mean = codes.mean(1) * repeats * few
    total = targets.sum(1) * repeats
    count = np.float32(repeats * few)
    gram -= np.outer(mean, mean) / count
    cross -= np.outer(total, mean) / count
    diagonal = gram.diagonal().copy()
    ridge = np.float32(1e-3 * diagonal.mean())
    gram[np.diag_indices(inputs)] += ridge
    diagonal += ridge
    cross += ridge * weights
    scale = np.abs(weights).mean(1) * np.float32(1.4)
    q = np.clip(np.rint(weights / scale[:, None]), -1, 1).astype(np.float32)
    products = q @ gram
    for _ in range(sweeps):
        changed = 0
        for j in range(inputs):
            wanted = (cross[:, j] - scale * products[:, j]) / (scale * diagonal[j]) + q[:, j]
            new = np.clip(np.rint(wanted), -1, 1)
            moved = np.nonzero(new != q[:, j])[0]
            if moved.size:
                products[moved] += np.outer(new[moved] - q[moved, j], gram[j])
                q[moved, j] = new[moved]
                changed += moved.size
        scale = (q * cross).sum(1) / np.maximum((q * products).sum(1), 1e-9)
        if changed == 0:
            break
    return moments, time.process_time() - start


def tsq_layer(program, rows, inputs, samples):
    """CPU seconds of the same in tsq-bench."""
    found = subprocess.run(
        [
            program, "--cases", f"layer {rows} × {inputs}, {samples} samples", "--rounds", "1",
            "--seconds", "0.001", "--json",
        ],
        check=True, stdout=subprocess.PIPE,
    )
    case = json.loads(found.stdout)["cases"][0]
    seconds = {row["name"]: row["seconds"] for row in case["rows"]}
    return seconds["moments of all samples"], seconds["regression to convergence"]


def main():
    program = sys.argv[1]
    rows, inputs, samples = (int(word) for word in (sys.argv[2:] or ["512", "4608", "50000"]))
    theirs, ours = [], []
    for _ in range(3):
        theirs.append(numpy_layer(rows, inputs, samples))
        ours.append(tsq_layer(program, rows, inputs, samples))
    print(f"{rows} × {inputs}, {samples} samples: CPU seconds, medians of 3")
    print("| | moments | regression | both |")
    print("|---|---|---|---|")
    medians = []
    for name, found in (("numpy", theirs), ("tsq", ours)):
        parts = [statistics.median(run[part] for run in found) for part in (0, 1)]
        medians.append(sum(parts))
        print(f"| {name} | {parts[0]:.2f} | {parts[1]:.2f} | {sum(parts):.2f} |")
    print(f"tsq is {medians[0] / medians[1]:.2f} times as fast")


if __name__ == "__main__":
    main()
