"""Checks exported models against labelled data in onnxruntime; see scripts/verify-export.

The data readers and the preprocessing are written here a second time on purpose: an error in tsq's
own must not hide behind itself.
"""

import argparse
import gzip
import io
import json
import pathlib
import struct
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
# Scale of the stored numbers, then mean and standard deviation per channel.
PRESETS = {
    "none": (1.0, (0.0,), (1.0,)),
    "unit": (1 / 255, (0.0,), (1.0,)),
    "cifar10": (1 / 255, *IMAGENET),
    "imagenet": (1 / 255, *IMAGENET),
}
IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
CIFAR_PIXELS = 3 * 32 * 32


class Failure(Exception):
    """Something the user can act on."""


# Data


def content(path):
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Failure(f"cannot read '{path}': {error.strerror}") from error
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def read_idx(data, path):
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in IDX_TYPES or not 1 <= data[3] <= 4:
        return None
    shape = struct.unpack(f">{data[3]}I", data[4 : 4 + 4 * data[3]])
    values = np.frombuffer(data, IDX_TYPES[data[2]], offset=4 + 4 * data[3])
    if values.size != int(np.prod(shape)):
        raise Failure(f"'{path}' holds {values.size} values, its header says {shape}")
    return values.reshape(shape)


def read_cifar(data, path):
    """Images and labels of CIFAR-10 (one label byte) or CIFAR-100 (two, the last one counts)."""
    for label_bytes, classes in ((1, 10), (2, 100)):
        record = CIFAR_PIXELS + label_bytes
        if len(data) % record == 0 and data:
            rows = np.frombuffer(data, np.uint8).reshape(-1, record)
            labels = rows[:, label_bytes - 1]
            if labels.max() < classes:
                return rows[:, label_bytes:].reshape(-1, 3, 32, 32), labels
    raise Failure(f"'{path}' is neither .npy, IDX nor CIFAR binary")


def read_array(path):
    data = content(path)
    if data[:6] == b"\x93NUMPY":
        return np.load(io.BytesIO(data), allow_pickle=False)
    return read_idx(data, path)


def read_samples(path, labels_path):
    """Samples [N, C, H, W] as stored, and labels [N]."""
    path = pathlib.Path(path)
    samples, labels = read_array(path), None
    if samples is None:
        samples, labels = read_cifar(content(path), path)
    if samples.ndim == 3:
        samples = samples[:, None]
    if labels_path is None and labels is None:
        name = path.name.replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1")
        if name == path.name or not path.with_name(name).exists():
            raise Failure(f"'{path}' holds no labels: name a file of them with --labels")
        labels_path = path.with_name(name)
    if labels_path is not None:
        labels = read_array(pathlib.Path(labels_path))
        if labels is None:
            text = content(pathlib.Path(labels_path)).decode()
            labels = np.array([int(word) for word in text.split()])
    if labels.shape != (len(samples),):
        raise Failure(f"{len(samples)} samples, but labels of shape {labels.shape}")
    return samples, labels.astype(np.int64)


def prepared(samples, preset):
    """fp32, each operation rounded by itself: (x * scale - mean) / deviation."""
    scale, mean, deviation = (np.asarray(part, np.float32) for part in PRESETS[preset])
    shape = (1, -1) + (1,) * (samples.ndim - 2)
    return (samples.astype(np.float32) * scale - mean.reshape(shape)) / deviation.reshape(shape)


# Models

# What to try, in order: a name to report, a level, session configuration.
ATTEMPTS = (
    ("default options", None, {}),
    ("needs session.disable_quant_qdq=1", None, {"session.disable_quant_qdq": "1"}),
    ("needs optimization off", onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL, {}),
)


def session(path):
    """A session, and how it had to be made."""
    errors = []
    for name, level, entries in ATTEMPTS:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        if level is not None:
            options.graph_optimization_level = level
        for key, value in entries.items():
            options.add_session_config_entry(key, value)
        try:
            return onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"]), name
        except Exception as error:  # onnxruntime's own exceptions share no base class
            errors.append(f"{name}: {str(error).splitlines()[0]}")
    reasons = "\n  ".join(errors)
    raise Failure(f"onnxruntime {onnxruntime.__version__} refuses '{path}':\n  {reasons}")


