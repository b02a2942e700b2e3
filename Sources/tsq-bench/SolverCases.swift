internal import Kernels
internal import Quantization

/// Coordinate descent, whole layers, and the methods beside each other on a synthetic layer.
func solverCases(smoke: Bool) -> [NamedCase] {
  let sweeps = smoke ? [(32, 200)] : [(512, 2304), (512, 4608)]
  let layers = smoke ? [(32, 100, 500)] : [(256, 2304, 50_000), (512, 4608, 50_000)]
  return sweeps.map { rows, inputs in
    NamedCase("descent \(rows) × \(inputs), ternary") { name in
      sweepCase(name, rows: rows, inputs: inputs)
    }
  }
    + layers.map { rows, inputs, samples in
      NamedCase("layer \(rows) × \(inputs), \(samples) samples") { name in
        layerCase(name, rows: rows, inputs: inputs, samples: samples)
      }
    } + [false, true].map { quantized in methodCase(quantized: quantized, smoke: smoke) }
}

/// Sweeps at the dense count, 2 · rows · inputs² operations: the first from random codes, in which
/// a third of the entries change, and the fifth.
private func sweepCase(_ name: String, rows: Int, inputs: Int) -> BenchCase {
  let amount = 2 * Double(rows) * Double(inputs) * Double(inputs)
  let operands = SweepOperands(rows: rows, inputs: inputs)
  var contenders = [
    Contender(
      name: "oneDNN sgemm of this size", amount: amount, isRight: { true },
      run: { operands.multiply() })
  ]
  for instructions in PanelInstructions.available where instructions != .plain {
    for sweeps in [1, 5] {
      let swept = SweptPanels(operands, instructions)
      contenders.append(
        Contender(
          name: sweeps == 1
            ? "\(instructions), product and first sweep" : "\(instructions), sweeps 2 to 5 each",
          amount: sweeps == 1 ? 2 * amount : amount,
          isRight: { swept.isRight() },
          run: { sweeps == 1 ? swept.start() : swept.sweepOn() }))
    }
  }
  return BenchCase(
    name: name, unit: "GFLOP/s", baseline: "oneDNN sgemm of this size", contenders: contenders)
}

/// One layer from samples to a fixed point: moments and regression are timed apart.
private func layerCase(_ name: String, rows: Int, inputs: Int, samples: Int) -> BenchCase {
  let columns = min(samples, 5000)
  let problem = SyntheticProblem(
    inputs: inputs, outputs: rows, columns: columns, sources: inputs / 4, seed: 1)
  let layer = LayerProblem(
    statistics: problem.statistics(repeats: samples / columns), weights: problem.weights,
    weightSet: .ternary)
  func contender(_ name: String, _ run: @escaping () -> Void) -> Contender {
    Contender(name: name, amount: 1e9, isRight: { true }, run: run)
  }
  return BenchCase(
    name: name, unit: "per s", baseline: "regression to convergence",
    contenders: [
      contender("moments of all samples") {
        _ = problem.statistics(repeats: samples / columns)
      },
      contender("regression to convergence") { _ = residuals(of: layer, method: .descent) },
    ])
}

/// The methods on one layer like that of table D.2 (256 → 64, 16,384 samples); the relative error
/// on as many other samples stands in the contender's name.
private func methodCase(quantized: Bool, smoke: Bool) -> NamedCase {
  let kind = quantized ? "inputs quantized, targets clean" : "clean inputs"
  return NamedCase("methods on a synthetic layer, \(kind)") { name in
    let columns = smoke ? 512 : 16_384
    let problem = SyntheticProblem(
      inputs: smoke ? 32 : 256, outputs: smoke ? 16 : 64, columns: 2 * columns,
      sources: smoke ? 16 : 128, seed: 2, targetsOfCodes: !quantized)
    let (fitted, held) = problem.halves()
    let layer = LayerProblem(
      statistics: fitted.statistics(), weights: problem.weights, weightSet: .ternary)
    let other = held.statistics()
    let methods: [SolverMethod] = [.twn, .round, .projection, .gptq, .descent, .admm, .tsq]
    let contenders = methods.map { method in
      let solution = residuals(of: layer, method: method)
      let error = solution.map { testError($0, other) } ?? .nan
      let digits = (error * 10_000).rounded() / 10_000
      return Contender(
        name: "\(method.rawValue): \(digits)", amount: 1e9, isRight: { error < 1 },
        run: { _ = residuals(of: layer, method: method) })
    }
    return BenchCase(
      name: name, unit: "per s", baseline: contenders[0].name, contenders: contenders)
  }
}

private func residuals(of layer: LayerProblem, method: SolverMethod) -> Solution? {
  var workspace = SolverWorkspace()
  let settings = SolverSettings(
    method: method, admm: ADMMSettings(iterations: 300), baselineRefit: .scaleAndOffset)
  do throws(SolverError) {
    return try solve(layer, settings: settings, workspace: &workspace)
  } catch {
    print("not solved: \(error)")
    return nil
  }
}

/// Squared error over variance, each row's scale and offset as they are, on other samples.
private func testError(_ solution: Solution, _ statistics: LayerStatistics) -> Double {
  var squares = 0.0
  var energy = 0.0
  guard case .codes(let gram, let sums, let step) = statistics.moments else { return .nan }
  let inputs = statistics.inputs
  let count = Double(statistics.sampleCount)
  for row in 0..<statistics.outputs {
    let scale = Double(solution.scales[row]) * Double(step)
    let offset = Double(solution.offsets[row])
    var (linear, quadratic, level) = (0.0, 0.0, 0.0)
    for first in 0..<inputs {
      let code = Double(solution.codes[row * inputs + first])
      if code == 0 { continue }
      linear += code * statistics.cross[row * inputs + first]
      level += code * Double(sums[first])
      for second in 0..<inputs {
        let other = Double(solution.codes[row * inputs + second])
        quadratic += code * other * Double(gram[first * inputs + second])
      }
    }
    let total = statistics.targetSums[row]
    squares +=
      statistics.targetSquares[row] - 2 * scale * linear - 2 * offset * total
      + scale * scale * quadratic
    squares += 2 * scale * offset * level + count * offset * offset
    energy += statistics.targetSquares[row] - total * total / count
  }
  return squares / energy
}
