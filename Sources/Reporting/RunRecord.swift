internal import Foundation
package import RunStore

/// What a run did, with all that is needed to repeat it: `record.json` and the answer of `--json`.
package struct RunRecord: Sendable, Equatable, Decodable {
  /// The exported file; nil while the run is unfinished.
  package var output: String?
  /// Size of the exported file.
  package var bytes: Int
  /// Wall time of the run.
  package var seconds: Double
  /// Number of workers that took part.
  package var workers: Int
  package var seed: UInt64
  /// Instruction set and library versions that decide the bits of the result.
  package var kernel: String
  /// Version of the program.
  package var program: String
  package var model: Source
  package var data: Source
  package var accuracy: AccuracyRecord
  package var layers: [LayerRecord]
  /// What learning the layers of blocks together came to; nil in records without it.
  package var blocks: [BlockRecord]?
  /// What learning the codes came to; nil where they were not learned.
  package var learnCodes: FineTuneRecord?
  /// What the fine-tune came to; nil where there was none.
  package var fineTune: FineTuneRecord?
  /// The resolved recipe, as YAML.
  package var recipe: String
  /// Versions of libraries by name, and other facts about the machine.
  package var versions: [String: String]
  /// What the user should know: layers left in float, tasks given up.
  package var notes: [String]

  /// A file or data set that the run was given.
  package struct Source: Sendable, Equatable, Decodable {
    package var path: String
    /// SHA-256 of the content, in hexadecimal.
    package var sha256: String

    package init(path: String, sha256: String) {
      self.path = path
      self.sha256 = sha256
    }
  }

  package init(
    output: String?, bytes: Int, seconds: Double, workers: Int, seed: UInt64, kernel: String,
    program: String, model: Source, data: Source, accuracy: AccuracyRecord = AccuracyRecord(),
    layers: [LayerRecord] = [], blocks: [BlockRecord]? = nil,
    learnCodes: FineTuneRecord? = nil, fineTune: FineTuneRecord? = nil, recipe: String = "",
    versions: [String: String] = [:],
    notes: [String] = []
  ) {
    self.output = output
    self.bytes = bytes
    self.seconds = seconds
    self.workers = workers
    self.seed = seed
    self.kernel = kernel
    self.program = program
    self.model = model
    self.data = data
    self.accuracy = accuracy
    self.layers = layers
    self.blocks = blocks
    self.learnCodes = learnCodes
    self.fineTune = fineTune
    self.recipe = recipe
    self.versions = versions
    self.notes = notes
  }

  /// The record as JSON: keys in a fixed order, numbers that are not finite as null.
  package var json: JSONText {
    .members([
      "output": .optional(output), "bytes": .integer(bytes), "seconds": .number(seconds),
      "workers": .integer(workers), "seed": .unsigned(seed), "kernel": .text(kernel),
      "program": .text(program), "model": Self.json(of: model), "data": Self.json(of: data),
      "accuracy": accuracy.json, "layers": .list(layers.map(\.json)),
      "blocks": blocks.map { .list($0.map(\.json)) } ?? .null,
      "learnCodes": learnCodes?.json ?? .null,
      "fineTune": fineTune?.json ?? .null, "recipe": .text(recipe),
      "versions": .object(
        versions.sorted { $0.key < $1.key }.map {
          JSONText.Member(key: $0.key, value: .text($0.value))
        }), "notes": .list(notes.map { .text($0) }),
    ])
  }

  /// Reads a record that `json` made.
  ///
  /// - Parameter place: the file, for messages.
  package init(json text: String, place: String) throws(ReportingError) {
    self = try decode(RunRecord.self, text, place: place)
  }

  private static func json(of source: Source) -> JSONText {
    .members(["path": .text(source.path), "sha256": .text(source.sha256)])
  }
}

extension LayerRecord {
  /// Reads what `json` made, for example from the journal's table of layers.
  package init(json text: String, place: String) throws(ReportingError) {
    self = try decode(LayerRecord.self, text, place: place)
  }

  /// The row of the run folder's table for this layer.
  package func entry(position: Int) -> LayerEntry {
    LayerEntry(name: name, position: position, json: json.compact)
  }
}

private func decode<Value: Decodable>(
  _ type: Value.Type, _ text: String, place: String
) throws(ReportingError) -> Value {
  do {
    return try JSONDecoder().decode(type, from: Data(text.utf8))
  } catch let error as DecodingError {
    throw ReportingError(place: place, reason: reason(of: error))
  } catch {
    throw ReportingError(place: place, reason: "\(error)")
  }
}

private func reason(of error: DecodingError) -> String {
  switch error {
  case .keyNotFound(let key, let context): return "\(path(context, key)) is missing"
  case .typeMismatch(_, let context): return "\(path(context)) has the wrong type"
  case .valueNotFound(_, let context): return "\(path(context)) is null"
  case .dataCorrupted(let context):
    return context.codingPath.isEmpty ? "it is not JSON" : "\(path(context)) is damaged"
  @unknown default: return "\(error)"
  }
}

private func path(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
  let keys = context.codingPath + (key.map { [$0] } ?? [])
  return "'" + keys.map(\.stringValue).joined(separator: ".") + "'"
}
