"""Methods beside each other on one synthetic ternary layer (see scripts/synthetic-layer)."""

import argparse
import json
import struct
import subprocess
import sys

import numpy as np

INPUTS, OUTPUTS, COLUMNS = 256, 64, 16_384
# Of least squared error for a half-wave Gaussian.
STEP, THRESHOLD = 0.6508, 0.3254
LEVELS = np.array([-1.0, 0.0, 1.0])


def codes_of(values):
    """The 2-bit codes of values."""
    return sum((values > edge).astype(np.float64) for edge in (THRESHOLD, 1.5 * STEP, 2.5 * STEP))


def standardised(values):
    return (values - values.mean(1, keepdims=True)) / values.std(1, keepdims=True)


def project(weights):
    """The exact ternary projection of each row: codes and scales."""
    sizes = np.sort(np.abs(weights), axis=1)[:, ::-1]
    sums = np.cumsum(sizes, axis=1)
    kept = np.argmax(sums**2 / np.arange(1, weights.shape[1] + 1), axis=1)
    rows = np.arange(len(weights))
    q = np.sign(weights) * (np.abs(weights) >= sizes[rows, kept][:, None])
    return q, sums[rows, kept] / (kept + 1)


class Layer:
    """Samples of both settings; the first half is fitted, the second judges."""

    def __init__(self, seed, sources):
        generator = np.random.default_rng(seed)
        count = 2 * COLUMNS
        mixing = generator.standard_normal((INPUTS, sources))
        hidden = mixing @ generator.standard_normal((sources, count))
        hidden = standardised(hidden) + 0.7 * generator.standard_normal((INPUTS, count))
        before = generator.standard_normal((INPUTS, INPUTS))
        self.clean = codes_of(standardised(before @ hidden))
        q, scale = project(before)
        self.quantized = codes_of(standardised((q * scale[:, None]) @ hidden))
        weights = generator.standard_t(5, (OUTPUTS, INPUTS))
        outputs = weights @ self.clean
        spread = outputs.std(1, keepdims=True)
        self.weights = weights / spread / STEP
        self.targets = (outputs - outputs.mean(1, keepdims=True)) / spread

    def judge(self, inputs, q, scale, offset):
        """Both errors of rows on the second half; scale per unit of code."""
        found = scale[:, None] * (q @ inputs[:, COLUMNS:]) + offset[:, None]
        wanted = self.targets[:, COLUMNS:]
        codes = codes_of(wanted)
        miss = ((codes_of(found) - codes) ** 2).sum() / (codes**2).sum()
        return ((found - wanted) ** 2).mean(), miss


