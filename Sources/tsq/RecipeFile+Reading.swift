import Tensors
import Yams

extension RecipeFile {
  /// Reads a recipe; keys that a recipe does not have are refused by name.
  static func read(path: String) throws(CommandFailure) -> RecipeFile {
    let text: String
    do throws(FileError) {
      let bytes = try MappedFile(path: path)
      text = String(decoding: bytes.bytes(0..<bytes.count), as: UTF8.self)
    } catch {
      throw CommandFailure(error.isMissing ? .missingInput : .badRecipe, "recipe: \(error)")
    }
    do {
      guard let node = try Yams.compose(yaml: text) else { return RecipeFile() }
      try requireKnownKeys(node, of: "recipe '\(path)'", CodingKeys.allCases.map(\.rawValue))
      for (index, entry) in (node["layers"]?.sequence.map(Array.init) ?? []).enumerated() {
        try requireKnownKeys(
          entry, of: "entry \(index + 1) of 'layers' in recipe '\(path)'",
          LayerEntry.CodingKeys.allCases.map(\.rawValue))
      }
      if let preprocess = node["preprocess"], preprocess.scalar == nil {
        try requireKnownKeys(
          preprocess, of: "'preprocess' in recipe '\(path)'",
          PreprocessEntry.Mapping.CodingKeys.allCases.map(\.rawValue))
      }
      if let solver = node["solver"] {
        try requireKnownKeys(
          solver, of: "'solver' in recipe '\(path)'",
          SolverEntry.CodingKeys.allCases.map(\.rawValue))
      }
      if let learnCodes = node["learn-codes"] {
        try requireKnownKeys(
          learnCodes, of: "'learn-codes' in recipe '\(path)'",
          FineTuneEntry.codeLearningKeys.map(\.rawValue))
      }
      if let fineTune = node["fine-tune"] {
        try requireKnownKeys(
          fineTune, of: "'fine-tune' in recipe '\(path)'",
          FineTuneEntry.CodingKeys.allCases.map(\.rawValue))
        if let admm = fineTune["admm"] {
          try requireKnownKeys(
            admm, of: "'admm' under 'fine-tune' in recipe '\(path)'",
            SplittingEntry.CodingKeys.allCases.map(\.rawValue))
        }
      }
      return try YAMLDecoder().decode(RecipeFile.self, from: text)
    } catch let failure as CommandFailure {
      throw failure
    } catch let error as DecodingError {
      throw CommandFailure(.badRecipe, "recipe '\(path)': \(description(of: error))")
    } catch {
      let lines = "\(error)".split(separator: "\n").joined(separator: " ")
      throw CommandFailure(.badRecipe, "recipe '\(path)' is not YAML: \(lines)")
    }
  }

  private static func requireKnownKeys(
    _ node: Node, of place: String, _ known: [String]
  ) throws(CommandFailure) {
    let list = known.joined(separator: ", ")
    guard let mapping = node.mapping else {
      throw CommandFailure(
        .badRecipe, "\(place) is no list of 'field: value'; the fields are \(list)")
    }
    for key in mapping.keys where !known.contains(key.string ?? "") {
      throw CommandFailure(
        .badRecipe, "\(place) has no field '\(key.string ?? "?")'; the fields are \(list)")
    }
  }

  private static func description(of error: DecodingError) -> String {
    switch error {
    case .typeMismatch(let type, let context):
      "\(field(context.codingPath)) is to be \(name(of: type))"
    case .valueNotFound(let type, let context):
      "\(field(context.codingPath)) has no value; it is to be \(name(of: type))"
    case .keyNotFound(let key, let context):
      "\(field(context.codingPath)) lacks '\(key.stringValue)'"
    case .dataCorrupted(let context):
      "\(field(context.codingPath)) cannot be read: \(context.debugDescription)"
    @unknown default: "\(error)"
    }
  }

  private static func field(_ path: [any CodingKey]) -> String {
    let names = path.map { $0.intValue.map { "\($0 + 1)" } ?? $0.stringValue }
    return names.isEmpty ? "it" : "field '\(names.joined(separator: "."))'"
  }

  private static func name(of type: any Any.Type) -> String {
    if type == String.self { return "a word" }
    if type == Double.self { return "a number" }
    if type == Int.self || type == UInt64.self { return "a whole number" }
    return "a list"
  }
}
