"""Times tsq's training steps and PyTorch's in turns; see scripts/bench-training."""

import argparse
import re
import statistics
import subprocess
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", help="ResNet-20 as ONNX")
    parser.add_argument("--codes", help="the same with 2-bit codes, fp32 form")
    parser.add_argument("--tsq", required=True)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


class Codes(torch.autograd.Function):
    """2-bit codes: straight through, with LSQ's gradient of the step."""

    @staticmethod
    def forward(context, x, step):
        context.save_for_backward(x, step)
        return torch.clamp(torch.round(x / step), 0, 3) * step

    @staticmethod
    def backward(context, dy):
        x, step = context.saved_tensors
        scaled = x / step
        inside = (scaled > 0) & (scaled < 3)
        code = torch.clamp(torch.round(scaled), 0, 3)
        return dy * inside, (dy * torch.where(inside, code - scaled, code)).sum()


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride, codes):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1)
        self.outputs, self.stride, self.codes = outputs, stride, codes
        self.steps = nn.ParameterList([torch.tensor(0.5), torch.tensor(0.5)] if codes else [])

    def forward(self, x):
        h = Codes.apply(x, self.steps[0]) if self.codes else x
        h = F.relu(self.conv1(h))
        h = self.conv2(Codes.apply(h, self.steps[1]) if self.codes else h)
        if self.stride != 1:
            side = self.outputs // 4
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, side, side))
        return F.relu(h + x)


class ResNet20(nn.Module):
    def __init__(self, codes):
        super().__init__()
        self.first = nn.Conv2d(3, 16, 3, 1, 1)
        blocks, inputs = [], 16
        for outputs, stride in ((16, 1), (32, 2), (64, 2)):
            for place in range(3):
                blocks.append(Block(inputs, outputs, stride if place == 0 else 1, codes))
                inputs = outputs
        self.blocks, self.last = nn.Sequential(*blocks), nn.Linear(64, 10)

    def forward(self, x):
        return self.last(self.blocks(F.relu(self.first(x))).mean((2, 3)))


def peer(options, codes, bf16):
    model = ResNet20(codes).to(memory_format=torch.channels_last)
    x = torch.randn(options.batch, 3, 32, 32).to(memory_format=torch.channels_last)
    seed = torch.randn(options.batch, 10)

    def step():
        model.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            logits = model(x)
        logits.float().backward(seed)

    for _ in range(3):
        step()
    times, begin = [], time.process_time()
    while time.process_time() - begin < options.seconds:
        start = time.process_time()
        step()
        times.append(time.process_time() - start)
    return options.batch / statistics.median(times)


def own(options, model):
    command = [options.tsq, "measure-execution", model, "--gradients", "--batch",
               str(options.batch), "--seconds", str(options.seconds)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(re.match(r"[\d.]+", output).group())


def main():
    options = arguments()
    torch.set_num_threads(1)
    contenders = {"tsq fp32": lambda: own(options, options.model)}
    contenders["torch fp32"] = lambda: peer(options, False, False)
    contenders["torch bf16"] = lambda: peer(options, False, True)
    if options.codes:
        contenders["tsq fp32, codes"] = lambda: own(options, options.codes)
        contenders["torch fp32, codes"] = lambda: peer(options, True, False)
        contenders["torch bf16, codes"] = lambda: peer(options, True, True)
    rates = {name: [] for name in contenders}
    for _ in range(options.rounds):
        for name, measure in contenders.items():
            rates[name].append(measure())
    print(f"images per second of processor time, one thread, batch {options.batch}; medians of "
          f"{options.rounds} rounds; torch {torch.__version__}, channels-last, eager")
    for name, found in rates.items():
        print(f"{name:20} {statistics.median(found):7.1f}   {min(found):.1f} … {max(found):.1f}")


main()
