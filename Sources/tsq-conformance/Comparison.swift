internal import Tensors

/// The bounds of ONNX's own backend tests: relative, and absolute near zero.
private let relativeTolerance: Float = 1e-3
private let absoluteTolerance: Float = 1e-5

/// What differs between two tensors, or nil: shapes, then values within the tolerances.
///
/// NaN equals NaN only, an infinity only itself.
func compare(_ found: Tensor, to expected: Tensor) -> String? {
  guard found.shape == expected.shape else {
    return "shape \(found.shape) instead of \(expected.shape)"
  }
  for (index, pair) in zip(found.values, expected.values).enumerated()
  where !agree(pair.0, pair.1) {
    return "\(pair.0) instead of \(pair.1) at element \(index)"
  }
  return nil
}

private func agree(_ found: Float, _ expected: Float) -> Bool {
  if expected.isNaN { return found.isNaN }
  if expected.isInfinite { return found == expected }
  return abs(found - expected) <= absoluteTolerance + relativeTolerance * abs(expected)
}
