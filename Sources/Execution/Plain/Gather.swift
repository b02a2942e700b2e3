internal import COneDNN
internal import Glibc
internal import Tensors

/// An index map compiled for two layouts: a list of runs along one axis, repeated over the rest.
struct Gather {
  /// Consecutive elements along the inner axis with constant steps, or filled.
  private struct Run {
    var target: Int
    var source: Int
    var targetStep: Int
    var sourceStep: Int
    var count: Int
    var isFill: Bool
  }

  private let runs: [Run]
  /// The axis around the inner one: element offsets in both layouts, source −1 for fill.
  private let middle: [(target: Int, source: Int)]
  /// All other axes, multiplied out.
  private let outer: [(target: Int, source: Int)]
  private let fill: Float
  /// Bytes of the result to zero first, where its layout has padding.
  private let clearedBytes: Int

  init(_ map: IndexMap, from source: Layout, to target: Layout) {
    let shape = target.shape
    // A scalar is one axis of extent 1 in a layout.
    let axes = map.axes.isEmpty ? [IndexMap.Axis(source: nil, indices: [0])] : map.axes
    var pairs: [[(target: Int, source: Int)]] = []
    for (axis, mapping) in axes.enumerated() {
      let own = target.offsets(alongAxis: axis)
      let from = mapping.source.map { source.offsets(alongAxis: $0) } ?? []
      pairs.append(
        shape[axis] == 0
          ? []
          : own.indices.map { index in
            let place = mapping.indices[index]
            return (own[index], place < 0 ? -1 : (mapping.source == nil ? 0 : from[place]))
          })
    }
    // Along the inner axis the result's elements are neighbours where possible.
    let step = { (axis: Int) -> Int in pairs[axis].count > 1 ? pairs[axis][1].target : Int.max }
    let order = pairs.indices.sorted { step($0) == step($1) ? $0 > $1 : step($0) < step($1) }
    runs = Self.runs(pairs[order[0]])
    middle = order.count > 1 ? pairs[order[1]] : [(0, 0)]
    outer = order.dropFirst(2).reversed().reduce([(0, 0)]) { combined, axis in
      combined.flatMap { base in
        pairs[axis].map { pair in
          let isFill = base.1 < 0 || pair.source < 0
          return (base.0 + pair.target, isFill ? -1 : base.1 + pair.source)
        }
      }
    }
    fill = map.fill ?? 0
    clearedBytes = target.hasPadding ? target.byteCount : 0
  }

  private static func runs(_ pairs: [(target: Int, source: Int)]) -> [Run] {
    var runs: [Run] = []
    for pair in pairs {
      let isFill = pair.source < 0
      if let last = runs.last, last.isFill == isFill {
        let targetStep = pair.target - (last.target + (last.count - 1) * last.targetStep)
        let sourceStep =
          isFill ? 0 : pair.source - (last.source + (last.count - 1) * last.sourceStep)
        let fits = targetStep == last.targetStep && sourceStep == last.sourceStep
        if last.count == 1 || fits {
          runs[runs.count - 1].targetStep = targetStep
          runs[runs.count - 1].sourceStep = sourceStep
          runs[runs.count - 1].count += 1
          continue
        }
      }
      runs.append(
        Run(
          target: pair.target, source: pair.source, targetStep: 1, sourceStep: 1, count: 1,
          isFill: isFill))
    }
    return runs
  }

  /// Copies from memory of the source layout to memory of the target layout; they do not overlap.
  @unsafe
  func run(from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
    if clearedBytes > 0 { unsafe memset(target, 0, clearedBytes) }
    for (outerTarget, outerSource) in outer {
      for (middleTarget, middleSource) in middle {
        let to = unsafe target + (outerTarget + middleTarget)
        if outerSource < 0 || middleSource < 0 {
          for run in runs { unsafe write(run, to) }
        } else {
          let from = unsafe source + (outerSource + middleSource)
          for run in runs {
            if run.isFill { unsafe write(run, to) } else { unsafe copy(run, from, to) }
          }
        }
      }
    }
  }

  @inline(__always)
  private func write(_ run: Run, _ to: UnsafeMutablePointer<Float>) {
    for index in 0..<run.count { unsafe to[run.target + index * run.targetStep] = fill }
  }

  @inline(__always)
  private func copy(_ run: Run, _ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>) {
    let (start, end) = unsafe (from + run.source, to + run.target)
    if run.sourceStep == 1, run.targetStep == 1 {
      for index in 0..<run.count { unsafe end[index] = start[index] }
    } else {
      for index in 0..<run.count {
        unsafe end[index * run.targetStep] = start[index * run.sourceStep]
      }
    }
  }
}