class Regression:
    """The centred regression of the first half, inputs in units of codes."""

    def __init__(self, inputs, targets, weights, ridge=1e-3):
        self.inputs, self.targets = inputs[:, :COLUMNS], targets[:, :COLUMNS]
        self.mean = self.inputs.mean(1)
        centred = self.inputs - self.mean[:, None]
        gram = centred @ centred.T
        self.ridge = ridge * np.trace(gram) / INPUTS
        self.gram = gram + self.ridge * np.eye(INPUTS)
        self.centred, self.weights = centred, weights
        self.cross = self.cross_of(self.targets)
        self.least = np.linalg.solve(self.gram, self.cross.T).T

    def cross_of(self, targets):
        return targets @ self.centred.T + self.ridge * self.weights

    def fit(self, q, targets=None):
        """Scale and offset of least squares."""
        targets = self.targets if targets is None else targets
        cross = targets @ self.centred.T
        quadratic = ((q @ self.gram) * q).sum(1) - self.ridge * (q * q).sum(1)
        scale = (cross * q).sum(1) / np.maximum(quadratic, 1e-9)
        return scale, targets.mean(1) - scale * (q @ self.mean)

    def descend(self, q, cross=None, sweeps=100):
        """Coordinate descent of all rows with the scale eliminated."""
        cross = self.cross if cross is None else cross
        q = q.copy()
        products = q @ self.gram
        p, d = (q * cross).sum(1), (q * products).sum(1)
        rows = np.arange(len(q))
        for _ in range(sweeps):
            changed = 0
            for j in range(INPUTS):
                step = LEVELS[None, :] - q[:, j : j + 1]
                tried_p = p[:, None] + step * cross[:, j : j + 1]
                tried_d = d[:, None] + step * (2 * products[:, j : j + 1] + step * self.gram[j, j])
                gain = np.where(
                    (tried_p > 0) & (tried_d > 0), tried_p**2 / np.maximum(tried_d, 1e-9), -1)
                stay = gain[rows, (q[:, j] + 1).astype(int)]
                best = gain.argmax(1)
                moved = np.nonzero(gain[rows, best] > stay * (1 + 1e-12))[0]
                if moved.size:
                    move = step[moved, best[moved]]
                    p[moved], d[moved] = tried_p[moved, best[moved]], tried_d[moved, best[moved]]
                    q[moved, j] += move
                    products[moved] += np.outer(move, self.gram[j])
                    changed += moved.size
            if changed == 0:
                break
        return q

    def gain(self, q):
        p, d = (q * self.cross).sum(1), ((q @ self.gram) * q).sum(1)
        return np.where(p > 0, p**2 / np.maximum(d, 1e-9), 0)

    def descend_unrounded(self, q, sweeps=30):
        """QuantEase: every third sweep gives entries the value of least squares instead of a level;
        the best codes of each row, after descent to a fixed point."""
        best = self.descend(q)
        _, scale = project(self.least)
        values = best * scale[:, None]
        for sweep in range(sweeps):
            products = values @ self.gram
            for j in range(INPUTS):
                wanted = values[:, j] + (self.cross[:, j] - products[:, j]) / self.gram[j, j]
                if sweep % 3 != 2:
                    wanted = np.clip(np.rint(wanted / scale), -1, 1) * scale
                products += np.outer(wanted - values[:, j], self.gram[j])
                values[:, j] = wanted
            if sweep % 3 == 1:
                codes = self.descend(np.rint(values / scale[:, None]))
                better = self.gain(codes) > self.gain(best)
                best[better] = codes[better]
                scale = self.gain(codes) / np.maximum((codes * self.cross).sum(1), 1e-9)
                values = codes * scale[:, None]
        return best

    def restart(self, q, share, rounds, seed=0):
        """Random partial restarts: a share of the entries goes back to a random level, descent
        follows, the better codes of each row stay."""
        generator = np.random.default_rng(seed)
        best, gains = q.copy(), self.gain(q)
        for _ in range(rounds):
            forgotten = generator.random(q.shape) < share
            codes = self.descend(np.where(forgotten, generator.choice(LEVELS, q.shape), best))
            found = self.gain(codes)
            better = found > gains
            best[better], gains[better] = codes[better], found[better]
        return best

    def iterate(self, iterations=200, first=0.1, last=10.0):
        """Layer ADMM with a geometric ramp; the best feasible codes of each row."""
        values, vectors = np.linalg.eigh(self.gram)
        mean = values.mean()
        q, scale = project(self.least)
        feasible, dual = q * scale[:, None], np.zeros_like(self.least)
        target = self.cross @ vectors
        best, gains = q.copy(), np.zeros(len(q))
        penalty = first * mean
        ratio = (last / first) ** (1 / (iterations - 1))
        for _ in range(iterations):
            pull = target + penalty * ((feasible - dual) @ vectors)
            weights = (pull / (values + penalty)) @ vectors.T
            q, scale = project(weights + dual)
            feasible = q * scale[:, None]
            dual = (dual + weights - feasible) / ratio
            penalty *= ratio
            p, d = (q * self.cross).sum(1), ((q @ self.gram) * q).sum(1)
            gain = np.where(p > 0, p**2 / np.maximum(d, 1e-9), 0)
            better = gain > gains
            best[better], gains[better] = q[better], gain[better]
        return best

    def round_in_sequence(self, rounds=5):
        """GPTQ on W*, entries in order of falling variance, the scale fitted again each round."""
        order = np.argsort(-self.gram.diagonal(), kind="stable")
        gram = self.gram[np.ix_(order, order)]
        upper = np.linalg.cholesky(np.linalg.inv(gram)).T
        _, scale = project(self.least)
        for _ in range(rounds):
            rest, q = self.least[:, order].copy(), np.zeros_like(self.least)
            for j in range(INPUTS):
                q[:, j] = np.clip(np.rint(rest[:, j] / scale), -1, 1)
                error = (rest[:, j] - q[:, j] * scale) / upper[j, j]
                rest[:, j:] -= np.outer(error, upper[j, j:])
            codes = np.zeros_like(q)
            codes[:, order] = q
            p, d = (codes * self.cross).sum(1), ((codes @ self.gram) * codes).sum(1)
            scale = p / np.maximum(d, 1e-9)
        return codes

    def nonlinear(self, q, steps=20, first=0.3, last=3.0):
        """TSQ's iterations with the relaxed z-step; the best iterate of each row."""
        scale, offset = self.fit(q)
        wanted = codes_of(self.targets)
        low, high = 0.0, 3 * STEP
        best = [q.copy(), scale.copy(), offset.copy()]
        errors = np.full(len(q), np.inf)
        for step in range(steps + 1):
            output = scale[:, None] * (q @ self.inputs) + offset[:, None]
            error = ((codes_of(output) - wanted) ** 2).sum(1)
            better = error < errors
            errors[better] = error[better]
            for kept, value in zip(best, (q, scale, offset)):
                kept[better] = value[better]
            if step == steps:
                break
            coupling = first * (last / first) ** (step / (steps - 1))
            level = wanted * STEP
            goal, cost = None, None
            for z in (
                np.clip((coupling * output + level) / (1 + coupling), low, high),
                np.minimum(output, low), np.maximum(output, high),
            ):
                price = (level - np.clip(z, low, high)) ** 2 + coupling * (z - output) ** 2
                goal = z if goal is None else np.where(price < cost, z, goal)
                cost = price if cost is None else np.minimum(price, cost)
            q = self.descend(q, self.cross_of(goal))
            scale, offset = self.fit(q, goal)
        return best


