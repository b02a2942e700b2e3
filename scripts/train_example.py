"""Trains the network of Examples/digits and writes it beside its data.

The data are the UCI handwritten digits as scikit-learn ships them: 1,797 grey images of 8 x 8 pixels
with values 0...16. They are split by a seeded permutation into 1,297 training and 500 test images and
written as IDX files with the pixels scaled by 15, so that they fill a byte as 0...240.

The network is a small residual CNN in the style of ResNet, 28,410 parameters:

    input            N x 1 x 8 x 8, pixel / 255
    stem             3x3 convolution, 16 channels, batch normalization, ReLU
    block1           two 3x3 convolutions of 16 channels around an identity shortcut
    down             3x3 convolution, stride 2, 32 channels, batch normalization, ReLU
    block2           two 3x3 convolutions of 32 channels around an identity shortcut
    head             global average pooling, 10 linear outputs

It is trained with momentum SGD in numpy alone: at this size a framework would be most of the work.
Run it through scripts/train-example, which makes the virtual environment.
"""

import argparse
import pathlib
import struct

import numpy as np
import onnx
import onnxruntime
from numpy.lib.stride_tricks import sliding_window_view
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits

SEED = 2018
TEST_IMAGES = 500
PIXEL_SCALE = 15
EPOCHS = 60
BATCH = 64
RATE = 0.1
MOMENTUM = 0.9
DECAY = 5e-4
EPSILON = 1e-5
BN_MOMENTUM = 0.9


# Data


def split_digits():
    """Images [N, 8, 8] as bytes and labels [N]: training pair, test pair."""
    digits = load_digits()
    images = (digits.images * PIXEL_SCALE).astype(np.uint8)
    labels = digits.target.astype(np.uint8)
    order = np.random.Generator(np.random.PCG64(SEED)).permutation(len(labels))
    train, test = order[TEST_IMAGES:], order[:TEST_IMAGES]
    return (images[train], labels[train]), (images[test], labels[test])


def write_idx(path, array):
    """One array of bytes: magic 00 00 08 <axes>, the extents big-endian, the values."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    path.write_bytes(header + array.tobytes())


def prepared(images):
    """Bytes [N, 8, 8] to network input [N, 8, 8, 1]: value / 255."""
    return (images.astype(np.float32) / np.float32(255))[..., None]


def shifted(images, generator):
    """Each image moved by -1, 0 or 1 pixel along each axis, zeros moving in."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = sliding_window_view(padded, images.shape[1:3], axis=(1, 2))
    rows, columns = generator.integers(0, 3, (2, len(images)))
    return windows[np.arange(len(images)), rows, columns].transpose(0, 2, 3, 1)


# Layers: forward keeps what backward needs; backward stores gradients and returns the input's.
# Activations are N x H x W x C.


class Convolution:
    """3x3, padding 1, no bias (batch normalization follows)."""

    def __init__(self, inputs, outputs, stride, generator):
        deviation = np.sqrt(2 / (9 * outputs))
        self.weight = generator.normal(0, deviation, (9 * inputs, outputs)).astype(np.float32)
        self.stride = stride

    def taps(self, height, width):
        """The slices of the padded input that the nine weights see, row by row."""
        step = self.stride
        for row in range(3):
            for column in range(3):
                yield slice(row, row + height, step), slice(column, column + width, step)

    def forward(self, x, training):
        self.shape = x.shape
        padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        columns = [padded[:, rows, cols] for rows, cols in self.taps(*x.shape[1:3])]
        self.columns = np.concatenate(columns, axis=-1)
        return self.columns @ self.weight

    def backward(self, gradient):
        flat = gradient.reshape(-1, gradient.shape[-1])
        self.gradients = {"weight": self.columns.reshape(-1, len(self.weight)).T @ flat}
        columns = np.split(gradient @ self.weight.T, 9, axis=-1)
        count, height, width, channels = self.shape
        padded = np.zeros((count, height + 2, width + 2, channels), np.float32)
        for (rows, cols), part in zip(self.taps(height, width), columns):
            padded[:, rows, cols] += part
        return padded[:, 1:-1, 1:-1]


