import Foundation
import Network
import ONNX
import ONNXSchema
import SwiftProtobuf
import Tensors
import Testing

@Suite struct `The check of a written model` {
  /// Writes a network, changes the message, and returns what the check says; nil when it passes.
  private func finding(
    _ form: WriteOptions.Form = .lowBit,
    network: Network = residualNetwork(
      site: ActivationQuantizer(bits: 2, step: 0.5, threshold: 0.4)),
    _ change: (inout Onnx_ModelProto) throws -> Void
  ) throws -> String? {
    var model = try written(network, form)
    try change(&model)
    do {
      try checkExport(bytes: model.serializedBytes(), against: network)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: WriteOptions.Form.allCases)
  func `passes an unchanged model`(form: WriteOptions.Form) throws {
    #expect(try finding(form) { _ in } == nil)
  }

  @Test(arguments: [22, 26, 3])
  func `finds one flipped code of each width`(type: Int32) throws {
    let found = try finding { model in
      let index = try #require(model.graph.initializer.firstIndex { $0.dataType == type })
      let last = model.graph.initializer[index].rawData.count - 1
      model.graph.initializer[index].rawData[last] ^= 1
    }
    #expect(found?.contains("code") == true, "\(found ?? "nothing")")
  }

  @Test(arguments: WriteOptions.Form.allCases)
  func `finds one changed bit in any tensor`(form: WriteOptions.Form) throws {
    let count = try written(residualNetwork(), form).graph.initializer.count
    for index in 0..<count {
      let found = try finding(form, network: residualNetwork()) { model in
        model.graph.initializer[index].rawData[0] ^= 2
      }
      #expect(found != nil, "tensor \(index)")
    }
  }

  @Test(arguments: WriteOptions.Form.allCases)
  func `finds any attribute changed, and any number that an operator takes as an input`(
    form: WriteOptions.Form
  ) throws {
    let network = everyOperation()
    let graph = try written(network, form).graph
    for (index, node) in graph.node.enumerated() {
      for position in node.attribute.indices {
        let found = try finding(form, network: network) { model in
          change(&model.graph.node[index].attribute[position])
        }
        #expect(found != nil, "\(node.opType) \(node.attribute[position].name)")
      }
    }
    for (index, tensor) in graph.initializer.enumerated() {
      let found = try finding(form, network: network) { model in
        model.graph.initializer[index].rawData[0] ^= 2
      }
      #expect(found != nil, "tensor '\(tensor.name)'")
    }
  }

  private func change(_ attribute: inout Onnx_AttributeProto) {
    switch attribute.type {
    case .int: attribute.i += 1
    case .float: attribute.f *= 2
    case .ints: attribute.ints[attribute.ints.count - 1] += 1
    case .string:
      attribute.s = Data("edge".utf8) == attribute.s ? Data("wrap".utf8) : Data("edge".utf8)
    default: Issue.record("an attribute of another type")
    }
  }

  @Test func `finds outputs that changed places and inputs declared otherwise`() throws {
    var builder = NetworkBuilder()
    let x = builder.input("x", [.symbolic("N"), .fixed(2)])
    builder.network.outputs = [
      builder.add(.relu, x, name: "one"), builder.add(.leakyRelu(slope: 0.5), x, name: "two"),
    ]
    let network = builder.network
    #expect(try finding(network: network) { _ in } == nil)
    #expect(try finding(network: network) { $0.graph.output.swapAt(0, 1) } != nil)
    #expect(
      try finding(network: network) {
        $0.graph.input[0].type.tensorType.shape.dim[1].dimValue = 3
      } != nil)
  }

  @Test func `passes a network with an output that is a constant`() throws {
    var builder = NetworkBuilder()
    let x = builder.input("x", [.symbolic("N"), .fixed(2)])
    let constant = builder.floats("c", [2])
    let copy = builder.add(.identity, constant, name: "copy")
    builder.network.outputs = [copy, builder.add(.add, x, constant, name: "sum")]
    #expect(try finding(network: builder.network) { _ in } == nil)
  }

  @Test func `finds a tensor cut short`() throws {
    let found = try finding { model in
      model.graph.initializer[0].rawData.removeLast()
    }
    #expect(found?.contains("bytes") == true)
  }

  @Test func `finds nodes out of order`() throws {
    let found = try finding { model in model.graph.node.reverse() }
    #expect(found?.contains("nothing before it defines") == true)
  }

  @Test func `finds values that are missing or defined twice`() throws {
    #expect(try finding { $0.graph.node.removeLast() } != nil)
    #expect(try finding { $0.graph.node.append($0.graph.node[0]) } != nil)
    #expect(try finding { $0.graph.initializer.removeLast() } != nil)
    #expect(try finding { $0.graph.output[0].name = "nowhere" } != nil)
  }

  @Test func `finds versions that do not fit the codes`() throws {
    #expect(try finding { $0.opsetImport[0].version = 21 } != nil)
    #expect(try finding { $0.irVersion = 10 } != nil)
    #expect(try finding { $0.opsetImport[0].version = 26 } != nil)
  }

  @Test func `finds a node that computes something else`() throws {
    let found = try finding { model in
      let index = try #require(model.graph.node.firstIndex { $0.opType == "MaxPool" })
      model.graph.node[index].opType = "AveragePool"
    }
    #expect(found?.contains("should be MaxPool") == true)
  }

  @Test(arguments: ["Min", "Greater", "Max", "QuantizeLinear", "DequantizeLinear"])
  func `finds a code site with another number`(operatorName: String) throws {
    let found = try finding { model in
      let index = try #require(
        model.graph.node.lastIndex { $0.opType == operatorName && $0.input[1].hasPrefix("c") })
      let other = try #require(
        model.graph.initializer.first {
          $0.dims.isEmpty && $0.dataType == 1 && $0.name != model.graph.node[index].input[1]
        })
      model.graph.node[index].input[1] = other.name
    }
    #expect(found?.contains("code site") == true, "\(found ?? "nothing")")
  }

  @Test func `finds codes read by an operator for numbers`() throws {
    let found = try finding { model in
      let index = try #require(model.graph.node.firstIndex { $0.opType == "Conv" })
      let codes = try #require(model.graph.initializer.first { $0.dataType == 26 })
      model.graph.node[index].input[1] = codes.name
    }
    #expect(found?.contains("cannot take the type") == true)
  }

  @Test func `finds bytes that are no model`() throws {
    #expect(throws: ONNXWriteError.self) {
      try checkExport(bytes: [1, 2, 3, 255], against: residualNetwork())
    }
  }
}
