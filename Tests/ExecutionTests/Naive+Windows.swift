import Network

/// The padding before and after, and the output extent, of a window along one axis.
private func window(
  _ extent: Int, kernel: Int, stride: Int, dilation: Int, padding: SpatialPadding, axis: Int,
  ceilMode: Bool
) -> (before: Int, after: Int, output: Int) {
  let reach = (kernel - 1) * dilation + 1
  switch padding {
  case .explicit(let before, let after):
    let room = Double(extent + before[axis] + after[axis] - reach) / Double(stride)
    var output = Int(room.rounded(ceilMode ? .up : .down)) + 1
    if ceilMode, (output - 1) * stride >= extent + before[axis] { output -= 1 }
    return (before[axis], after[axis], output)
  case .sameUpper, .sameLower:
    let output = Int((Double(extent) / Double(stride)).rounded(.up))
    let total = max((output - 1) * stride + reach - extent, 0)
    let small = total / 2
    return padding == .sameUpper
      ? (small, total - small, output) : (total - small, small, output)
  }
}

func naiveConvolution(_ convolution: Convolution, _ operands: [Naive?]) -> Naive {
  let (x, weights) = (operands[0]!, operands[1]!)
  let bias = operands.count > 2 ? operands[2] : nil
  let windows = (0..<x.shape.count - 2).map { axis in
    window(
      x.shape[axis + 2], kernel: convolution.kernel[axis], stride: convolution.strides[axis],
      dilation: convolution.dilations[axis], padding: convolution.padding, axis: axis,
      ceilMode: false)
  }
  let outputsPerGroup = weights.shape[0] / convolution.groups
  let inputsPerGroup = weights.shape[1]
  let kernelIndices = indices(convolution.kernel)
  return Naive(shape: [x.shape[0], weights.shape[0]] + windows.map(\.output)) { index in
    let group = index[1] / outputsPerGroup
    var sum = bias?[[index[1]]] ?? 0
    for tap in kernelIndices {
      let place = tap.indices.map { axis in
        index[axis + 2] * convolution.strides[axis] - windows[axis].before
          + tap[axis] * convolution.dilations[axis]
      }
      guard place.indices.allSatisfy({ (0..<x.shape[$0 + 2]).contains(place[$0]) }) else {
        continue
      }
      for channel in 0..<inputsPerGroup {
        sum +=
          x[[index[0], group * inputsPerGroup + channel] + place]
          * weights[[index[1], channel] + tap]
      }
    }
    return sum
  }
}

enum NaivePooling {
  case maximum, mean, paddedMean
}

func naivePooling(_ pooling: Pooling, _ x: Naive, _ kind: NaivePooling) -> Naive {
  let windows = (0..<x.shape.count - 2).map { axis in
    window(
      x.shape[axis + 2], kernel: pooling.kernel[axis], stride: pooling.strides[axis],
      dilation: pooling.dilations[axis], padding: pooling.padding, axis: axis,
      ceilMode: pooling.ceilMode)
  }
  let taps = indices(pooling.kernel)
  return Naive(shape: x.shape[0..<2] + windows.map(\.output)) { index in
    var inside: [Double] = []
    var padded = 0
    for tap in taps {
      let place = tap.indices.map { axis in
        index[axis + 2] * pooling.strides[axis] - windows[axis].before
          + tap[axis] * pooling.dilations[axis]
      }
      if place.indices.allSatisfy({ place[$0] < x.shape[$0 + 2] + windows[$0].after }) {
        padded += 1
      }
      if place.indices.allSatisfy({ (0..<x.shape[$0 + 2]).contains(place[$0]) }) {
        inside.append(x[index[0..<2] + place])
      }
    }
    switch kind {
    case .maximum: return inside.max()!
    case .mean: return inside.reduce(0, +) / Double(inside.count)
    case .paddedMean: return inside.reduce(0, +) / Double(padded)
    }
  }
}
