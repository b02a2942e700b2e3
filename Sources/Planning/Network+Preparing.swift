internal import Execution
package import Network
internal import Tensors

extension Network {
  /// The network in the form that is quantized: batch normalization folded, the factors of Gemms in
  /// their weights and biases, copies and unused nodes gone, a batch of any size where possible.
  package func prepared() -> Network {
    var result = foldingBatchNormalization().foldingFactors().removingIdentities().removingUnused()
    // A constant that is listed as an input too is a default that nobody overrides here.
    result.inputs = result.inputs.filter { result.constants[$0] == nil }
    return result.openingBatch() ?? result
  }

  /// The network with α and β of each Gemm in its constant weights and bias, and the bias as one
  /// value per output.
  ///
  /// A Gemm stays as it is where its bias is computed or differs from row to row. Low-bit weights
  /// stay low-bit where α is 1.
  package func foldingFactors() -> Network {
    var result = self
    for (index, node) in nodes.enumerated() {
      guard case .gemm(var gemm) = node.operation, node.inputs.count >= 2,
        let weights = node.inputs[1], let stored = constants[weights], stored.shape.count == 2
      else { continue }
      let outputs = stored.shape[gemm.transposesB ? 0 : 1]
      var bias: [Float]?
      if node.inputs.count > 2, let input = node.inputs[2] {
        guard let values = constants[input]?.tensor.perOutput(outputs) else { continue }
        bias = values.map { gemm.beta * $0 }
        guard gemm.alpha != 1 || gemm.beta != 1 || constants[input]?.shape != [outputs] else {
          continue
        }
      } else if gemm.alpha == 1 {
        continue
      }
      if gemm.alpha != 1 {
        var scaled = stored.tensor
        for position in scaled.values.indices { scaled.values[position] *= gemm.alpha }
        result.nodes[index].inputs[1] = result.addConstant(
          .stored(StoredTensor(scaled)), name: result.unusedName(self[weights].name + "_scaled"))
      }
      if let bias, let input = node.inputs[2] {
        result.nodes[index].inputs[2] = result.addConstant(
          .stored(StoredTensor(Tensor(shape: [outputs], values: bias))),
          name: result.unusedName(self[input].name + "_scaled"))
      }
      gemm.alpha = 1
      gemm.beta = 1
      result.nodes[index].operation = .gemm(gemm)
    }
    return result.removingUnusedConstants()
  }

  /// The network for a batch of any size, where it is declared for one size and treats each image
  /// by itself; nil where the batch is open already, or cannot be opened.
  ///
  /// Exporters write the batch that they traced with into the targets of Reshape too: a leading
  /// extent that is the batch becomes a copy of the input's. Whether that is right is found by
  /// inferring shapes for another batch: every value must then have so many rows, those that the
  /// rewritten targets are copied from among them, and no operation may compute along them.
  package func openingBatch() -> Network? {
    guard let fixed = fixedBatchSize else { return nil }
    // No extent of a network is this prime by chance.
    let probe = 997
    var result = self
    for input in inputs { result.open(input) }
    for (index, node) in nodes.enumerated() {
      guard case .reshape(var reshape) = node.operation, reshape.target.first == fixed,
        !reshape.allowsZero || !reshape.target.contains(0)
      else { continue }
      reshape.target[0] = 0
      reshape.allowsZero = false
      result.nodes[index].operation = .reshape(reshape)
    }
    let shapes: [ValueID: [Int]]
    do throws(NetworkError) {
      let open = Dictionary(
        uniqueKeysWithValues: inputs.compactMap { input in
          self[input].declaredShape.map { (input, $0.probed(leading: probe)) }
        })
      shapes = try result.inferShapes(batch: probe, inputShapes: open)
    } catch {
      return nil
    }
    let values = inputs + nodes.flatMap(\.outputs)
    guard values.allSatisfy({ shapes[$0]?.first == probe }),
      !result.nodes.contains(where: { result.joinsImages($0, shapes: shapes) })
    else { return nil }
    for value in values { result.open(value) }
    return result
  }

  /// The network with the batch that `original` declares, where it came from `openingBatch()`.
  package func closingBatch(as original: Network) -> Network {
    guard original.fixedBatchSize != nil, fixedBatchSize == nil else { return self }
    var result = self
    for value in inputs + outputs {
      guard let counterpart = original.value(named: self[value].name) else { continue }
      result[value].declaredShape = original[counterpart].declaredShape
    }
    let reshapes = Dictionary(
      original.nodes.filter { if case .reshape = $0.operation { true } else { false } }
        .map { ($0.name, $0.operation) }, uniquingKeysWith: { first, _ in first })
    for index in nodes.indices {
      guard case .reshape = nodes[index].operation, let operation = reshapes[nodes[index].name]
      else { continue }
      result.nodes[index].operation = operation
    }
    return result
  }

  /// Declares the leading extent of a value to be open.
  private mutating func open(_ value: ValueID) {
    guard var shape = self[value].declaredShape, !shape.isEmpty else { return }
    shape[0] = .symbolic("batch of \(self[inputs[0]].name)")
    self[value].declaredShape = shape
  }
}

extension Network {
  /// Checks that images of this shape can be evaluated, and that what is kept of them from layer to
  /// layer has one row per image, which measuring a layer needs.
  ///
  /// - Throws: `PlanningError` naming the node or the value.
  package func requireQuantizable(sampleShape: [Int]) throws(PlanningError) {
    // Two images, so that an open batch is no extent of 1 that came about otherwise.
    let batch = fixedBatchSize ?? 2
    let given = [inputs[0]: [batch] + sampleShape]
    let shapes: [ValueID: [Int]]
    do throws(NetworkError) {
      shapes = try inferShapes(batch: batch, inputShapes: given)
    } catch {
      throw .network(error)
    }
    for value in valuesKept {
      guard let shape = shapes[value], shape.first != batch else { continue }
      throw .notBatched(value: self[value].name, shape: shape)
    }
    do throws(ExecutionError) {
      _ = try Executor(network: self, batchSize: batch, inputShapes: given)
    } catch {
      throw .execution(error)
    }
  }
}

extension Network {
  /// Outputs, results of layers, and values that are read behind a layer and computed before it, in
  /// the order of the value table.
  private var valuesKept: [ValueID] {
    let producers = producers
    var kept = Set(outputs)
    for layer in layers {
      kept.insert(layer.output)
      kept.formUnion(
        valuesRead(from: layer.node).filter { producers[$0].map { $0 < layer.node } ?? true })
    }
    return kept.sorted()
  }
}

extension [Dimension] {
  /// The shape with another leading extent, and 1 for other extents that are open.
  fileprivate func probed(leading: Int) -> [Int] {
    enumerated().map { axis, dimension in
      if axis == 0 { return leading }
      return if case .fixed(let extent) = dimension { extent } else { 1 }
    }
  }
}

extension Tensor {
  /// The values as one per output of a linear layer; nil where they differ from row to row.
  fileprivate func perOutput(_ outputs: Int) -> [Float]? {
    if values.count == 1 { return [Float](repeating: values[0], count: outputs) }
    guard shape.last == outputs, values.count == outputs else { return nil }
    return values
  }
}
