"""Rates of tsq-bench, onnxruntime and numpy on the same products; see bench-peers."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

SAMPLE_SECONDS = 0.1


def session(nodes, inputs, outputs, initializers):
    """A single-threaded session of a graph."""
    graph = helper.make_graph(nodes, "bench", inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def operands(rows, inner, columns):
    """Ternary weights with 40 % zeros and 2-bit codes."""
    random = numpy.random.default_rng(0)
    weights = random.choice(
        numpy.array([0, 0, 0, 0, 1, 1, 1, -1, -1, -1], numpy.int8), (rows, inner))
    codes = random.integers(0, 4, (inner, columns), numpy.uint8)
    return weights, codes


def matmul_integer(rows, inner, columns):
    weights, codes = operands(rows, inner, columns)
    run = session(
        [helper.make_node("MatMulInteger", ["x", "w"], ["y"])],
        [helper.make_tensor_value_info("x", TensorProto.UINT8, [columns, inner])],
        [helper.make_tensor_value_info("y", TensorProto.INT32, [columns, rows])],
        [numpy_helper.from_array(numpy.ascontiguousarray(weights.T), "w")])
    feed = {"x": numpy.ascontiguousarray(codes.T)}
    expected = codes.T.astype(numpy.int32) @ weights.T.astype(numpy.int32)
    assert numpy.array_equal(run.run(None, feed)[0], expected), "MatMulInteger differs"
    return lambda: run.run(None, feed)


def convolution(rows, channels, side):
    """A 3 × 3 convolution with padding, rows × 9 · channels × side²."""
    weights, _ = operands(rows, channels * 9, 1)
    codes = numpy.random.default_rng(1).integers(0, 4, (1, channels, side, side), numpy.uint8)
    constants = [
        numpy_helper.from_array(weights.reshape(rows, channels, 3, 3), "w"),
        numpy_helper.from_array(numpy.float32(1), "one"),
        numpy_helper.from_array(numpy.uint8(0), "x0"), numpy_helper.from_array(numpy.int8(0), "w0"),
        numpy_helper.from_array(numpy.float32(16), "scale"),
        numpy_helper.from_array(numpy.uint8(128), "y0")]
    shape = [1, rows, side, side]
    run = session(
        [helper.make_node(
            "QLinearConv", ["x", "one", "x0", "w", "one", "w0", "scale", "y0"], ["y"],
            pads=[1, 1, 1, 1])],
        [helper.make_tensor_value_info("x", TensorProto.UINT8, list(codes.shape))],
        [helper.make_tensor_value_info("y", TensorProto.UINT8, shape)], constants)
    return lambda: run.run(None, {"x": codes})


def real_product(rows, inner, columns):
    weights, codes = (operand.astype(numpy.float32) for operand in operands(rows, inner, columns))
    return lambda: weights @ codes


def real_gram(inputs, samples):
    codes = numpy.random.default_rng(2).integers(0, 4, (inputs, samples)).astype(numpy.float32)
    return lambda: codes @ codes.T


def peers(few):
    """(case of tsq-bench, peer, operations, what makes the contender); Gram on `few` samples."""
    cases = []
    for rows, inner, columns, side in [(256, 2304, 784, 28), (512, 4608, 49, 7)]:
        name, work = f"ternary {rows}x{inner}x{columns}, 2-bit codes", 2 * rows * inner * columns
        cases += [
            (name, "onnxruntime MatMulInteger", work,
             lambda a=rows, b=inner, c=columns: matmul_integer(a, b, c)),
            (name, "onnxruntime QLinearConv 3x3", work,
             lambda a=rows, b=inner // 9, c=side: convolution(a, b, c)),
            (name, "numpy fp32", work,
             lambda a=rows, b=inner, c=columns: real_product(a, b, c))]
    work = 2 * 4096 * 4096
    cases += [
        ("column 4096x4096x1, 2-bit codes", "onnxruntime MatMulInteger", work,
         lambda: matmul_integer(4096, 4096, 1)),
        ("column 4096x4096x1, 2-bit codes", "numpy fp32", work,
         lambda: real_product(4096, 4096, 1)),
        ("Gram of 4608 inputs, 50000 samples, 2-bit codes", f"numpy fp32, {few} samples",
         4608 * 4608 * few, lambda: real_gram(4608, few))]
    return cases


def seconds_per_run(run):
    start, count = time.process_time(), 0
    while True:
        run()
        count += 1
        spent = time.process_time() - start
        if spent >= SAMPLE_SECONDS:
            return spent / count


def bench(path, case):
    """Rates of tsq-bench in one case, one round."""
    found = subprocess.run(
        [path, "--json", "--rounds", "1", "--cases", case], check=True, capture_output=True,
        text=True)
    (measured,) = json.loads(found.stdout)["cases"]
    return {row["name"]: row["rate"] for row in measured["rows"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--gram-samples", type=int, default=5000)
    parser.add_argument("--cases", default="")
    arguments = parser.parse_args()
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        if name in os.environ:
            sys.exit(f"{name} is set: it slows numpy down; start this by scripts/bench-peers")
    print(f"onnxruntime {onnxruntime.__version__}, numpy {numpy.__version__}; GOP/s, medians of "
          f"{arguments.rounds} rounds, one thread, CPU time")
    chosen = [peer for peer in peers(arguments.gram_samples) if arguments.cases in peer[0]]
    for case in dict.fromkeys(peer[0] for peer in chosen):
        contenders = [(name, work, make()) for at, name, work, make in chosen if at == case]
        rates = {}
        for _ in range(arguments.rounds):
            for name, rate in bench(arguments.bench, case).items():
                rates.setdefault(name, []).append(rate)
            for name, work, run in contenders:
                rates.setdefault(name, []).append(work / seconds_per_run(run) / 1e9)
        medians = {name: statistics.median(values) for name, values in rates.items()}
        others = [name for name, _, _ in contenders]
        print(case)
        print(f"  {'':44} {'GOP/s':>9}" + "".join(f"  over {name}" for name in others))
        for name, rate in medians.items():
            ratios = "".join(
                f"  {rate / medians[other]:>{len(other) + 5}.2f}" for other in others)
            print(f"  {name:44} {rate:9.1f}{ratios}")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
