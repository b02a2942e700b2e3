internal import Kernels

/// Ternary weights times codes, packed beforehand.
func productCases(smoke: Bool) -> [NamedCase] {
  let shapes =
    smoke
    ? [(33, 130, 49, 2), (20, 70, 30, 8)]
    : [
      (256, 2304, 784, 2), (512, 4608, 49, 2), (64, 576, 3136, 2), (512, 4608, 784, 2),
      (256, 2304, 784, 1), (256, 2304, 784, 4), (256, 2304, 784, 8),
    ]
  return shapes.map { rows, inner, columns, bits in
    NamedCase("ternary \(rows)x\(inner)x\(columns), \(bits)-bit codes") { name in
      productCase(
        name,
        ProductOperands(rows: rows, inner: inner, columns: columns, codeBits: bits, seed: 1))
    }
  }
}

private func productCase(_ name: String, _ operands: ProductOperands) -> BenchCase {
  var contenders = [
    Contender(
      name: "oneDNN sgemm", amount: operands.operations,
      isRight: {
        operands.writesAnswer {
          operands.multiplyReal()
          operands.convertReal()
        }
      },
      run: { operands.multiplyReal() }),
    Contender(
      name: "oneDNN gemm_u8s8s32", amount: operands.operations,
      isRight: {
        operands.writesAnswer {
          operands.multiplyBytes()
          operands.convertBytes()
        }
      },
      run: { operands.multiplyBytes() }),
  ]
  for kernels in KernelSet.available where kernels != .reference {
    for kind in [ProductForm.WeightKind.ternary, .bytes] {
      let packed = PackedOperands(operands, kind: kind, kernels: kernels)
      contenders.append(
        Contender(
          name: "\(kernels.rawValue), \(kind) weights", amount: operands.operations,
          isRight: { operands.writesAnswer { packed.multiply() } }, run: { packed.multiply() }))
    }
  }
  return BenchCase(name: name, unit: "GOP/s", baseline: "oneDNN sgemm", contenders: contenders)
}

/// The packed operands of one kernel set.
private final class PackedOperands {
  private let operands: ProductOperands
  private let weights: LowBitWeights
  private let codes: PackedCodes

  init(_ operands: ProductOperands, kind: ProductForm.WeightKind, kernels: KernelSet) {
    self.operands = operands
    let form = ProductForm(
      kind, weightCount: operands.weights.count, codeBits: operands.codeBits, kernels: kernels)
    let (left, right) = (operands.weights, operands.codes)
    weights = LowBitWeights(
      left.span, rows: operands.rows, inner: operands.inner, form: form)
    codes = PackedCodes(
      right.span, inner: operands.inner, columns: operands.columns, form: form)
  }

  func multiply() {
    operands.withProduct { Kernels.multiply(weights, codes, into: &$0) }
  }
}

/// Packing of the operands of a product, in bytes read per second.
func packingCases(smoke: Bool) -> [NamedCase] {
  let shapes = smoke ? [(20, 130, 49)] : [(256, 2304, 784), (512, 4608, 49)]
  return shapes.flatMap { rows, inner, columns in
    ["codes", "weights"].map { operand in
      NamedCase("packing \(operand) of \(rows)x\(inner)x\(columns), 2 bits") { name in
        packingCase(
          name, packsCodes: operand == "codes",
          ProductOperands(rows: rows, inner: inner, columns: columns, codeBits: 2, seed: 2))
      }
    }
  }
}

private func packingCase(
  _ name: String, packsCodes: Bool, _ operands: ProductOperands
) -> BenchCase {
  let source = packsCodes ? operands.codes.count : operands.weights.count
  let bytes = operands.codes + operands.weights.map { UInt8(bitPattern: $0) }
  let original = packsCodes ? operands.codes : Array(bytes.suffix(source))
  var copy = [UInt8](repeating: 0, count: source)
  let contenders = [
    Contender(
      name: "copy of the bytes", amount: Double(source), isRight: { true },
      run: {
        var target = copy.mutableSpan
        for index in original.indices { target[index] = original[index] }
      })
  ]
  return BenchCase(
    name: name, unit: "GB/s", baseline: "copy of the bytes",
    contenders: contenders
      + KernelSet.available.filter { $0 != .reference }.map { kernels in
        let form = ProductForm(
          .ternary, weightCount: operands.weights.count, codeBits: 2, kernels: kernels)
        let run: () -> Void =
          packsCodes
          ? {
            let codes = operands.codes
            _ = PackedCodes(
              codes.span, inner: operands.inner, columns: operands.columns, form: form)
          }
          : {
            let weights = operands.weights
            _ = LowBitWeights(
              weights.span, rows: operands.rows, inner: operands.inner, form: form)
          }
        let packed = { PackedOperands(operands, kind: .ternary, kernels: kernels) }
        return Contender(
          name: kernels.rawValue, amount: Double(source),
          isRight: { operands.writesAnswer { packed().multiply() } }, run: run)
      })
}
