internal import Network
internal import Planning
internal import Quantization
internal import Tensors

/// The layers solved so far, in place in the network.
struct SolvedPrefix {
  /// With codes; layers that are not solved yet have float weights.
  private(set) var network: Network
  /// The solutions in place, in order.
  private(set) var known: [Digest] = []
  var outcomes: [LayerOutcome] = []
  var blocks: [BlockOutcome] = []
  private var marked: (network: Network, known: [Digest])

  init(_ codes: Network) {
    network = codes
    marked = (codes, [])
  }

  /// Puts a solution into the network.
  mutating func apply(_ solution: LayerSolution, blob: Digest) throws(PipelineError) {
    do throws(PlanningError) {
      network = try network.applying(solution)
    } catch {
      throw .planning(error)
    }
    known.append(blob)
  }

  /// Remembers that a block ends here.
  mutating func markBlock() { marked = (network, known) }

  /// The network where the last block ended, without outcomes.
  var beforeBlock: SolvedPrefix {
    var result = SolvedPrefix(marked.network)
    result.known = marked.known
    result.marked = marked
    return result
  }
}
