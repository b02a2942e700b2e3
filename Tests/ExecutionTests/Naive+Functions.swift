import Glibc
import Network

/// Functions of one operand, from their ONNX definitions.
func naive(_ function: Unary, _ x: Double) -> Double {
  switch function {
  case .absolute: return x < 0 ? -x : x
  case .exponential: return exp(x)
  case .hardSwish: return x * max(0, min(1, x / 6 + 0.5))
  case .logarithm: return log(x)
  case .negation: return -x
  case .sigmoid: return 1 / (1 + exp(-x))
  case .softplus: return log(exp(x) + 1)
  case .squareRoot: return x.squareRoot()
  case .hyperbolicTangent: return tanh(x)
  case .elu(let alpha): return x < 0 ? Double(alpha) * (exp(x) - 1) : x
  case .selu(let alpha, let gamma):
    return Double(gamma) * (x <= 0 ? Double(alpha) * (exp(x) - 1) : x)
  case .hardSigmoid(let alpha, let beta):
    return max(0, min(1, Double(alpha) * x + Double(beta)))
  case .power(let exponent): return pow(x, Double(exponent))
  }
}

func naive(_ function: Binary, _ a: Double, _ b: Double) -> Double {
  switch function {
  case .subtract: a - b
  case .divide: a / b
  case .maximum: a > b ? a : b
  case .minimum: a < b ? a : b
  case .parametricRelu: a < 0 ? a * b : a
  }
}

func naive(_ normalization: LocalResponseNormalization, _ x: Naive) -> Naive {
  let reach = (normalization.size - 1) / 2
  return Naive(shape: x.shape) { index in
    var sum = 0.0
    for channel in max(0, index[1] - reach)...min(x.shape[1] - 1, index[1] + reach) {
      var other = index
      other[1] = channel
      sum += x[other] * x[other]
    }
    let scale =
      Double(normalization.bias) + Double(normalization.alpha) / Double(normalization.size) * sum
    return x[index] / pow(scale, Double(normalization.beta))
  }
}

/// All axes at once: the sum over the product of every axis's neighbours.
func naive(_ resize: Resize, _ x: Naive) -> Naive {
  let lengths = x.shape.indices.map { axis -> (Int, Double) in
    let extent = Double(x.shape[axis])
    switch resize.target {
    case .scales(let scales): return (Int(extent * Double(scales[axis])), Double(scales[axis]))
    case .sizes(let sizes):
      let length = sizes[axis] ?? x.shape[axis]
      return (length, Double(length) / extent)
    }
  }
  return Naive(shape: lengths.map(\.0)) { index in
    let neighbours = index.indices.map { axis -> [(Int, Double)] in
      let (length, scale) = lengths[axis]
      let place = naivePlace(resize.coordinates, index[axis], x.shape[axis], length, scale)
      return naiveNeighbours(resize.mode, place, x.shape[axis])
    }
    return indices(neighbours.map(\.count)).reduce(0.0) { sum, choice in
      let picked = choice.indices.map { neighbours[$0][choice[$0]] }
      return sum + x[picked.map(\.0)] * picked.reduce(1) { $0 * $1.1 }
    }
  }
}

private func naivePlace(
  _ coordinates: Resize.Coordinates, _ index: Int, _ extent: Int, _ length: Int, _ scale: Double
) -> Double {
  let (x, n, m) = (Double(index), Double(extent), Double(length))
  switch coordinates {
  case .halfPixel: return (x + 0.5) / scale - 0.5
  case .pytorchHalfPixel: return length == 1 ? 0 : (x + 0.5) / scale - 0.5
  case .alignCorners: return length == 1 ? 0 : x * (n - 1) / (scale * n - 1)
  case .asymmetric: return x / scale
  case .halfPixelSymmetric:
    let offset = n / 2 * (1 - m / (scale * n))
    // In the order that decides ties.
    return offset + ((x + 0.5) / scale - 0.5)
  }
}

private func naiveNeighbours(
  _ mode: Resize.Mode, _ place: Double, _ extent: Int
) -> [(Int, Double)] {
  let inside = { (index: Int) in max(0, min(extent - 1, index)) }
  let below = Int(floor(place))
  let t = place - floor(place)
  switch mode {
  case .nearest(let rounding):
    let chosen: Int
    switch rounding {
    case .floor: chosen = below
    case .ceiling: chosen = t > 0 ? below + 1 : below
    case .preferFloor: chosen = t > 0.5 ? below + 1 : below
    case .preferCeiling: chosen = t >= 0.5 ? below + 1 : below
    }
    return [(inside(chosen), 1)]
  case .linear: return [(inside(below), 1 - t), (inside(below + 1), t)]
  case .cubic(let coefficient, let excludesOutside):
    let a = Double(coefficient)
    var found = (-1...2).map { offset -> (Int, Double) in
      let d = abs(t - Double(offset))
      let weight =
        d <= 1
        ? (a + 2) * d * d * d - (a + 3) * d * d + 1
        : a * d * d * d - 5 * a * d * d + 8 * a * d - 4 * a
      return (below + offset, weight)
    }
    if excludesOutside {
      found = found.filter { (0..<extent).contains($0.0) }
      let sum = found.reduce(0) { $0 + $1.1 }
      found = found.map { ($0.0, $0.1 / sum) }
    }
    return found.map { (inside($0.0), $0.1) }
  }
}
