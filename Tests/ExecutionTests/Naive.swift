import Network
import Tensors

// The judge: every operation written down from its ONNX definition, index by index and in double
// precision, sharing nothing with the executor but the types.

/// A tensor of doubles with the arithmetic of indices.
struct Naive {
  var shape: [Int]
  var values: [Double]

  init(_ tensor: Tensor) {
    shape = tensor.shape
    values = tensor.values.map(Double.init)
  }

  init(shape: [Int], _ element: ([Int]) -> Double) {
    self.shape = shape
    values = []
    for position in 0..<shape.reduce(1, *) {
      var rest = position
      var index = [Int](repeating: 0, count: shape.count)
      for axis in shape.indices.reversed() {
        index[axis] = rest % shape[axis]
        rest /= shape[axis]
      }
      values.append(element(index))
    }
  }

  subscript(index: [Int]) -> Double {
    values[zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }]
  }

  /// The element at an index of a shape that this one is broadcast to.
  func broadcast(_ index: [Int]) -> Double {
    self[zip(index.suffix(shape.count), shape).map { $1 == 1 ? 0 : $0 }]
  }
}

/// Every index of a shape, last axis fastest.
func indices(_ shape: [Int]) -> [[Int]] {
  shape.reduce([[]]) { prefixes, extent in
    prefixes.flatMap { prefix in (0..<extent).map { prefix + [$0] } }
  }
}

/// The values of every node, by evaluating them one after the other.
func evaluateNaively(_ network: Network, _ inputs: [Tensor]) -> [ValueID: Naive] {
  var values: [ValueID: Naive] = [:]
  for (value, constant) in network.constants { values[value] = Naive(constant.tensor) }
  for (value, tensor) in zip(network.inputs, inputs) { values[value] = Naive(tensor) }
  for node in network.nodes {
    let operands = node.inputs.map { $0.map { values[$0]! } }
    values[node.outputs[0]] = evaluate(node.operation, operands)
  }
  return values
}

func evaluate(_ operation: Operation, _ operands: [Naive?]) -> Naive {
  let x = operands[0]!
  switch operation {
  case .convolution(let convolution): return naiveConvolution(convolution, operands)
  case .batchNormalization(let epsilon):
    let (scale, offset, mean, variance) = (operands[1]!, operands[2]!, operands[3]!, operands[4]!)
    return Naive(shape: x.shape) { index in
      let c = [index[1]]
      let deviation = (variance[c] + Double(epsilon)).squareRoot()
      return (x[index] - mean[c]) / deviation * scale[c] + offset[c]
    }
  case .relu: return map(x) { max($0, 0) }
  case .leakyRelu(let slope): return map(x) { $0 < 0 ? Double(slope) * $0 : $0 }
  case .clip(let lower, let upper): return map(x) { min(max($0, Double(lower)), Double(upper)) }
  case .gemm(let gemm): return naiveGemm(gemm, operands)
  case .matMul: return naiveProduct(x, operands[1]!)
  case .add: return combine(x, operands[1]!, +)
  case .multiply: return combine(x, operands[1]!, *)
  case .unary(let function): return map(x) { naive(function, $0) }
  case .binary(let function): return combine(x, operands[1]!) { naive(function, $0, $1) }
  case .localResponseNormalization(let normalization): return naive(normalization, x)
  case .resize(let resize): return naive(resize, x)
  case .maxPool(let pooling): return naivePooling(pooling, x, .maximum)
  case .averagePool(let pooling, let countsPadding):
    return naivePooling(pooling, x, countsPadding ? .paddedMean : .mean)
  case .globalAveragePool:
    let spatial = Array(x.shape.dropFirst(2))
    return Naive(shape: x.shape[0..<2] + spatial.map { _ in 1 }) { index in
      let values = indices(spatial).map { x[index[0..<2] + $0] }
      return values.reduce(0, +) / Double(values.count)
    }
  case .quantize(let quantizer): return map(x) { Double(quantizer.value(Float($0))) }
  default: return rearrange(operation, operands.map { $0! })
  }
}

private func map(_ x: Naive, _ transform: (Double) -> Double) -> Naive {
  var result = x
  result.values = x.values.map(transform)
  return result
}

private func combine(_ a: Naive, _ b: Naive, _ combination: (Double, Double) -> Double) -> Naive {
  let rank = max(a.shape.count, b.shape.count)
  let left = [Int](repeating: 1, count: rank - a.shape.count) + a.shape
  let right = [Int](repeating: 1, count: rank - b.shape.count) + b.shape
  return Naive(shape: zip(left, right).map { $0 == 1 ? $1 : $0 }) {
    combination(a.broadcast($0), b.broadcast($0))
  }
}

private func naiveGemm(_ gemm: Gemm, _ operands: [Naive?]) -> Naive {
  let (a, b) = (operands[0]!, operands[1]!)
  let m = gemm.transposesA ? a.shape[1] : a.shape[0]
  let k = gemm.transposesA ? a.shape[0] : a.shape[1]
  let n = gemm.transposesB ? b.shape[0] : b.shape[1]
  return Naive(shape: [m, n]) { index in
    var sum = 0.0
    for inner in 0..<k {
      let left = gemm.transposesA ? a[[inner, index[0]]] : a[[index[0], inner]]
      sum += left * (gemm.transposesB ? b[[index[1], inner]] : b[[inner, index[1]]])
    }
    let addend = operands.count > 2 ? operands[2]?.broadcast(index) ?? 0 : 0
    return Double(gemm.alpha) * sum + Double(gemm.beta) * addend
  }
}

private func naiveProduct(_ a: Naive, _ b: Naive) -> Naive {
  var (left, right) = (a, b)
  if a.shape.count == 1 { left.shape = [1] + a.shape }
  if b.shape.count == 1 { right.shape = b.shape + [1] }
  let rank = max(left.shape.count, right.shape.count)
  let leftBatch = [Int](repeating: 1, count: rank - left.shape.count) + left.shape.dropLast(2)
  let rightBatch = [Int](repeating: 1, count: rank - right.shape.count) + right.shape.dropLast(2)
  let batch = zip(leftBatch, rightBatch).map { $0 == 1 ? $1 : $0 }
  let rows = left.shape[left.shape.count - 2]
  let (k, columns) = (left.shape[left.shape.count - 1], right.shape[right.shape.count - 1])
  var product = Naive(shape: batch + [rows, columns]) { index in
    let outer = Array(index.dropLast(2))
    var sum = 0.0
    for inner in 0..<k {
      sum +=
        left.broadcast(outer + [index[rank - 2], inner])
        * right.broadcast(outer + [inner, index[rank - 1]])
    }
    return sum
  }
  if b.shape.count == 1 { product.shape.removeLast() }
  if a.shape.count == 1 {
    product.shape.remove(at: product.shape.count - (b.shape.count == 1 ? 1 : 2))
  }
  return product
}