class BatchNormalization:
    def __init__(self, channels):
        self.scale = np.ones(channels, np.float32)
        self.offset = np.zeros(channels, np.float32)
        self.mean = np.zeros(channels, np.float32)
        self.variance = np.ones(channels, np.float32)

    def forward(self, x, training):
        mean, variance = self.mean, self.variance
        if training:
            mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
            self.mean = BN_MOMENTUM * self.mean + (1 - BN_MOMENTUM) * mean
            self.variance = BN_MOMENTUM * self.variance + (1 - BN_MOMENTUM) * variance
        self.deviation = np.sqrt(variance + np.float32(EPSILON))
        self.normal = (x - mean) / self.deviation
        return self.scale * self.normal + self.offset

    def backward(self, gradient):
        axes = (0, 1, 2)
        self.gradients = {
            "scale": (gradient * self.normal).sum(axes),
            "offset": gradient.sum(axes),
        }
        g = gradient * self.scale
        centred = g - g.mean(axes) - self.normal * (g * self.normal).mean(axes)
        return centred / self.deviation


class Relu:
    def forward(self, x, training):
        self.positive = x > 0
        return x * self.positive

    def backward(self, gradient):
        return gradient * self.positive


class Residual:
    """Two convolutions around an identity shortcut, ReLU after the addition."""

    def __init__(self, channels, generator):
        self.branch = [
            Convolution(channels, channels, 1, generator), BatchNormalization(channels), Relu(),
            Convolution(channels, channels, 1, generator), BatchNormalization(channels),
        ]
        self.after = Relu()

    def forward(self, x, training):
        return self.after.forward(forward(self.branch, x, training) + x, training)

    def backward(self, gradient):
        gradient = self.after.backward(gradient)
        return backward(self.branch, gradient) + gradient


class Head:
    """Global average pooling and a linear layer."""

    def __init__(self, inputs, outputs, generator):
        deviation = np.sqrt(1 / inputs)
        self.weight = generator.normal(0, deviation, (inputs, outputs)).astype(np.float32)
        self.bias = np.zeros(outputs, np.float32)

    def forward(self, x, training):
        self.shape = x.shape
        self.pooled = x.mean((1, 2))
        return self.pooled @ self.weight + self.bias

    def backward(self, gradient):
        self.gradients = {"weight": self.pooled.T @ gradient, "bias": gradient.sum(0)}
        pooled = gradient @ self.weight.T / np.float32(self.shape[1] * self.shape[2])
        return np.broadcast_to(pooled[:, None, None, :], self.shape)


def forward(layers, x, training=False):
    for layer in layers:
        x = layer.forward(x, training)
    return x


def backward(layers, gradient):
    for layer in reversed(layers):
        gradient = layer.backward(gradient)
    return gradient


def digits_network(generator):
    return [
        Convolution(1, 16, 1, generator), BatchNormalization(16), Relu(),
        Residual(16, generator),
        Convolution(16, 32, 2, generator), BatchNormalization(32), Relu(),
        Residual(32, generator),
        Head(32, 10, generator),
    ]


# Training


def trained_layers(layers):
    """Every layer that has parameters, those inside residual blocks included."""
    for layer in layers:
        if isinstance(layer, Residual):
            yield from trained_layers(layer.branch)
        elif not isinstance(layer, Relu):
            yield layer


