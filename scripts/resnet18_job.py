"""Runs tsq quantize at the size of ResNet-18 and measures it (see scripts/resnet18-job)."""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

MEAN = np.array([0.485, 0.456, 0.406], np.float32).reshape(1, 3, 1, 1)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32).reshape(1, 3, 1, 1)


def make_images(path, count=512, size=224):
    """Images [count, 3, size, size] of bytes: noise of falling spectrum, cut by random edges."""
    generator = np.random.default_rng(1)
    frequency = np.fft.fftfreq(size)
    radius = np.hypot(frequency[:, None], frequency[None, : size // 2 + 1])
    fall = (1 / (radius + 1 / size)).astype(np.float32)
    fall[0, 0] = 0
    rows, columns = np.mgrid[:size, :size].astype(np.float32) / size - 0.5
    images = np.empty((count, 3, size, size), np.uint8)
    for index in range(count):
        fields = []
        for _ in range(2):
            noise = generator.standard_normal((4, size, size), dtype=np.float32)
            field = np.fft.irfft2(np.fft.rfft2(noise) * fall, s=(size, size))
            field /= field.std(axis=(1, 2), keepdims=True)
            # Channels share most of their structure, as colours do.
            fields.append(0.85 * field[:1] + 0.5 * field[1:] + generator.normal(0, 0.5, (3, 1, 1)))
        inside = np.zeros((size, size), bool)
        for _ in range(4):
            angle, offset = generator.uniform(0, np.pi), generator.uniform(-0.5, 0.5)
            inside ^= rows * np.cos(angle) + columns * np.sin(angle) > offset
        mixed = np.where(inside, fields[0], fields[1])
        images[index] = np.clip(118 + 58 * mixed, 0, 255)
    np.save(path, images)


class Builder:
    """Puts nodes and weights together."""

    def __init__(self):
        self.generator = np.random.default_rng(0)
        self.nodes, self.constants, self.normalizations = [], [], []

    def constant(self, name, values):
        self.constants.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def node(self, operator, inputs, name, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def convolution(self, value, name, inputs, outputs, kernel, stride, gain=1.0):
        """A convolution and its batch normalization, whose statistics are not known yet."""
        deviation = np.sqrt(2 / (inputs * kernel * kernel))
        weights = self.generator.normal(0, deviation, (outputs, inputs, kernel, kernel))
        value = self.node(
            "Conv", [value, self.constant(name + ".weight", weights)], name,
            kernel_shape=[kernel, kernel], strides=[stride, stride], pads=[kernel // 2] * 4)
        normalized = name.replace("conv", "bn").replace("downsample.0", "downsample.1")
        scale = gain * self.generator.uniform(0.5, 1.5, outputs)
        offset = self.generator.normal(0, 0.2, outputs)
        self.normalizations.append((value, normalized, scale, offset))
        statistics = [
            self.constant(normalized + "." + part, values)
            for part, values in (
                ("weight", scale), ("bias", offset), ("running_mean", np.zeros(outputs)),
                ("running_var", np.ones(outputs)))
        ]
        return self.node("BatchNormalization", [value] + statistics, normalized)

    def model(self, outputs):
        graph = helper.make_graph(
            self.nodes, "resnet18",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, 224, 224])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
            self.constants)
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)

    def run(self, outputs, images):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = (
            onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC)
        session = onnxruntime.InferenceSession(
            self.model(outputs).SerializeToString(), options, providers=["CPUExecutionProvider"])
        return session.run(outputs, {"input": images})


def make_model(path, images):
    """The ResNet-18 graph; batch statistics are measured on `images`, layer after layer."""
    builder = Builder()
    value = builder.convolution("input", "conv1", 3, 64, 7, 2)
    value = builder.node("Relu", [value], "relu")
    value = builder.node(
        "MaxPool", [value], "maxpool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    inputs = 64
    for stage in range(1, 5):
        outputs = 64 << (stage - 1)
        for block in range(2):
            name = f"layer{stage}.{block}."
            stride = 2 if stage > 1 and block == 0 else 1
            shortcut = value
            value = builder.convolution(value, name + "conv1", inputs, outputs, 3, stride)
            value = builder.node("Relu", [value], name + "relu1")
            # Branches smaller than shortcuts, as trained networks have them.
            value = builder.convolution(value, name + "conv2", outputs, outputs, 3, 1, gain=0.5)
            if stride > 1:
                shortcut = builder.convolution(
                    shortcut, name + "downsample.0", inputs, outputs, 1, stride)
            value = builder.node("Add", [value, shortcut], name + "add")
            value = builder.node("Relu", [value], name + "relu2")
            inputs = outputs
    value = builder.node("GlobalAveragePool", [value], "avgpool")
    value = builder.node("Flatten", [value], "flatten", axis=1)
    weights = builder.generator.normal(0, np.sqrt(1 / 512), (1000, 512))
    builder.node(
        "Gemm",
        [
            value, builder.constant("fc.weight", weights),
            builder.constant("fc.bias", np.zeros(1000)),
        ], "output", transB=1)

    batch = (images[:32].astype(np.float32) / 255 - MEAN) / DEVIATION
    places = {constant.name: index for index, constant in enumerate(builder.constants)}
    for value, normalized, _, _ in builder.normalizations:
        found = builder.run([value], batch)[0]
        for part, statistic in (
            ("running_mean", found.mean(axis=(0, 2, 3))),
            ("running_var", found.var(axis=(0, 2, 3))),
        ):
            name = f"{normalized}.{part}"
            builder.constants[places[name]] = numpy_helper.from_array(
                statistic.astype(np.float32), name)
    logits, last = builder.run(["output", "layer4.1.relu2"], batch)
    print(
        f"network: logits deviate by {logits.std():.2f}, {np.mean(last > 0):.0%} of the last "
        f"block's outputs are positive, mean square {np.mean(last * last):.2f}")
    if not (0.05 < logits.std() < 50 and 0.2 < np.mean(last > 0) < 0.9):
        sys.exit("the values of the network vanish or explode")
    onnx.save(builder.model(["output"]), path)


def make_features(path, count=1024):
    """Values [count, 512, 7, 7] as the last convolution of VGG-16 gives: few factors, and noise."""
    generator = np.random.default_rng(2)
    factors = generator.standard_normal((count, 256), dtype=np.float32)
    mixing = generator.standard_normal((256, 512 * 49), dtype=np.float32) / 16
    values = factors @ mixing
    values += 0.5 * generator.standard_normal(values.shape, dtype=np.float32)
    np.save(path, np.maximum(values - 0.3, 0).reshape(count, 512, 7, 7))


def make_fc6(path):
    """A 1 × 1 convolution, and the first linear layer of VGG-16 behind it (25,088 × 4,096)."""
    generator = np.random.default_rng(3)
    constants = []
    for name, shape in (
        ("conv.weight", (512, 512, 1, 1)), ("fc6.weight", (4096, 25088)),
        ("fc7.weight", (10, 4096)),
    ):
        weights = generator.standard_normal(shape, dtype=np.float32)
        weights *= np.float32(np.sqrt(2 / np.prod(shape[1:])))
        constants.append(numpy_helper.from_array(weights, name))
    nodes = [
        helper.make_node("Conv", ["input", "conv.weight"], ["conv"], name="conv"),
        helper.make_node("Relu", ["conv"], ["relu"], name="relu"),
        helper.make_node("Flatten", ["relu"], ["flat"], name="flat"),
        helper.make_node("Gemm", ["flat", "fc6.weight"], ["fc6"], name="fc6", transB=1),
        helper.make_node("Relu", ["fc6"], ["relu6"], name="relu6"),
        helper.make_node("Gemm", ["relu6", "fc7.weight"], ["output"], name="fc7", transB=1),
    ]
    graph = helper.make_graph(
        nodes, "fc6",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 512, 7, 7])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 10])], constants)
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def used(process):
    """A running process's largest resident set in bytes and CPU seconds; zeros when it is gone."""
    memory, seconds = 0, 0.0
    try:
        with open(f"/proc/{process}/status") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    memory = int(line.split()[1]) * 1024
        with open(f"/proc/{process}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
            seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        pass
    return memory, seconds


def children(process):
    try:
        with open(f"/proc/{process}/task/{process}/children") as file:
            found = file.read().split()
        for task in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{task}/children") as file:
                found += file.read().split()
        return {int(child) for child in found}
    except OSError:
        return set()


def measured(command):
    """Runs a command: seconds, exit status, and each process's largest memory and CPU seconds."""
    start = time.monotonic()
    process = subprocess.Popen(command)
    found, done = {}, threading.Event()

    def watch():
        while not done.is_set():
            for one in {process.pid} | children(process.pid):
                found[one] = tuple(map(max, found.get(one, (0, 0.0)), used(one)))
            done.wait(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    # The same system call as GNU time's: its maximum covers the ends that the watcher misses.
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    done.set()
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "seconds": seconds, "status": process.returncode,
        "cpu": usage.ru_utime + usage.ru_stime, "largest": usage.ru_maxrss * 1024,
        "coordinator": found.pop(process.pid, (0, 0.0)), "workers": list(found.values()),
    }


def print_stages(run_folder):
    """What the journal says of the tasks, per stage and kind, and the costliest layers."""
    with sqlite3.connect(os.path.join(run_folder, "run.sqlite")) as journal:
        print("| stage | kind | tasks | worker seconds | longest |\n|---|---|---|---|---|")
        for row in journal.execute(
            "SELECT stage, kind, count(*), sum(seconds), max(seconds) FROM task"
            " GROUP BY stage, kind ORDER BY min(finished_at)"
        ):
            print("| {} | {} | {} | {:.1f} | {:.1f} |".format(*row))
        layers = {}
        for layer, kind, seconds in journal.execute(
            "SELECT layer, kind, sum(seconds) FROM task WHERE layer IS NOT NULL"
            " GROUP BY layer, kind"
        ):
            layers.setdefault(layer, {})[kind] = seconds
    return layers


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program")
    parser.add_argument("--default-folder")
    parser.add_argument("--folder")
    parser.add_argument("--images")
    parser.add_argument("--network", choices=["resnet18", "fc6"], default="resnet18")
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--gigabytes", type=float)
    parser.add_argument("options", nargs="*")
    arguments = parser.parse_args()
    is_wide = arguments.network == "fc6"
    minutes = arguments.minutes or (20 if is_wide else 10)
    gigabytes = arguments.gigabytes or (4 if is_wide else 2)
    folder = arguments.folder or os.path.join(arguments.default_folder, arguments.network)
    os.makedirs(folder, exist_ok=True)
    images = arguments.images or os.path.join(folder, "images.npy")
    if not os.path.exists(images):
        (make_features if is_wide else make_images)(images)
    model = os.path.join(folder, arguments.network + ".onnx")
    if not os.path.exists(model):
        make_fc6(model) if is_wide else make_model(model, np.load(images, mmap_mode="r"))
    recipe = os.path.join(folder, "settings.yaml")
    with open(recipe, "w") as file:
        # Of the wide network only the wide layer is of interest.
        file.write(
            "calibration: 1024\npreprocess: none\nlayers:\n- layer: conv\n  weights: float\n"
            "- layer: fc7\n  weights: float\n" if is_wide
            else "calibration: 512\npreprocess: imagenet\n")

    run_folder = os.path.join(folder, "job.run")
    shutil.rmtree(run_folder, ignore_errors=True)
    found = measured([
        arguments.program, "quantize", model, "--data", images, "--recipe", recipe, "--weights",
        "ternary", "--activations", "2", "--workers", "2", "--output",
        os.path.join(folder, "low-bit.onnx"), "--run-folder", run_folder,
    ] + arguments.options)

    layers = print_stages(run_folder)
    record = os.path.join(run_folder, "record.json")
    if os.path.exists(record):
        with open(record) as file:
            kinds = ["statistics", "solve", "refine", "compare"]
            print("\n| layer | shape | error | " + " | ".join(kinds) + " |")
            print("|---|---|---|" + "---|" * len(kinds))
            for layer in json.load(file)["layers"]:
                seconds = layers.get(layer["name"], {})
                error = layer["error"] if layer.get("error") is not None else float("nan")
                print(
                    f"| {layer['name']} | {'×'.join(map(str, layer['shape']))} | {error:.4f} | "
                    + " | ".join(f"{seconds.get(kind, 0):.1f}" for kind in kinds) + " |")
    print(f"\n| process | CPU seconds | largest memory, MB |\n|---|---|---|")
    for name, (memory, seconds) in [("coordinator", found["coordinator"])] + [
        (f"worker {number + 1}", one) for number, one in enumerate(found["workers"])
    ]:
        print(f"| {name} | {seconds:.0f} | {memory / 1e6:,.0f} |")
    largest = max([found["largest"]] + [memory for memory, _ in found["workers"]])
    print(
        f"\n{found['seconds']:.0f} s, {found['cpu']:.0f} s of CPU; the largest process took "
        f"{largest / 1e6:,.0f} MB")
    if found["status"] != 0:
        sys.exit(f"tsq ended with exit code {found['status']}")
    if found["seconds"] > 60 * minutes:
        sys.exit(f"missed: more than {minutes:g} minutes")
    if largest > gigabytes * 1e9:
        sys.exit(f"missed: more than {gigabytes:g} GB")


if __name__ == "__main__":
    main()