def piped(program, method, kicks, inputs, layer, judged_codes):
    """Codes, scale per unit of code, offset and CPU seconds of tsq-bench --solve."""
    fitted = COLUMNS * 3 // 4 if judged_codes else COLUMNS
    data = struct.pack("<4i3f", INPUTS, OUTPUTS, COLUMNS, fitted, STEP, STEP, THRESHOLD)
    data += inputs[:, :COLUMNS].astype(np.int8).tobytes()
    data += layer.targets[:, :COLUMNS].astype("<f4").tobytes()
    data += layer.weights.astype("<f4").tobytes()
    found = json.loads(subprocess.run(
        [program, "--solve", method, "--kicks", str(kicks)], input=data, check=True,
        stdout=subprocess.PIPE).stdout)
    q = np.array(found["codes"], np.float64).reshape(OUTPUTS, INPUTS)
    return q, np.array(found["scales"]) * STEP, np.array(found["offsets"]), found["seconds"]


def escape_rows(layer, inputs):
    """Rows of the ways to leave the fixed point of ADMM and descent, and of the first on its own."""
    regression = Regression(inputs, layer.targets, layer.weights * STEP)
    start = project(regression.least)[0]
    both = regression.descend(regression.iterate())
    for name, q in (
        ("numpy: unrounded sweeps from W*", regression.descend_unrounded(start)),
        ("numpy: ADMM, then unrounded sweeps", regression.descend_unrounded(both)),
        ("numpy: ADMM, then 20 restarts of 2 %", regression.restart(both, 0.02, 20)),
        ("numpy: ADMM, then 20 restarts of 10 %", regression.restart(both, 0.1, 20)),
    ):
        yield name, q, *regression.fit(q)


def numpy_rows(layer, inputs):
    """Name, codes, scale and offset of each row that numpy makes."""
    regression = Regression(inputs, layer.targets, layer.weights * STEP)
    size = np.abs(layer.weights)
    twn = np.sign(layer.weights) * (size > 0.7 * size.mean(1, keepdims=True))
    both = regression.descend(regression.iterate())
    for name, q in (
        ("numpy: TWN", twn),
        ("numpy: projection of W*", project(regression.least)[0]),
        ("numpy: GPTQ on W*", regression.round_in_sequence()),
        ("numpy: coordinate descent", regression.descend(project(regression.least)[0])),
        ("numpy: ADMM, then descent", both),
    ):
        yield name, q, *regression.fit(q)
    yield "numpy: … then TSQ non-linear", *regression.nonlinear(both)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--sources", type=int, default=64)
    parser.add_argument("--methods", nargs="+", default=["gptq", "descent", "admm", "tsq"])
    parser.add_argument("--kicks", type=int, default=100)
    parser.add_argument("--skip-numpy", action="store_true")
    parser.add_argument("--escapes", action="store_true")
    arguments = parser.parse_args()
    table = {}
    for seed in arguments.seeds:
        layer = Layer(seed, arguments.sources)
        for kind, inputs in (("clean", layer.clean), ("quantized", layer.quantized)):
            rows = [] if arguments.skip_numpy else list(numpy_rows(layer, inputs))
            if arguments.escapes:
                rows += escape_rows(layer, inputs)
            for method in arguments.methods:
                *row, seconds = piped(
                    arguments.program, method, arguments.kicks, inputs, layer, False)
                rows.append((f"tsq-bench: {method}", *row))
                print(f"seed {seed}, {kind}, {method}: {seconds:.2f} s", file=sys.stderr)
            *row, seconds = piped(arguments.program, "tsq", arguments.kicks, inputs, layer, True)
            rows.append(("tsq-bench: tsq with non-linear stage", *row))
            print(f"seed {seed}, {kind}, non-linear: {seconds:.2f} s", file=sys.stderr)
            for name, *row in rows:
                table.setdefault(name, {})[kind, seed] = layer.judge(inputs, *row)
    columns = [("clean", 0), ("quantized", 0), ("quantized", 1)]
    print("| method | clean: lin | quantized: lin | quantized: code |\n|---|---|---|---|")
    for name, found in table.items():
        cells = (
            " / ".join(f"{found[kind, seed][part]:.4f}" for seed in arguments.seeds)
            for kind, part in columns)
        print(f"| {name} | " + " | ".join(cells) + " |")
    missed = False
    for kind, part in columns:
        for seed in arguments.seeds:
            best = {
                own: min(
                    (found[kind, seed][part] for name, found in table.items()
                     if name.startswith("tsq-bench") == own), default=np.inf)
                for own in (False, True)}
            if best[True] > best[False]:
                missed = True
                print(f"{kind} {('lin', 'code')[part]}, seed {seed}: numpy is better")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