def check_file(path):
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:  # as above
        raise Failure(f"onnx.checker refuses '{path}': {error}") from error
    return model


def count_correct(runner, samples, labels, preset, batch):
    graph_input = runner.get_inputs()[0]
    fixed = graph_input.shape[0] if isinstance(graph_input.shape[0], int) else None
    batch = fixed or batch
    correct = 0
    for start in range(0, len(samples), batch):
        part = prepared(samples[start : start + batch], preset)
        count = len(part)
        if fixed and count < fixed:
            part = np.concatenate([part, np.repeat(part[-1:], fixed - count, axis=0)])
        scores = runner.run(None, {graph_input.name: part})[0][:count].reshape(count, -1)
        if not np.isfinite(scores).all():
            raise Failure(f"the model gives NaN or infinity for images from {start} on")
        correct += int((scores.argmax(axis=1) == labels[start : start + count]).sum())
    return correct


def count_of_tsq(options, model, images):
    command = [
        options.tsq, "evaluate", model, "--data", options.data, "--preprocess", options.preprocess,
        "--json",
    ]  # fmt: skip
    if options.labels:
        command += ["--labels", options.labels]
    if options.limit:
        command += ["--limit", str(options.limit)]
    try:
        result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        record = json.loads(result.stdout.strip().splitlines()[-1])
    except (OSError, subprocess.CalledProcessError, ValueError, IndexError) as error:
        raise Failure(f"'{' '.join(command)}' gave no result: {error}") from error
    if record["images"] != images:
        raise Failure(f"tsq evaluated {record['images']} images, onnxruntime {images}")
    return record["correct"] if "correct" in record else round(record["top1"] * images)


def verify(path, options, samples, labels):
    """Prints one line for a model; returns whether the counts agree."""
    model = check_file(path)
    runner, how = session(path)
    correct = count_correct(runner, samples, labels, options.preprocess, options.batch)
    images = len(samples)
    if how != ATTEMPTS[0][0] and not options.allow_options:
        print(f"{path}: a default session refuses it; it {how}", flush=True)
        return False
    line = (
        f"{path}: {correct} of {images} correct, top-1 {100 * correct / images:.2f} % "
        f"(opset {model.opset_import[0].version}, IR {model.ir_version}, "
        f"{pathlib.Path(path).stat().st_size} bytes, {how})"
    )
    expected, source = options.expect_correct, "expected"
    if options.tsq:
        expected, source = count_of_tsq(options, path, images), "tsq"
    if expected is None:
        print(line, flush=True)
        return True
    agrees = abs(correct - expected) <= options.tolerance
    print(f"{line}; {source} {expected}: {'agrees' if agrees else 'DIFFERS'}", flush=True)
    return agrees


def main():
    parser = argparse.ArgumentParser(prog="scripts/verify-export", description=__doc__)
    parser.add_argument("models", nargs="+", metavar="MODEL.onnx")
    parser.add_argument("--data", required=True, help="CIFAR binary, IDX or .npy")
    parser.add_argument("--labels", help="IDX, .npy or text, where the data hold none")
    parser.add_argument("--preprocess", choices=sorted(PRESETS), default="none")
    parser.add_argument("--limit", type=int, help="only so many samples, from the first on")
    parser.add_argument("--batch", type=int, default=250)
    expectation = parser.add_mutually_exclusive_group()
    expectation.add_argument("--expect-correct", type=int, metavar="N")
    expectation.add_argument("--tsq", metavar="PATH", help="a tsq to evaluate the same model with")
    # Two correct runtimes round differently, which can move a code or break a tie.
    parser.add_argument("--tolerance", type=int, default=1, help="images; 1 by default")
    parser.add_argument(
        "--allow-options", action="store_true", help="accept a model that no default session loads"
    )
    options = parser.parse_args()
    if options.batch < 1 or (options.limit is not None and options.limit < 1):
        parser.error("--batch and --limit are at least 1")
    try:
        samples, labels = read_samples(options.data, options.labels)
        samples, labels = samples[: options.limit], labels[: options.limit]
        print(f"onnxruntime {onnxruntime.__version__}, onnx {onnx.__version__}", flush=True)
        results = [verify(path, options, samples, labels) for path in options.models]
    except Failure as failure:
        print(f"verify-export: {failure}", file=sys.stderr)
        return 1
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
