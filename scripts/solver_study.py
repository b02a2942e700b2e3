"""Quantizes a network with one solver setting changed at a time (see scripts/solver-study)."""

import json
import os
import statistics
import subprocess
import sys
import tempfile

SETTINGS = [
    ("default (300 iterations, ridge 1e-3, 0.1 to 10, 100 kicks)", {}, "tsq"),
    ("75 iterations", {"iterations": 75}, "tsq"),
    ("no kicks", {"kicks": 0}, "tsq"),
    ("600 iterations", {"iterations": 600}, "tsq"),
    ("ridge 1e-2", {"ridge": 1e-2}, "tsq"),
    ("ridge 1e-4", {"ridge": 1e-4}, "tsq"),
    ("ramp 1 to 10", {"first-penalty": 1.0}, "tsq"),
    ("150 iterations", {"iterations": 150}, "tsq"),
    ("300 kicks", {"kicks": 300}, "tsq"),
    ("ramp 0.01 to 10", {"first-penalty": 0.01}, "tsq"),
    ("ramp 0.1 to 100", {"last-penalty": 100.0}, "tsq"),
    ("descent alone", {}, "descent"),
    ("gptq", {}, "gptq"),
]


def run(model, data, validation, tuning, method, activations, seed):
    """One quantization; returns its accuracy and the CPU seconds of all processes."""
    with tempfile.TemporaryDirectory() as folder:
        recipe = os.path.join(folder, "recipe.yaml")
        with open(recipe, "w") as file:
            file.write(f"method: {method}\nweights: ternary\nactivations: '{activations}'\n")
            if tuning:
                file.write("solver:\n")
                for key, value in tuning.items():
                    file.write(f"  {key}: {value}\n")
        before = os.times()
        found = subprocess.run(
            [
                os.environ.get("TSQ", ".build/release/tsq"), "quantize", model,
                "--data", data, "--validation", validation,
                "--preprocess", os.environ.get("PREPROCESS", "cifar10"),
                "--recipe", recipe, "--seed", str(seed), "--workers", "1",
                "--output", os.path.join(folder, "out.onnx"),
                "--run-folder", os.path.join(folder, "run"), "--json",
            ],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        after = os.times()
        result = json.loads(found.stdout)
        errors = [layer["error"] for layer in result["layers"] if layer["weights"] == "ternary"]
        return {
            "accuracy": result["accuracy"]["output"],
            "error": statistics.fmean(errors),
            "seconds": after.children_user - before.children_user,
        }


def table(results, activations, seeds):
    rows = ["| setting | " + " | ".join(
        f"{bits} activations: mean of {seeds} seeds (each) | layer error | CPU s" for bits in activations) + " |"]
    rows.append("|---|" + "---|" * (3 * len(activations)))
    for label, _, _ in SETTINGS:
        cells = []
        for bits in activations:
            found = [r for r in results if r["setting"] == label and r["activations"] == bits]
            if not found:
                cells += ["", "", ""]
                continue
            each = ", ".join(f"{100 * r['accuracy']:.2f}" for r in found)
            cells.append(f"{100 * statistics.fmean(r['accuracy'] for r in found):.2f} ({each})")
            cells.append(f"{statistics.fmean(r['error'] for r in found):.4f}")
            cells.append(f"{statistics.fmean(r['seconds'] for r in found):.0f}")
        rows.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def main():
    model, data, validation, path = sys.argv[1:5]
    seeds = int(sys.argv[5]) if len(sys.argv) > 5 else 3
    activations = sys.argv[6:] or ["float", "2"]
    results = []
    if os.path.exists(path):
        with open(path) as file:
            results = [json.loads(line) for line in file]
    done = {(r["setting"], r["activations"], r["seed"]) for r in results}
    for label, tuning, method in SETTINGS:
        for seed in range(seeds):
            for bits in activations:
                if (label, bits, seed) in done:
                    continue
                found = run(model, data, validation, tuning, method, bits, seed)
                found |= {"setting": label, "activations": bits, "seed": seed}
                results.append(found)
                with open(path, "a") as file:
                    file.write(json.dumps(found) + "\n")
    print(table(results, activations, seeds))


if __name__ == "__main__":
    main()
