import ArgumentParser
import Glibc
import Network
import ONNX
import Planning
import Tensors

/// `tsq inspect`: what a network file or a run folder holds.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the graph, layers and bits of a network, or problems and solutions of a run.")

  @Argument(help: "An ONNX file or a run folder.")
  var path: String

  @Flag(name: .long, help: "Also list every node, or every task.")
  var all = false

  func run() throws {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      throw CommandFailure(
        .missingInput, "cannot read '\(path)': \(unsafe String(cString: strerror(errno)))")
    }
    let lines =
      status.st_mode & S_IFMT == S_IFDIR ? try runFolderLines() : try networkLines()
    try StandardStreams.output(lines.joined(separator: "\n") + "\n")
  }

  private func networkLines() throws(CommandFailure) -> [String] {
    let network = try CommandFailure.mapping { try readNetwork(path: path) }
    var lines = ["network \(network.name)"]
    for input in network.inputs { lines.append("input   \(describe(input, in: network))") }
    for output in network.outputs { lines.append("output  \(describe(output, in: network))") }
    let counts = Dictionary(grouping: network.nodes, by: { $0.operation.operatorName })
      .mapValues(\.count).sorted { $0.key < $1.key }
    lines.append("nodes   " + counts.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
    lines.append("")
    lines.append(row(["layer", "shape", "weights", "zeros", "activations", "junction"]))
    // As it is quantized, so that no layer is missing for a factor or the shape of its bias.
    let folded = network.foldingFactors()
    for layer in folded.layers { lines.append(row(columns(of: layer, in: folded))) }
    for node in folded.uncoveredLayers { lines.append("float: \(node.name), since \(node.reason)") }
    if all {
      lines.append("")
      for node in network.nodes {
        let inputs = node.inputs.map { $0.map { network[$0].name } ?? "–" }
        let outputs = node.outputs.map { network[$0].name }
        lines.append(
          "\(node.operation.operatorName)  \(node.name): \(inputs.joined(separator: ", ")) → "
            + outputs.joined(separator: ", "))
      }
    }
    return lines
  }

  private func columns(of layer: Layer, in network: Network) -> [String] {
    let shape = network.constants[layer.weights]?.shape.map(String.init).joined(separator: "×")
    var weights = "float"
    var zeros = "–"
    if case .quantized(let tensor)? = network.constants[layer.weights] {
      let levels = Set(tensor.codes).sorted()
      weights =
        levels.count > 9
        ? "\(tensor.storage) (\(levels.count) levels)"
        : "\(tensor.storage) {\(levels.map(String.init).joined(separator: ","))}"
      let zeroCount = tensor.codes.count { $0 == 0 }
      zeros = percent(Double(zeroCount) / Double(max(1, tensor.codes.count)))
    }
    var activations = "float"
    if let producer = network.producers[layer.input],
      case .quantize(let quantizer) = network.nodes[producer].operation
    {
      activations = "\(quantizer.bits) bits, step \(quantizer.step)"
    }
    let junction = network.junction(of: layer).map { network[$0.sum].name } ?? "–"
    return [layer.name, shape ?? "–", weights, zeros, activations, junction]
  }

  private func describe(_ value: ValueID, in network: Network) -> String {
    let shape = network[value].declaredShape?.map { dimension in
      switch dimension {
      case .fixed(let extent): "\(extent)"
      case .symbolic(let name): name
      }
    }
    return "\(network[value].name) [\(shape?.joined(separator: " × ") ?? "any shape")]"
  }

  func row(_ columns: [String]) -> String {
    zip(columns, [36, 14, 22, 10, 26, 0]).map { text, width in
      text + String(repeating: " ", count: max(1, width - text.count))
    }.joined()
  }
}
