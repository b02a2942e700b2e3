internal import ONNXSchema

/// The nodes that the outputs depend on, in an order in which producers come first.
///
/// A file whose nodes are already in such an order keeps it. Nodes that no output depends on are
/// left out: whatever they hold, it cannot change a result.
struct GraphOrder {
  /// Indices into the graph's nodes.
  let nodes: [Int]
  /// The values that some node in `nodes` reads, and the graph's outputs.
  let usedValues: Set<String>

  /// Throws `ONNXProblem.duplicateValue` and `.cycle`.
  /// Complexity: O(E log N) for E inputs of N nodes.
  init(_ graph: Onnx_GraphProto, names: [String]) throws(ONNXProblem) {
    var producer: [String: Int] = [:]
    for (index, node) in graph.node.enumerated() {
      for output in node.output where !output.isEmpty {
        guard producer.updateValue(index, forKey: output) == nil else {
          throw .duplicateValue(name: output)
        }
      }
    }

    var used = Set(graph.output.map(\.name))
    var isNeeded = [Bool](repeating: false, count: graph.node.count)
    var pending = graph.output.compactMap { producer[$0.name] }
    while let index = pending.popLast() {
      guard !isNeeded[index] else { continue }
      isNeeded[index] = true
      for input in graph.node[index].input where !input.isEmpty {
        used.insert(input)
        if let source = producer[input] { pending.append(source) }
      }
    }
    usedValues = used

    var waitsFor = [Int](repeating: 0, count: graph.node.count)
    var readers = [[Int]](repeating: [], count: graph.node.count)
    let needed = graph.node.indices.filter { isNeeded[$0] }
    for index in needed {
      for input in graph.node[index].input {
        guard let source = producer[input] else { continue }
        waitsFor[index] += 1
        readers[source].append(index)
      }
    }
    var ready = SmallestFirst(needed.filter { waitsFor[$0] == 0 })
    var order: [Int] = []
    while let index = ready.pop() {
      order.append(index)
      for reader in readers[index] {
        waitsFor[reader] -= 1
        if waitsFor[reader] == 0 { ready.push(reader) }
      }
    }
    guard order.count == needed.count else {
      let stuck = needed.filter { waitsFor[$0] > 0 }
      throw .cycle(nodes: stuck.prefix(8).map { names[$0] })
    }
    nodes = order
  }
}

/// A binary heap of indices, the smallest on top.
private struct SmallestFirst {
  private var heap: [Int] = []

  /// - Precondition: `ascending` is sorted.
  init(_ ascending: [Int]) { heap = ascending }

  mutating func push(_ index: Int) {
    heap.append(index)
    var child = heap.count - 1
    while child > 0, heap[child] < heap[(child - 1) / 2] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> Int? {
    guard let top = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return top }
    heap[0] = last
    var parent = 0
    while true {
      let left = 2 * parent + 1
      guard left < heap.count else { return top }
      let right = left + 1
      let child = right < heap.count && heap[right] < heap[left] ? right : left
      guard heap[child] < heap[parent] else { return top }
      heap.swapAt(child, parent)
      parent = child
    }
  }
}

/// A name for each node: the file's where it has one, made unique where two nodes share it.
func nodeNames(_ graph: Onnx_GraphProto) -> [String] {
  var taken = Set(graph.node.map(\.name))
  var seen: Set<String> = []
  return graph.node.enumerated().map { index, node in
    if !node.name.isEmpty, seen.insert(node.name).inserted { return node.name }
    let base = node.name.isEmpty ? "\(node.opType)_\(index)" : "\(node.name)_\(index)"
    var name = base
    var suffix = 1
    while !taken.insert(name).inserted {
      suffix += 1
      name = "\(base)_\(suffix)"
    }
    return name
  }
}
