package import Network

/// A place where values become codes: one value of the graph, read as codes by some layers.
///
/// Other readers of the value, a shortcut above all, keep it in full precision.
package struct CodeSite: Sendable, Equatable {
  package let value: ValueID
  package let bits: Int
  /// Indices of the nodes that read codes here.
  package let consumers: [Int]
}

extension Network {
  /// The code sites that the policies ask for: one per value and width, in topological order of
  /// their first reader.
  package func codeSites(for policies: [LayerPolicy]) -> [CodeSite] {
    var order: [(value: ValueID, bits: Int)] = []
    var consumers: [[Int]] = []
    for policy in policies {
      guard case .bits(let bits) = policy.activations else { continue }
      let value = policy.layer.input
      if let index = order.firstIndex(where: { $0 == (value, bits) }) {
        consumers[index].append(policy.layer.node)
      } else {
        order.append((value, bits))
        consumers.append([policy.layer.node])
      }
    }
    return zip(order, consumers).map {
      CodeSite(value: $0.value, bits: $0.bits, consumers: $1)
    }
  }

  /// The network with a quantizer at each site: weights still float.
  ///
  /// - Precondition: one quantizer per site; the sites are of this network.
  package func insertingCodes(_ sites: [(site: CodeSite, quantizer: ActivationQuantizer)])
    -> Network
  {
    var network = self
    // Insertion moves nodes, so readers are found again by name.
    for (site, quantizer) in sites {
      let names = Set(site.consumers.map { nodes[$0].name })
      let indices = network.nodes.indices.filter {
        names.contains(network.nodes[$0].name) && network.nodes[$0].inputs.contains(site.value)
      }
      network = network.insertingQuantizer(quantizer, on: site.value, forConsumers: Set(indices))
    }
    return network
  }
}
