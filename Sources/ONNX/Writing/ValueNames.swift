internal import Network

/// Gives each value of a network that is written a name that no other has.
///
/// Inputs and outputs keep theirs for certain; of other values with one name, the first keeps it.
func uniqueValueNames(of network: Network) -> [ValueID: String] {
  var names: [ValueID: String] = [:]
  var taken: Set<String> = []
  func add(_ value: ValueID) {
    guard names[value] == nil else { return }
    let wanted = network[value].name
    var candidate = wanted.isEmpty ? "value" : wanted
    var number = 1
    while !taken.insert(candidate).inserted {
      number += 1
      candidate = "\(wanted.isEmpty ? "value" : wanted)_\(number)"
    }
    names[value] = candidate
  }
  for value in network.inputs { add(value) }
  for value in network.outputs { add(value) }
  for node in network.nodes {
    for case let value? in node.inputs { add(value) }
    for value in node.outputs { add(value) }
  }
  return names
}
