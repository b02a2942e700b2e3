internal import COneDNN
internal import Network

/// What a plan for training keeps beside an ordinary one.
struct TrainingState {
  /// A gradient with respect to a value.
  struct Cotangent {
    var view: View
    /// Whether other gradients may lie in the same memory, so that nobody writes to it.
    var isShared: Bool
  }

  /// How a pooling was computed by the library.
  struct Pool {
    let choice: PrimitiveChoice
    let algorithm: dnnl_alg_kind_t
    let geometry: WindowGeometry
    let source: Layout
    let target: Layout
    let workspace: View?
  }

  /// Values that depend on what is differentiated by.
  let wanted: Set<ValueID>
  /// Values that pullbacks read, which are therefore not fused away.
  let retained: Set<ValueID>
  /// Quantizers whose steps are given at run time, by their outputs, in order.
  let learnedSteps: [ValueID]
  /// Batch normalizations that measure their batch, by their outputs.
  let measured: [ValueID]
  /// What these have measured, one value per channel.
  var moments: [ValueID: (mean: View, variance: View)] = [:]
  /// The steps in memory, by the quantizer's output.
  var steps: [ValueID: View] = [:]
  var pools: [ValueID: Pool] = [:]
  var cotangents: [ValueID: Cotangent] = [:]
  var stepGradients: [ValueID: View] = [:]

  init(
    wanted: Set<ValueID>, retained: Set<ValueID>, learnedSteps: [ValueID], measured: [ValueID]
  ) {
    self.wanted = wanted
    self.retained = retained
    self.learnedSteps = learnedSteps
    self.measured = measured
  }
}

extension PlanBuilder {
  /// Memory for the steps that are given at run time.
  func addStepInputs() {
    for output in training?.learnedSteps ?? [] {
      training?.steps[output] = addInput(Layout(plain: [1]))
    }
  }

  func isWanted(_ value: ValueID?) -> Bool {
    value.map { training!.wanted.contains($0) } ?? false
  }

  /// Adds a part of the gradient with respect to `value`.
  ///
  /// - Parameter isShared: whether the memory is read by others still.
  func contribute(
    _ part: View, to value: ValueID, isShared: Bool = false
  ) throws(PrimitiveFailure) {
    guard isWanted(value) else { return }
    var new = TrainingState.Cotangent(view: part, isShared: isShared)
    guard var old = training!.cotangents[value] else {
      training!.cotangents[value] = new
      return
    }
    if old.view.layout != new.view.layout {
      // Blocked layouts are kept, since neighbours want them too.
      if old.view.layout.isPlain {
        old = .init(view: try reordered(old.view, as: new.view.layout), isShared: false)
      } else {
        new = .init(view: try reordered(new.view, as: old.view.layout), isShared: false)
      }
    }
    let target =
      !old.isShared ? old.view : (!new.isShared ? new.view : allocate(old.view.layout))
    append(.kernel(.sum, [old.view, new.view, target]))
    training!.cotangents[value] = .init(view: target, isShared: false)
  }

  /// A gradient in `layout`, in memory that may be written to if `isShared` is false.
  func cotangent(
    _ given: TrainingState.Cotangent, as layout: Layout
  ) throws(PrimitiveFailure) -> TrainingState.Cotangent {
    guard given.view.layout != layout else { return given }
    return .init(view: try reordered(given.view, as: layout), isShared: false)
  }

  /// The same memory read as row-major of another shape.
  func reshaped(
    _ given: TrainingState.Cotangent, to shape: [Int]
  ) throws(PrimitiveFailure) -> TrainingState.Cotangent {
    let plain = try cotangent(given, as: Layout(plain: given.view.layout.shape))
    return .init(
      view: View(storage: plain.view.storage, layout: Layout(plain: shape)),
      isShared: plain.isShared)
  }

  /// Memory for an element-wise gradient: that of the one it is made from, if nobody else reads it.
  func target(of given: TrainingState.Cotangent) -> View {
    given.isShared ? allocate(given.view.layout) : given.view
  }
}
