"""Times one layer's regression in numpy and in tsq-bench (see scripts/bench-solver)."""

import json
import statistics
import struct
import subprocess
import sys
import time

import numpy as np


def synthetic(rows, inputs, samples):
    """Codes, weights and targets of at most 5,000 samples."""
    generator = np.random.default_rng(1)
    few = min(samples, 5000)
    mixing = generator.standard_normal((inputs, inputs // 4), dtype=np.float32)
    mixing /= np.float32(np.sqrt(inputs // 4))
    values = mixing @ generator.standard_normal((inputs // 4, few), dtype=np.float32)
    values += 0.4 * generator.standard_normal(values.shape, dtype=np.float32)
    codes = np.clip(np.rint(values / 0.65), 0, 3).astype(np.float32)
    weights = generator.standard_t(5, (rows, inputs)).astype(np.float32) * np.float32(0.1)
    return codes, weights, weights @ np.maximum(values, 0)


def numpy_layer(layer, samples, sweeps=10):
    """CPU seconds of the Gram matrix with the cross products, and of coordinate descent; a function
    that says what codes explain of the targets, and what the codes found explain."""
    codes, weights, targets = layer
    rows, (inputs, few) = len(weights), codes.shape
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
    seconds = time.process_time() - start

    def explained(codes):
        product = (codes * cross).sum(1, dtype=np.float64)
        quadratic = (codes * (codes @ gram)).sum(1, dtype=np.float64)
        gain = np.where(product > 0, product**2 / np.maximum(quadratic, 1e-9), 0)
        return gain.sum()

    return moments, seconds, explained, explained(q)


def inverse_of_lower(matrix):
    """The inverse of a lower triangular matrix, on matrix products."""
    size = len(matrix)
    if size <= 128:
        return np.tril(np.linalg.inv(matrix))
    half = size // 2
    result = np.zeros_like(matrix)
    result[:half, :half] = inverse_of_lower(matrix[:half, :half])
    result[half:, half:] = inverse_of_lower(matrix[half:, half:])
    result[half:, :half] = -result[half:, half:] @ (matrix[half:, :half] @ result[:half, :half])
    return result


def gptq_layer(layer, samples, block=128):
    """CPU seconds of GPTQ as it is written for torch: the whole of X Xᵀ by a general product, the
    upper factor of its inverse (here in fewer operations than torch's three steps), and columns
    rounded one after the other in blocks."""
    codes, weights, _ = layer
    inputs, few = codes.shape
    # Another array: of one and the same numpy would compute half.
    other = codes.copy()
    start = time.process_time()
    gram = np.zeros((inputs, inputs), np.float32)
    for _ in range(samples // few):
        gram += codes @ other.T
    moments = time.process_time() - start

    start = time.process_time()
    gram[np.diag_indices(inputs)] += np.float32(0.01) * gram.diagonal().mean()
    lower = np.linalg.cholesky(gram[::-1, ::-1])
    upper = np.ascontiguousarray(inverse_of_lower(lower)[::-1, ::-1])
    scale = np.abs(weights).mean(1) * np.float32(1.4)
    rest = weights.copy()
    for first in range(0, inputs, block):
        end = min(first + block, inputs)
        part = rest[:, first:end]
        errors = np.zeros_like(part)
        for j in range(end - first):
            column = part[:, j]
            level = np.clip(np.rint(column / scale), -1, 1) * scale
            errors[:, j] = (column - level) / upper[first + j, first + j]
            part[:, j + 1 :] -= np.outer(errors[:, j], upper[first + j, first + j + 1 : end])
        rest[:, end:] -= errors @ upper[first:end, end:]
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


def equal_layer(program, layer, samples, explained, wanted):
    """Sweeps and CPU seconds in which the regression of tsq-bench, on the same samples, explains
    as much as numpy's."""
    codes, weights, targets = layer
    rows, (inputs, few) = len(weights), codes.shape
    data = struct.pack("<4i3f", inputs, rows, few, few, 1.0, 1.0, 0.5)
    data += codes.astype(np.int8).tobytes() + targets.astype("<f4").tobytes()
    data += weights.astype("<f4").tobytes()
    for sweeps in (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100):
        found = json.loads(subprocess.run(
            [program, "--solve", "descent", "--sweeps", str(sweeps)], input=data, check=True,
            stdout=subprocess.PIPE).stdout)
        if explained(np.array(found["codes"], np.float32).reshape(rows, inputs)) >= wanted:
            return sweeps, found["seconds"]
    return None, float("nan")


def main():
    program = sys.argv[1]
    rows, inputs, samples = (int(word) for word in (sys.argv[2:5] or ["512", "4608", "50000"]))
    rounds = int(sys.argv[5]) if len(sys.argv) > 5 else 3
    layer = synthetic(rows, inputs, samples)
    equal = "tsq as far as numpy's ten sweeps"
    runs = {"numpy": [], "GPTQ": [], "tsq": [], equal: []}
    for _ in range(rounds):
        *seconds, explained, wanted = numpy_layer(layer, samples)
        runs["numpy"].append(seconds)
        runs["GPTQ"].append(gptq_layer(layer, samples))
        runs["tsq"].append(tsq_layer(program, rows, inputs, samples))
        sweeps, seconds = equal_layer(program, layer, samples, explained, wanted)
        runs[equal].append((runs["tsq"][-1][0], seconds))
    print(f"{rows} × {inputs}, {samples} samples: CPU seconds, medians of {rounds}")
    print("| | moments | regression | both |")
    print("|---|---|---|---|")
    medians = {}
    for name, found in runs.items():
        parts = [statistics.median(run[part] for run in found) for part in (0, 1)]
        medians[name] = sum(parts)
        print(f"| {name} | {parts[0]:.2f} | {parts[1]:.2f} | {sum(parts):.2f} |")
    for name in ("numpy", "GPTQ"):
        print(f"tsq is {medians[name] / medians['tsq']:.2f} times as fast as {name}")
    print(f"as far as numpy's ten sweeps ({sweeps} of tsq): {medians['numpy'] / medians[equal]:.2f}")


if __name__ == "__main__":
    main()
