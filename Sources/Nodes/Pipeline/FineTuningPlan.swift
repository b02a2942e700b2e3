internal import FineTuning
internal import Foundation
internal import Network
internal import Quantization
internal import Wire

/// What a worker must know of a fine-tune besides its networks: the same for all of its tasks.
struct FineTuningPlan: Codable, Equatable {
  var settings: FineTuningSettings
  /// Whether scales follow from the latent weights by projection.
  var projects: Bool
  /// Whether weights act as they are deployed, where others act while they learn.
  var deploys = false
  /// The weight set of each low-bit layer, by the layer's name.
  var sets: [String: String]
  /// Images that are learned from.
  var imageCount: Int

  /// The canonical bytes: equal plans give equal bytes.
  func encoded() throws(WireError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    do { return Array(try encoder.encode(self)) } catch {
      throw WireError("plan", .malformed("\(error)"))
    }
  }

  /// - Throws: `WireError` for damaged bytes and for settings that cannot be.
  init(decoding bytes: [UInt8]) throws(WireError) {
    do { self = try JSONDecoder().decode(Self.self, from: Data(bytes)) } catch {
      throw WireError("plan", .malformed("\(error)"))
    }
    if let objection = settings.objection { throw WireError("plan", .malformed(objection)) }
    for (layer, set) in sets where WeightSet(rawValue: set) == nil {
      throw WireError("plan", .malformed("layer '\(layer)' has unknown weights '\(set)'"))
    }
  }

  init(settings: FineTuningSettings, projects: Bool, sets: [String: WeightSet], imageCount: Int) {
    self.settings = settings
    self.projects = projects
    self.sets = sets.mapValues(\.rawValue)
    self.imageCount = imageCount
  }

  /// The network with what is learned in it.
  func trained(_ network: Network) throws(FineTuningError) -> TrainedNetwork {
    let trained = try TrainedNetwork(
      network, sets: sets.compactMapValues { WeightSet(rawValue: $0) }, projects: projects,
      relaxes: settings.mode == .admm, normalizes: settings.normalizes)
    return deploys ? trained.deployedForm : trained
  }

  var loss: LogitLoss {
    LogitLoss(temperature: settings.temperature, labelWeight: settings.labelWeight)
  }
}
