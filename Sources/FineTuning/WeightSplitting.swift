internal import Planning
internal import Quantization

/// Network-level ADMM (Leng et al., AAAI 2018): weights W that act as they are, copies G of them
/// whose rows are levels times a scale, and scaled duals λ. With the loss f
///
///     W ← W − β ∂/∂W ( f(W) + ρ/2 ‖W − G + λ‖² )    in each step
///     G ← argmin ‖W + λ − G‖²                       every so many steps, exactly, row by row
///     λ ← λ + W − G
///
/// W is drawn to G ever harder as ρ rises; when it does, λ is scaled by ρ_old / ρ_new, so that the
/// unscaled dual ρ λ stays. What is deployed is G.
package struct WeightSplitting: Sendable, Equatable {
  /// A layer whose weights are split: its levels, and the weights of a row.
  struct Form: Sendable, Equatable {
    let set: WeightSet
    let inputs: Int
  }

  /// Nil for a layer whose weights are not split.
  private let forms: [Form?]
  private let settings: SplittingSettings
  private let totalSteps: Int
  /// G, `[outputs, inputs]` of each layer in units of a latent weight; empty for one not split.
  package private(set) var copies: [[Float]]
  /// λ, alike.
  package private(set) var duals: [[Float]]
  /// ρ.
  package private(set) var penalty: Double

  /// Begins with the copies nearest to the weights, and no duals.
  init(
    _ forms: [Form?], parameters: ParameterArrays, settings: SplittingSettings, totalSteps: Int
  ) {
    self.forms = forms
    self.settings = settings
    self.totalSteps = totalSteps
    copies = []
    duals = []
    penalty = settings.penalty(updates: 0, totalSteps: totalSteps)
    for (layer, form) in forms.enumerated() {
      let weights = form == nil ? [] : parameters[.latent, layer]
      copies.append(form.map { Self.projected(weights, $0) } ?? [])
      duals.append([Float](repeating: 0, count: weights.count))
    }
  }

  /// Puts an earlier state in place.
  mutating func restore(copies: [[Float]], duals: [[Float]], step: Int) {
    self.copies = copies
    self.duals = duals
    let updates = (step + (step == totalSteps ? settings.dualSteps - 1 : 0)) / settings.dualSteps
    penalty = settings.penalty(updates: updates, totalSteps: totalSteps)
  }

  /// Layers whose weights are split.
  var layers: [Int] { forms.indices.filter { forms[$0] != nil } }

  /// Adds ρ (W − G + λ).
  func addPenalty(to gradients: inout ParameterArrays, at parameters: ParameterArrays) {
    let strength = Float(penalty)
    for layer in layers {
      var sum = gradients[.latent, layer]
      let (weights, copies, duals) = (parameters[.latent, layer], copies[layer], duals[layer])
      for place in sum.indices {
        sum[place] += strength * (weights[place] - copies[place] + duals[place])
      }
      gradients[.latent, layer] = sum
    }
  }

  /// Projects, and updates duals and penalty, if it is time after so many steps.
  mutating func update(_ parameters: ParameterArrays, after steps: Int) {
    // What is deployed is of the last weights.
    guard steps % settings.dualSteps == 0 || steps == totalSteps else { return }
    let next = settings.penalty(
      updates: (steps + settings.dualSteps - 1) / settings.dualSteps, totalSteps: totalSteps)
    let factor = Float(penalty / next)
    for layer in layers {
      let weights = parameters[.latent, layer]
      var dual = duals[layer]
      for place in dual.indices { dual[place] += weights[place] }
      let nearest = Self.projected(dual, forms[layer]!)
      for place in dual.indices { dual[place] = factor * (dual[place] - nearest[place]) }
      copies[layer] = nearest
      duals[layer] = dual
    }
    penalty = next
  }

  /// The nearest rows of levels times a scale.
  private static func projected(_ weights: [Float], _ form: Form) -> [Float] {
    var result = weights
    var workspace = ProjectionWorkspace()
    var codes = [Int8](repeating: 0, count: form.inputs)
    for start in stride(from: 0, to: weights.count, by: form.inputs) {
      let row = start..<start + form.inputs
      var span = codes.mutableSpan
      let scale = Float(
        project(
          weights.span.extracting(row), onto: form.set, codes: &span, workspace: &workspace))
      for (place, code) in zip(row, codes) { result[place] = scale * Float(code) }
    }
    return result
  }
}

extension TrainedNetwork {
  /// The splitting that a fine-tune of parameters begins with; nil where no weights are split.
  package func splitting(
    _ parameters: ParameterArrays, settings: SplittingSettings, totalSteps: Int
  ) -> WeightSplitting? {
    guard relaxes else { return nil }
    return WeightSplitting(
      layers.map {
        isSplit($0) ? WeightSplitting.Form(set: $0.set!, inputs: $0.layer.inputs) : nil
      }, parameters: parameters, settings: settings, totalSteps: totalSteps)
  }
}
