internal import Kernels

/// Ternary weights times one column of codes: what one sample costs in a fully connected layer.
func columnCases(smoke: Bool) -> [NamedCase] {
  let shapes = smoke ? [(130, 200)] : [(4096, 4096), (1000, 512)]
  return shapes.map { rows, inner in
    NamedCase("column \(rows)x\(inner)x1, 2-bit codes") { name in
      columnCase(
        name, ProductOperands(rows: rows, inner: inner, columns: 1, codeBits: 2, seed: 5))
    }
  }
}

private func columnCase(_ name: String, _ operands: ProductOperands) -> BenchCase {
  var contenders = [
    Contender(
      name: "oneDNN sgemm", amount: operands.operations,
      isRight: {
        operands.writesAnswer {
          operands.multiplyReal()
          operands.convertReal()
        }
      }, run: { operands.multiplyReal() }),
    Contender(
      name: "oneDNN gemm_u8s8s32", amount: operands.operations,
      isRight: {
        operands.writesAnswer {
          operands.multiplyBytes()
          operands.convertBytes()
        }
      }, run: { operands.multiplyBytes() }),
  ]
  let hasTables = KernelSet.available.contains(.avx512)
  let ways: [(KernelSet, ColumnForm)] =
    hasTables
    ? [(.avx2, .planes), (.avx512, .planes), (.avx512, .tables)]
    : KernelSet.available.filter { $0 != .reference }.map { ($0, .planes) }
  for (kernels, form) in ways {
    let packed = PackedColumn(operands, form: form, kernels: kernels)
    contenders.append(
      Contender(
        name: "\(kernels.rawValue), \(form), with packing the codes",
        amount: operands.operations,
        isRight: { operands.writesAnswer { packed.multiply() } }, run: { packed.multiply() }))
  }
  return BenchCase(name: name, unit: "GOP/s", baseline: "oneDNN sgemm", contenders: contenders)
}

/// Weights packed for products with a column.
private final class PackedColumn {
  private let operands: ProductOperands
  private let weights: TernaryColumnWeights

  init(_ operands: ProductOperands, form: ColumnForm, kernels: KernelSet) {
    self.operands = operands
    let source = operands.weights
    weights = TernaryColumnWeights(
      source.span, rows: operands.rows, inner: operands.inner, form: form, kernels: kernels)
  }

  func multiply() {
    let codes = operands.codes
    operands.withProduct { weights.multiply(codes.span, codeBits: 2, into: &$0) }
  }
}