def train(layers, images, labels, generator):
    """Momentum SGD with a cosine schedule on cross-entropy."""
    parameters = list(trained_layers(layers))
    velocities = {}
    steps = EPOCHS * (len(labels) // BATCH)
    step = 0
    for epoch in range(EPOCHS):
        order = generator.permutation(len(labels))
        total = 0.0
        for start in range(0, len(labels) - BATCH + 1, BATCH):
            batch = order[start : start + BATCH]
            logits = forward(layers, shifted(images[batch], generator), training=True)
            logits = logits - logits.max(1, keepdims=True)
            odds = np.exp(logits)
            odds /= odds.sum(1, keepdims=True)
            rows = np.arange(BATCH)
            total -= float(np.log(odds[rows, labels[batch]]).sum())
            odds[rows, labels[batch]] -= 1
            backward(layers, odds / np.float32(BATCH))
            rate = np.float32(RATE * 0.5 * (1 + np.cos(np.pi * step / steps)))
            update(parameters, velocities, rate)
            step += 1
        if (epoch + 1) % 10 == 0:
            seen = len(labels) // BATCH * BATCH
            print(f"epoch {epoch + 1:3}  loss {total / seen:.4f}", flush=True)


def update(parameters, velocities, rate):
    for layer in parameters:
        for name, gradient in layer.gradients.items():
            value = getattr(layer, name)
            if name == "weight":
                gradient = gradient + np.float32(DECAY) * value
            key = (id(layer), name)
            velocity = np.float32(MOMENTUM) * velocities.get(key, np.float32(0)) + gradient
            velocities[key] = velocity
            setattr(layer, name, value - rate * velocity)


# ONNX


class Graph:
    """Collects nodes and constants of one ONNX graph."""

    def __init__(self):
        self.nodes = []
        self.constants = []

    def constant(self, name, values):
        values = np.ascontiguousarray(values, np.float32)
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def node(self, kind, name, inputs, **attributes):
        output = f"{name}_out"
        self.nodes.append(helper.make_node(kind, inputs, [output], name=name, **attributes))
        return output

    def convolution(self, name, layer, x):
        channels = len(layer.weight) // 9
        weight = layer.weight.reshape(3, 3, channels, -1).transpose(3, 2, 0, 1)
        return self.node(
            "Conv", name, [x, self.constant(f"{name}.weight", weight)],
            kernel_shape=[3, 3], strides=[layer.stride] * 2, pads=[1, 1, 1, 1])

    def normalization(self, name, layer, x):
        parts = [
            self.constant(f"{name}.{part}", values)
            for part, values in [
                ("scale", layer.scale), ("offset", layer.offset),
                ("mean", layer.mean), ("variance", layer.variance)]
        ]
        return self.node("BatchNormalization", name, [x, *parts], epsilon=EPSILON)

    def residual(self, name, block, x):
        conv1, norm1, _, conv2, norm2 = block.branch
        y = self.convolution(f"{name}.conv1", conv1, x)
        y = self.normalization(f"{name}.norm1", norm1, y)
        y = self.node("Relu", f"{name}.relu1", [y])
        y = self.convolution(f"{name}.conv2", conv2, y)
        y = self.normalization(f"{name}.norm2", norm2, y)
        y = self.node("Add", f"{name}.add", [y, x])
        return self.node("Relu", f"{name}.relu2", [y])


def exported(layers):
    """The trained layers as an ONNX model of opset 17, batch normalization kept."""
    stem, stem_norm, _, block1, down, down_norm, _, block2, head = layers
    graph = Graph()
    x = graph.convolution("stem.conv", stem, "input")
    x = graph.normalization("stem.norm", stem_norm, x)
    x = graph.node("Relu", "stem.relu", [x])
    x = graph.residual("block1", block1, x)
    x = graph.convolution("down.conv", down, x)
    x = graph.normalization("down.norm", down_norm, x)
    x = graph.node("Relu", "down.relu", [x])
    x = graph.residual("block2", block2, x)
    x = graph.node("GlobalAveragePool", "head.pool", [x])
    x = graph.node("Flatten", "head.flatten", [x], axis=1)
    weight = graph.constant("head.weight", head.weight.T)
    bias = graph.constant("head.bias", head.bias)
    graph.node("Gemm", "head.linear", [x, weight, bias], transB=1)
    graph.nodes[-1].output[0] = "logits"
    body = helper.make_graph(
        graph.nodes, "digits",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 1, 8, 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 10])],
        graph.constants)
    model = helper.make_model(
        body, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="tsq")
    onnx.checker.check_model(model, full_check=True)
    return model


def runtime_accuracy(path, images, labels):
    """Top-1 of the file on its preprocessed images, run by onnxruntime."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    logits = session.run(None, {"input": prepared(images).transpose(0, 3, 1, 2)})[0]
    return int((logits.argmax(1) == labels).sum())


def main():
    parser = argparse.ArgumentParser(description="Trains the network of Examples/digits.")
    parser.add_argument("folder", type=pathlib.Path, help="where the five files go")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)

    train_set, test_set = split_digits()
    for name, (images, labels) in [("train", train_set), ("test", test_set)]:
        write_idx(folder / f"{name}-images.idx3-ubyte", images)
        write_idx(folder / f"{name}-labels.idx1-ubyte", labels)

    generator = np.random.Generator(np.random.PCG64(SEED + 1))
    layers = digits_network(generator)
    train(layers, prepared(train_set[0]), train_set[1], generator)

    path = folder / "digits.onnx"
    path.write_bytes(exported(layers).SerializeToString(deterministic=True))
    parameters = sum(
        getattr(layer, name).size
        for layer in trained_layers(layers) for name in layer.gradients)
    print(f"{path}: {parameters} parameters, {path.stat().st_size} bytes")
    for name, (images, labels) in [("train", train_set), ("test", test_set)]:
        own = int((forward(layers, prepared(images)).argmax(1) == labels).sum())
        right = runtime_accuracy(path, images, labels)
        if abs(own - right) > 1:
            raise SystemExit(f"the exported file differs: {right} images right, trained {own}")
        print(f"{name} accuracy: {100 * right / len(labels):.2f} % ({right} of {len(labels)})")


if __name__ == "__main__":
    main()
